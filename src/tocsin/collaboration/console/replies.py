"""Replies kept ready, in the administration."""

from __future__ import annotations

import msgspec

from tocsin.access import permissions
from tocsin.base.paging import MAX_LIMIT, ActiveQuery
from tocsin.collaboration import rules, service
from tocsin.collaboration.console.kept import switched
from tocsin.collaboration.model import CannedReply, ReplyDraft
from tocsin.web import pages
from tocsin.web.forms import InUse, NoFields
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action, page

MODULE = "collaboration"
MANAGE = permissions.MACROS_MANAGE
REPLIES = "/admin/replies"


class ReplyForm(msgspec.Struct, frozen=True, kw_only=True):
    """A reply as the form has it."""

    name: str = ""
    slug: str = ""
    body: str = ""


@page(REPLIES, module=MODULE, permission=MANAGE)
async def show_replies(ctx: Ctx) -> Reply:
    """The replies, by name."""
    found = await service.list_replies(ctx.tx, ctx.actor, ActiveQuery(limit=MAX_LIMIT))
    return pages.render(ctx, "collaboration/admin_replies.html", replies=found.items)


@page(f"{REPLIES}/new", module=MODULE, permission=MANAGE)
async def show_new_reply(ctx: Ctx) -> Reply:
    """The form for a new reply."""
    return _form(ctx, None)


@page(f"{REPLIES}/{{reply}}", module=MODULE, permission=MANAGE)
async def show_reply(ctx: Ctx, reply: str) -> Reply:
    """A reply, ready to be changed."""
    return _form(ctx, await service.get_reply(ctx.tx, ctx.actor, reply))


def _form(ctx: Ctx, reply: CannedReply | None) -> Reply:
    return pages.render(
        ctx, "collaboration/admin_reply.html", reply=reply, variables=rules.VARIABLES, limit=service.BODY_LIMIT
    )


@action(REPLIES, module=MODULE, permission=MANAGE)
async def add_reply(ctx: Ctx, data: ReplyForm) -> Reply:
    """Keep a reply ready."""
    _ = pages.speech(ctx).gettext
    made = await service.add_reply(ctx.tx, ctx.actor, _draft(data))
    return pages.redirect(ctx, REPLIES, _("%(name)s was added.") % {"name": made.name})


@action(f"{REPLIES}/{{reply}}", module=MODULE, permission=MANAGE)
async def change_reply(ctx: Ctx, reply: str, data: ReplyForm) -> Reply:
    """Change a reply."""
    _ = pages.speech(ctx).gettext
    after = await service.change_reply(ctx.tx, ctx.actor, reply, _draft(data))
    return pages.redirect(ctx, REPLIES, _("%(name)s was saved.") % {"name": after.name})


def _draft(data: ReplyForm) -> ReplyDraft:
    slug = data.slug.strip()
    return ReplyDraft(name=data.name, body=data.body, slug=slug or msgspec.UNSET)


@action(f"{REPLIES}/{{reply}}/active", module=MODULE, permission=MANAGE)
async def set_reply_active(ctx: Ctx, reply: str, data: InUse) -> Reply:
    """Let a reply be used, or not."""
    after = await service.change_reply(ctx.tx, ctx.actor, reply, ReplyDraft(is_active=data.is_active))
    return switched(ctx, REPLIES, after)


@action(f"{REPLIES}/{{reply}}/delete", module=MODULE, permission=MANAGE)
async def delete_reply(ctx: Ctx, reply: str, data: NoFields) -> Reply:
    """Delete a reply."""
    _ = pages.speech(ctx).gettext
    before = await service.get_reply(ctx.tx, ctx.actor, reply)
    await service.remove_reply(ctx.tx, ctx.actor, reply)
    return pages.redirect(ctx, REPLIES, _("%(name)s was deleted.") % {"name": before.name})


ENDPOINTS = (
    *(show_replies, show_new_reply, show_reply),
    *(add_reply, change_reply, set_reply_active, delete_reply),
)
