"""What an incident's page shows of others: links, parts of it with their states, where it was merged into; and their forms."""

from __future__ import annotations

import msgspec

from tocsin.access.permissions import UPDATE, VIEW
from tocsin.base.manifest import Slot
from tocsin.incidents import service
from tocsin.incidents.console.acts import ONE, done, undo_of
from tocsin.incidents.console.common import MODULE
from tocsin.incidents.console.subject import IncidentPage
from tocsin.incidents.console.telling import LINKS
from tocsin.incidents.model import IncidentView
from tocsin.incidents.rules import LinkType
from tocsin.incidents.service.links import Link
from tocsin.incidents.service.listing import ListQuery
from tocsin.web import pages
from tocsin.web.forms import NoFields
from tocsin.web.i18n import N_
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action

MOST_LINKS = 100
FOUND = 8
"""So many incidents stand in a form to choose from."""
KINDS: dict[str, str] = {
    "relates": N_("Relates to"),
    "duplicates": N_("Duplicates"),
    "blocks": N_("Blocks"),
    "caused_by": N_("Is caused by"),
    "child_of": N_("Is part of"),
}
HEADS = {
    "child_of": N_("Part of"),
    "parent_of": N_("Consists of"),
    "blocked_by": N_("Blocked by"),
    "blocks": N_("Blocks"),
    "caused_by": N_("Caused by"),
    "causes": N_("Causes"),
    "duplicates": N_("Duplicates"),
    "duplicated_by": N_("Duplicated by"),
    "relates": N_("Related"),
}
"""What stands above the links of a kind, in the order in which they are shown."""


class LinkForm(msgspec.Struct, frozen=True, kw_only=True):
    """How this incident reads to the other. `other` is a reference that was typed, `incident` one that was chosen."""

    type: LinkType = "relates"
    incident: str | None = None
    other: str | None = None


class MergeForm(msgspec.Struct, frozen=True, kw_only=True):
    """Which incident it goes on in: a reference that was typed (`other`), or one that was chosen."""

    into: str | None = None
    other: str | None = None


async def draw_links(ctx: Ctx, page: IncidentPage) -> str:
    """The links by kind, those to parts of it with their states."""
    found = (await service.list_links(ctx.tx, ctx.actor, page.incident.id, MOST_LINKS, None)).items
    groups = [(HEADS[kind], [link for link in found if link.type == kind]) for kind in HEADS]
    return pages.text(
        ctx,
        "incidents/links.html",
        page=page,
        groups=[(head, links) for head, links in groups if links],
        open_parts=sum(not _is_over(page, link) for link in found if link.type == "parent_of"),
    )


def _is_over(page: IncidentPage, link: Link) -> bool:
    return not page.catalogue.statuses[link.incident.status.id].is_open


async def draw_dialog(ctx: Ctx, page: IncidentPage) -> str:
    """The form of a link or a merge, where the address asks for it."""
    if page.do not in ("link", "merge") or not page.offers.edit:
        return ""
    values = {"page": page, "kinds": [(kind, pages.speech(ctx).gettext(name)) for kind, name in KINDS.items()]}
    return pages.text(ctx, "incidents/link_forms.html", found=await _others(ctx, page), **values)


async def _others(ctx: Ctx, page: IncidentPage) -> list[IncidentView]:
    """Incidents to choose from: those that a few words find, else the newest ones, for a merge first those most alike.

    Nothing is merged into one that is over.
    """
    words = " ".join((page.query.q or "").replace('"', " ").replace(":", " ").split())[:200]
    asked = ListQuery(q=f'"{words}"' if words else None, limit=FOUND + 1)
    found = list((await service.list_incidents(ctx.tx, ctx.actor, asked)).items)
    if page.do == "merge" and not words:
        alike = await service.similar_incidents(ctx.tx, ctx.actor, page.ref, FOUND)
        found = [*(one.incident for one in alike), *found]
    fit = [
        one
        for one in found
        if one.id != page.incident.id
        and one.merged_into is None
        and not (page.do == "merge" and one.status.is_terminal)
    ]
    return list({one.id: one for one in fit}.values())[:FOUND]


def _meant(typed: str | None, chosen: str | None, field: str) -> tuple[str, str]:
    """The incident that a form names, and which of its two fields does."""
    given = (typed or "").strip()
    return (given, "other") if given else (chosen or "", field)


@action(f"{ONE}/links", module=MODULE, permission=UPDATE)
async def add_link(ctx: Ctx, ref: str, data: LinkForm) -> Reply:
    """Link it to another incident."""
    _ = pages.speech(ctx).gettext
    link = await service.add_link(ctx.tx, ctx.actor, ref, data.type, *_meant(data.other, data.incident, "incident"))
    undo = pages.Undo(f"/incidents/{ref}/links/{link.id}/remove")
    kind = _(LINKS[data.type])
    return done(ctx, ref, _("It %(kind)s %(other)s now", kind=kind, other=link.incident.reference_code), undo)


@action(f"{ONE}/links/{{link}}/remove", module=MODULE, permission=UPDATE)
async def remove_link(ctx: Ctx, ref: str, link: str, data: NoFields) -> Reply:
    """Take a link away."""
    await service.remove_link(ctx.tx, ctx.actor, ref, link)
    return done(ctx, ref, pages.speech(ctx).gettext("The link was taken away"))


@action(f"{ONE}/merge", module=MODULE, permission=UPDATE)
async def merge(ctx: Ctx, ref: str, data: MergeForm) -> Reply:
    """Merge it into another one, whose page is shown then."""
    _ = pages.speech(ctx).gettext
    code = (await service.see(ctx.tx, ctx.actor, ref)).reference_code
    merged = await service.merge(ctx.tx, ctx.actor, ref, *_meant(data.other, data.into, "into"))
    shown = await service.show(ctx.tx, ctx.actor, merged)
    assert shown.merged_into is not None
    target = shown.merged_into.reference_code
    said = _("%(ref)s goes on in %(other)s", ref=code, other=target)
    return pages.redirect(ctx, f"/incidents/{target}", said, undo_of(ctx))


SLOTS = (
    Slot("incident.side", draw_links, (VIEW,), MODULE, order=10),
    Slot("incident.do", draw_dialog, (UPDATE,), MODULE, order=10),
)
ENDPOINTS = (add_link, remove_link, merge)
