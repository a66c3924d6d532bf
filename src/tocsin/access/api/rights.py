"""`/roles` and `/permissions`."""

from __future__ import annotations

from tocsin.access import permissions, service
from tocsin.access.model import PermissionView, RoleView
from tocsin.access.service import NewRole, RoleChange
from tocsin.base.paging import Page, PageQuery, page_of
from tocsin.web.routes import Ctx, delete, get, post, put

BASE = "/api/access/v1"
READ = (permissions.VIEW, permissions.ROLES_MANAGE, permissions.USERS_MANAGE, permissions.TOKENS_MANAGE)
_PERMISSIONS = [PermissionView(name, permissions.DESCRIPTIONS[name]) for name in permissions.ALL]
_PLACES = {name: place for place, name in enumerate(permissions.ALL)}


@get(f"{BASE}/permissions", module="access", permission=READ)
async def list_permissions(ctx: Ctx, query: PageQuery) -> Page[PermissionView]:
    """List every permission there is, and what it allows to."""
    return page_of(
        _PERMISSIONS, lambda p: (_PLACES[p.name],), tuple[int], "permissions", limit=query.limit, cursor=query.cursor
    )


@get(f"{BASE}/roles", module="access", permission=READ)
async def list_roles(ctx: Ctx, query: PageQuery) -> Page[RoleView]:
    """List roles by name."""
    return await service.list_roles(ctx.tx, query)


@get(f"{BASE}/roles/{{ref}}", module="access", permission=READ)
async def get_role(ctx: Ctx, ref: str) -> RoleView:
    """Show a role, by id or slug."""
    return await service.get_role(ctx.tx, ref)


@post(f"{BASE}/roles", module="access", permission=permissions.ROLES_MANAGE, status=201)
async def create_role(ctx: Ctx, data: NewRole) -> RoleView:
    """Make a role, of permissions you hold."""
    role = await service.create_role(ctx.tx, ctx.actor, data)
    ctx.created(f"{BASE}/roles/{role.id}")
    return role


@put(f"{BASE}/roles/{{ref}}", module="access", permission=permissions.ROLES_MANAGE)
async def change_role(ctx: Ctx, ref: str, data: RoleChange) -> RoleView:
    """Change a role; you can add what you hold."""
    return await service.change_role(ctx.tx, ctx.actor, ref, data)


@delete(f"{BASE}/roles/{{ref}}", module="access", permission=permissions.ROLES_MANAGE)
async def delete_role(ctx: Ctx, ref: str) -> None:
    """Delete a role that nobody has."""
    await service.delete_role(ctx.tx, ctx.actor, ref)


ENDPOINTS = (list_permissions, list_roles, get_role, create_role, change_role, delete_role)
