"""A team's queue: taking from it and handing over; and how loud an incident is to oneself."""

from __future__ import annotations

from tocsin.access import permissions
from tocsin.incidents import service
from tocsin.incidents.api import MODULE, ONE, answer
from tocsin.incidents.model import IncidentView
from tocsin.incidents.service.verbs import HandOver, OnlyNote
from tocsin.web.routes import Ctx, Nothing, post

WORK = (permissions.UPDATE, permissions.ASSIGN)


@post(f"{ONE}/claim", module=MODULE, permission=WORK)
async def claim_incident(ctx: Ctx, ref: str, data: OnlyNote) -> IncidentView:
    """Take it out of the queue of one's own team."""
    return await answer(ctx, await service.claim(ctx.tx, ctx.actor, ref, note=data.note))


@post(f"{ONE}/hand-over", module=MODULE, permission=WORK)
async def hand_over_incident(ctx: Ctx, ref: str, data: HandOver) -> IncidentView:
    """Hand it to another team, which spreads it as it does new work."""
    return await answer(ctx, await service.hand_over(ctx.tx, ctx.actor, ref, team=data.team, note=data.note))


@post(f"{ONE}/mute", module=MODULE, permission=permissions.VIEW)
async def mute_incident(ctx: Ctx, ref: str, data: Nothing) -> IncidentView:
    """Hear nothing of it any more, however one watches it."""
    return await answer(ctx, await service.mute(ctx.tx, ctx.actor, ref))


@post(f"{ONE}/unmute", module=MODULE, permission=permissions.VIEW)
async def unmute_incident(ctx: Ctx, ref: str, data: Nothing) -> IncidentView:
    """Hear of it again."""
    return await answer(ctx, await service.unmute(ctx.tx, ctx.actor, ref))


ENDPOINTS = (claim_incident, hand_over_incident, mute_incident, unmute_incident)
