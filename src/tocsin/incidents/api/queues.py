"""Teams' queues: what waits in them, what each member has, taking and handing over; and how loud an incident is to oneself."""

from __future__ import annotations

from typing import Any

import msgspec

from tocsin.access import permissions, service as access
from tocsin.access.model import Named, TeamView
from tocsin.access.service import TeamQuery
from tocsin.base.paging import Page, PageQuery
from tocsin.incidents import service
from tocsin.incidents.api import MODULE, ONE, answer
from tocsin.incidents.model import IncidentView
from tocsin.incidents.service import Load
from tocsin.incidents.service.verbs import HandOver, OnlyNote
from tocsin.web.routes import Ctx, Nothing, get, post

WORK = (permissions.UPDATE, permissions.ASSIGN)
QUEUES = "/api/incidents/v1/queues"


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """What a team has to do: its `open` incidents, and of these what is `waiting` for somebody to take it, and `overdue`."""

    team: Named
    slug: str
    waiting: int
    open: int
    overdue: int


class QueueOfTeam(Queue, frozen=True, kw_only=True):
    """A queue, and what each active member has of it, by name."""

    members: list[Load]


@get(QUEUES, module=MODULE, permission=permissions.VIEW)
async def list_queues(ctx: Ctx, query: PageQuery) -> Page[Queue]:
    """The queues of the active teams, by name."""
    teams = await access.list_teams(ctx.tx, TeamQuery(limit=query.limit, cursor=query.cursor))
    counted = await service.team_queues(ctx.tx, ctx.actor)
    return Page([Queue(**_figures(team, counted)) for team in teams.items], teams.next_cursor)


@get(f"{QUEUES}/{{team}}", module=MODULE, permission=permissions.VIEW)
async def get_queue(ctx: Ctx, team: str) -> QueueOfTeam:
    """A team's queue, and what each member has of it. What waits in it is `GET /incidents?team=…&assigned_to=none`."""
    found = await access.get_team(ctx.tx, team)
    counted = await service.team_queues(ctx.tx, ctx.actor)
    return QueueOfTeam(**_figures(found, counted), members=await service.team_load(ctx.tx, ctx.actor, found.id))


def _figures(team: TeamView, counted: Any) -> dict[str, Any]:
    none = {"waiting": 0, "open": 0, "overdue": 0}
    return {"team": Named(team.id, team.name), "slug": team.slug, **none, **counted.get(team.id, {})}


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


ENDPOINTS = (list_queues, get_queue, claim_incident, hand_over_incident, mute_incident, unmute_incident)
