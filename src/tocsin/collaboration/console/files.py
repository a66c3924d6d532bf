"""The files of an incident: pictures as a gallery, the others as a list, to download, to link to and to remove."""

from __future__ import annotations

from tocsin.access.permissions import COMMENTS_MANAGE, MEMBER
from tocsin.collaboration import rules, service
from tocsin.collaboration.console.receiving import settings_of
from tocsin.collaboration.model import LINKS
from tocsin.incidents.console.acts import ONE, done
from tocsin.incidents.console.subject import IncidentPage
from tocsin.web import pages
from tocsin.web.forms import NoFields
from tocsin.web.peer import server_address
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action

MODULE = "collaboration"
SHOWN = 50
VALID_FOR = "PT1H"


async def draw_files(ctx: Ctx, page: IncidentPage) -> str:
    """The newest files; nothing where there are none."""
    asked = service.ListQuery(order="-created_at", limit=SHOWN)
    found = await service.list_attachments(ctx.tx, ctx.actor, page.incident.id, asked)
    if not found.items:
        return ""
    return pages.text(
        ctx,
        "collaboration/files.html",
        page=page,
        pictures=[file for file in found.items if file.thumbnail_url is not None],
        files=[file for file in found.items if file.thumbnail_url is None],
        more=found.next_cursor is not None,
        size=rules.size_text,
        may=ctx.actor.can(COMMENTS_MANAGE) and not page.printed,
    )


@action(f"{ONE}/attachments/{{attachment_id}}/delete", module=MODULE, permission=COMMENTS_MANAGE)
async def remove(ctx: Ctx, ref: str, attachment_id: str, data: NoFields) -> Reply:
    """Take a file away, for good."""
    _ = pages.speech(ctx).gettext
    await service.delete_attachment(ctx.tx, ctx.actor, ref, attachment_id, settings_of(ctx))
    return done(ctx, ref, _("The file is removed"))


@action(f"{ONE}/attachments/{{attachment_id}}/link", module=MODULE, permission=MEMBER)
async def link(ctx: Ctx, ref: str, attachment_id: str, data: NoFields) -> Reply:
    """Make a link by which anybody may download the file for a while, and say it."""
    _ = pages.speech(ctx).gettext
    address = f"{server_address(ctx.request, settings_of(ctx).public_url)}{LINKS}/"
    made = await service.link_to(ctx.tx, ctx.actor, ref, attachment_id, VALID_FOR, address)
    said = _("Whoever has this link may download the file for an hour: %(link)s")
    return done(ctx, ref, said % {"link": made.url})


ENDPOINTS = (remove, link)
