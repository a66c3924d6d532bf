"""What is kept ready, on an incident's page: macros in a menu, checklists to add, and what completes `@` and `/` in a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec

from tocsin.access import permissions, service as access
from tocsin.base.paging import MAX_LIMIT, ActiveQuery
from tocsin.collaboration import service
from tocsin.incidents.console.acts import ONE, done, undo_of
from tocsin.incidents.console.subject import IncidentPage
from tocsin.web import pages
from tocsin.web.forms import NoFields
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action, page

MODULE = "collaboration"
MOST = 8
"""What is offered at once while somebody types."""


class ApplyForm(msgspec.Struct, frozen=True, kw_only=True):
    """Which checklist."""

    checklist: str = ""


class CompleteQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`sign`: at for people, slash for replies and macros; `text`: what stands behind it so far."""

    sign: Literal["at", "slash"] = "at"
    text: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """Something to put into a text, or to run."""

    title: str
    hint: str = ""
    insert: str = ""
    run: str = ""
    icon: str = ""


async def draw_macros(ctx: Ctx, page: IncidentPage) -> str:
    """The macros that the reader may run; nothing where there is none, and where the incident is merged."""
    if page.view.merged_into is not None:
        return ""
    found = await service.list_macros(ctx.tx, ctx.actor, ActiveQuery(active=True, limit=MAX_LIMIT))
    macros = [macro for macro in found.items if service.may_run(ctx.actor, macro)]
    return pages.text(ctx, "collaboration/macros.html", page=page, macros=macros) if macros else ""


@page("/queue/macros", module=MODULE, permission=permissions.MEMBER)
async def offer_macros(ctx: Ctx) -> Reply:
    """The macros that the reader may run on the incidents that are ticked in a list, as buttons of its form."""
    found = []
    if ctx.actor.can(permissions.VIEW):
        found = (await service.list_macros(ctx.tx, ctx.actor, ActiveQuery(active=True, limit=MAX_LIMIT))).items
    macros = [macro for macro in found if service.may_run(ctx.actor, macro)]
    return pages.render(ctx, "collaboration/macro_buttons.html", macros=macros)


@action(f"{ONE}/macros/{{macro}}", module=MODULE, permission=permissions.VIEW)
async def run(ctx: Ctx, ref: str, macro: str, data: NoFields) -> Reply:
    """Run a macro, all of it or nothing."""
    _ = pages.speech(ctx).gettext
    name = (await service.get_macro(ctx.tx, ctx.actor, macro)).name
    await service.run_macro(ctx.tx, ctx.actor, ref, macro)
    return done(ctx, ref, _("Done: %(title)s", title=name), undo_of(ctx))


@action(f"{ONE}/checklists", module=MODULE, permission=permissions.TASKS_MANAGE)
async def apply(ctx: Ctx, ref: str, data: ApplyForm) -> Reply:
    """Add a checklist's tasks."""
    _ = pages.speech(ctx)
    tasks = await service.apply_checklist(ctx.tx, ctx.actor, ref, data.checklist)
    count = len(tasks.items)
    return done(ctx, ref, _.ngettext("%(num)s task was added", "%(num)s tasks were added", count))


@page(f"{ONE}/complete", module=MODULE, permission=permissions.COMMENTS_MANAGE)
async def complete(ctx: Ctx, ref: str, query: CompleteQuery) -> Reply:
    """What fits what somebody types behind an at sign or a slash."""
    incident = await service.check_commenting(ctx.tx, ctx.actor, ref)
    wanted = query.text.strip()[:100]
    found = await _people(ctx, wanted) if query.sign == "at" else await _ready(ctx, str(incident.id), wanted.lower())
    return pages.render(ctx, "collaboration/complete.html", offers=found[:MOST])


async def _people(ctx: Ctx, text: str) -> list[Offer]:
    if not ctx.actor.can(permissions.VIEW):
        return []
    found = await access.find_people(ctx.tx, text, MOST)
    names = [person.name for person in found]
    return [
        Offer(
            person.name,
            hint=person.email or "",
            insert=f"@{person.name if names.count(person.name) == 1 else person.email or person.id} ",
        )
        for person in found
    ]


async def _ready(ctx: Ctx, ref: str, text: str) -> list[Offer]:
    """Replies, filled in for the incident, and macros, those first whose name begins so."""
    if not ctx.actor.can(permissions.VIEW):
        return []
    query = ActiveQuery(active=True, limit=MAX_LIMIT)
    replies = [one for one in (await service.list_replies(ctx.tx, ctx.actor, query)).items if _fits(one, text)]
    macros = [one for one in (await service.list_macros(ctx.tx, ctx.actor, query)).items if _fits(one, text)]
    offers = []
    for reply in sorted(replies, key=lambda one: not one.slug.startswith(text))[:MOST]:
        filled = await service.fill_reply(ctx.tx, ctx.actor, ref, str(reply.id))
        offers.append(Offer(reply.name, hint=f"/{reply.slug}", insert=filled.body, icon="message-2-bolt"))
    may = [one for one in macros if service.may_run(ctx.actor, one)]
    return [*offers, *(Offer(one.name, hint=one.description or "", run=f"macro-{one.id}", icon="bolt") for one in may)]


def _fits(one: object, text: str) -> bool:
    return text in str(getattr(one, "name", "")).lower() or text in str(getattr(one, "slug", ""))


ENDPOINTS = (offer_macros, run, apply, complete)
