"""The files of an incident: a list with sizes, to download and to remove."""

from __future__ import annotations

from tocsin.access.permissions import COMMENTS_MANAGE
from tocsin.collaboration import rules, service
from tocsin.collaboration.console.receiving import settings_of
from tocsin.incidents.console.acts import ONE, NoFields, done
from tocsin.incidents.console.subject import IncidentPage
from tocsin.web import pages
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action

MODULE = "collaboration"
SHOWN = 50


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
        files=found.items,
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


ENDPOINTS = (remove,)
