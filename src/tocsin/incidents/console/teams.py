"""Teams' queues: what waits for somebody to take it, and what each member has."""

from __future__ import annotations

import msgspec

from tocsin.access import permissions, service as access
from tocsin.access.model import TeamView
from tocsin.access.service import TeamQuery
from tocsin.base.paging import MAX_LIMIT
from tocsin.incidents import service
from tocsin.incidents.console.common import MODULE, clock_of, with_catalogue
from tocsin.incidents.console.queue import capped
from tocsin.incidents.service.listing import ListQuery
from tocsin.web import pages
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, page

PATH = "/teams"
SEE_TEAMS = permissions.VIEW


class TeamPageQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`cursor` pages what waits."""

    cursor: str | None = None


@page(PATH, module=MODULE, permission=SEE_TEAMS)
async def show_teams(ctx: Ctx) -> Reply:
    """The teams, one's own first, with what waits in each queue."""
    teams = (await access.list_teams(ctx.tx, TeamQuery(limit=MAX_LIMIT))).items
    me = ctx.actor.id
    ordered = sorted(teams, key=lambda team: (not _is_in(team, me), team.name.casefold()))
    counted = await service.team_queues(ctx.tx, ctx.actor)
    figures = {
        team.id: {what: capped(counted.get(team.id, {}).get(what, 0)) for what in ("waiting", "open", "overdue")}
        for team in ordered
    }
    return pages.render(
        ctx, "incidents/teams.html", teams=ordered, figures=figures, mine={t.id for t in ordered if _is_in(t, me)}
    )


@page(f"{PATH}/{{team}}", module=MODULE, permission=SEE_TEAMS)
async def show_team(ctx: Ctx, team: str, query: TeamPageQuery) -> Reply:
    """A team's queue, the most urgent first, and what each member has."""
    found = await access.get_team(ctx.tx, team)
    catalogue = await with_catalogue(ctx)
    still_open = await _open(ctx)
    wanted = ListQuery(
        status=still_open, team=str(found.id), assigned_to="none", sort="time_left", limit=50, cursor=query.cursor
    )
    waiting = await service.list_incidents(ctx.tx, ctx.actor, wanted)
    percents = ctx.tenant.settings.warning_percents
    inside = _is_in(found, ctx.actor.id)
    may = ctx.actor.can(permissions.ASSIGN) or (inside and ctx.actor.can(permissions.UPDATE))
    loads = await service.team_load(ctx.tx, ctx.actor, found.id)
    return pages.render(
        ctx,
        "incidents/team_queue.html",
        team=found,
        waiting=[(one, clock_of(one, percents), catalogue.statuses[one.status.id]) for one in waiting.items],
        more=pages.address(f"{PATH}/{found.slug}", cursor=waiting.next_cursor) if waiting.next_cursor else None,
        loads=loads,
        heaviest=max((load.weight for load in loads), default=0) or 1,
        may_claim=may and ctx.actor.kind == "person",
        still_open=still_open,
    )


async def _open(ctx: Ctx) -> str:
    catalogue = await with_catalogue(ctx)
    return ",".join(status.slug for status in catalogue.statuses.values() if status.is_open)


def _is_in(team: TeamView, user_id: object) -> bool:
    return any(member.id == user_id for member in team.members)


ENDPOINTS = (show_teams, show_team)
