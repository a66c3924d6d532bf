"""`/users` and `/teams`."""

from __future__ import annotations

from tocsin.access import permissions, service
from tocsin.access.model import TeamView, UserView
from tocsin.access.service import NewTeam, NewUser, TeamChange, TeamQuery, UserChange, UserQuery
from tocsin.base.paging import Page
from tocsin.web.routes import Ctx, get, post, put

BASE = "/api/access/v1"
READ_USERS = (permissions.VIEW, permissions.USERS_MANAGE)
READ_TEAMS = (permissions.VIEW, permissions.TEAMS_MANAGE)


@get(f"{BASE}/users", module="access", permission=READ_USERS)
async def list_users(ctx: Ctx, query: UserQuery) -> Page[UserView]:
    """List members by name: active people unless the filters say otherwise."""
    return await service.list_users(ctx.tx, query)


@get(f"{BASE}/users/{{ref}}", module="access", permission=READ_USERS)
async def get_user(ctx: Ctx, ref: str) -> UserView:
    """Show a member, by id, e-mail or `me`."""
    return await service.get_user(ctx.tx, ctx.actor, ref)


@post(f"{BASE}/users", module="access", permission=permissions.USERS_MANAGE, status=201)
async def create_user(ctx: Ctx, data: NewUser) -> UserView:
    """Add a member."""
    user = await service.create_user(ctx.tx, ctx.actor, data)
    ctx.created(f"{BASE}/users/{user.id}")
    return user


@put(f"{BASE}/users/{{ref}}", module="access", permission=permissions.USERS_MANAGE)
async def change_user(ctx: Ctx, ref: str, data: UserChange) -> UserView:
    """Change a member; deactivating ends their sessions and tokens at once."""
    return await service.change_user(ctx.tx, ctx.actor, ref, data)


@get(f"{BASE}/teams", module="access", permission=READ_TEAMS)
async def list_teams(ctx: Ctx, query: TeamQuery) -> Page[TeamView]:
    """List teams by name, with their members."""
    return await service.list_teams(ctx.tx, query)


@get(f"{BASE}/teams/{{ref}}", module="access", permission=READ_TEAMS)
async def get_team(ctx: Ctx, ref: str) -> TeamView:
    """Show a team, by id or slug."""
    return await service.get_team(ctx.tx, ref)


@post(f"{BASE}/teams", module="access", permission=permissions.TEAMS_MANAGE, status=201)
async def create_team(ctx: Ctx, data: NewTeam) -> TeamView:
    """Make a team."""
    team = await service.create_team(ctx.tx, ctx.actor, data)
    ctx.created(f"{BASE}/teams/{team.id}")
    return team


@put(f"{BASE}/teams/{{ref}}", module="access", permission=permissions.TEAMS_MANAGE)
async def change_team(ctx: Ctx, ref: str, data: TeamChange) -> TeamView:
    """Change a team and who is in it."""
    return await service.change_team(ctx.tx, ctx.actor, ref, data)


ENDPOINTS = (
    *(list_users, get_user, create_user, change_user),
    *(list_teams, get_team, create_team, change_team),
)
