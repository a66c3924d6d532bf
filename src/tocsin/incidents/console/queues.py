"""What is done with a team's queue on an incident's page or out of the queue; and muting an incident."""

from __future__ import annotations

import msgspec

from tocsin.access import service as access
from tocsin.access.permissions import ASSIGN, UPDATE, VIEW
from tocsin.incidents import service
from tocsin.incidents.console.acts import ONE, Note, done, undo_of
from tocsin.incidents.console.common import MODULE
from tocsin.web import pages
from tocsin.web.forms import NoFields
from tocsin.web.pages import Undo
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action


class HandOverForm(msgspec.Struct, frozen=True, kw_only=True):
    """To which team, and a word to it."""

    team: str = ""
    note: Note | None = None


async def _code(ctx: Ctx, ref: str) -> str:
    return (await service.see(ctx.tx, ctx.actor, ref)).reference_code


@action(f"{ONE}/claim", module=MODULE, permission=(UPDATE, ASSIGN))
async def claim(ctx: Ctx, ref: str, data: NoFields) -> Reply:
    """Take it out of the queue of one's own team."""
    _ = pages.speech(ctx).gettext
    await service.claim(ctx.tx, ctx.actor, ref)
    code = await _code(ctx, ref)
    return done(ctx, code, _("%(ref)s is yours", ref=code), undo_of(ctx))


@action(f"{ONE}/hand-over", module=MODULE, permission=(UPDATE, ASSIGN))
async def hand_over(ctx: Ctx, ref: str, data: HandOverForm) -> Reply:
    """Hand it to another team."""
    _ = pages.speech(ctx).gettext
    await service.hand_over(ctx.tx, ctx.actor, ref, team=data.team, note=data.note)
    code = await _code(ctx, ref)
    team = await access.find_team(ctx.tx, data.team, "team")
    return done(ctx, code, _("%(ref)s went to %(who)s", ref=code, who=team.name), undo_of(ctx))


@action(f"{ONE}/mute", module=MODULE, permission=VIEW)
async def mute(ctx: Ctx, ref: str, data: NoFields) -> Reply:
    """Hear nothing of it any more."""
    _ = pages.speech(ctx).gettext
    await service.mute(ctx.tx, ctx.actor, ref)
    code = await _code(ctx, ref)
    return done(ctx, code, _("You hear nothing of %(ref)s any more", ref=code), Undo(f"/incidents/{code}/unmute"))


@action(f"{ONE}/unmute", module=MODULE, permission=VIEW)
async def unmute(ctx: Ctx, ref: str, data: NoFields) -> Reply:
    """Hear of it again."""
    _ = pages.speech(ctx).gettext
    await service.unmute(ctx.tx, ctx.actor, ref)
    code = await _code(ctx, ref)
    return done(ctx, code, _("You hear of %(ref)s again", ref=code), Undo(f"/incidents/{code}/mute"))


ENDPOINTS = (claim, hand_over, mute, unmute)
