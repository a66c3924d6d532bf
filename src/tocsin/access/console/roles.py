"""Roles: the matrix of permissions, a column each; and one role by itself."""

from __future__ import annotations

from typing import Any

import msgspec

from tocsin.access import permissions, service
from tocsin.access.console.people import all_roles
from tocsin.access.model import RoleView
from tocsin.access.service import NewRole, RoleChange
from tocsin.base.errors import Forbidden
from tocsin.web import admin, pages
from tocsin.web.forms import NoFields
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action, page

MODULE = "access"
MANAGE = permissions.ROLES_MANAGE
ROLES = "/admin/roles"


class NewRoleForm(msgspec.Struct, frozen=True, kw_only=True):
    """A new role; `like` is the slug of one whose permissions it starts with."""

    name: str = ""
    like: str = ""


class RoleForm(msgspec.Struct, frozen=True, kw_only=True):
    """What a role grants; the name where the form has one."""

    name: str | None = None
    permissions: list[str] = []


@page(ROLES, module=MODULE, permission=MANAGE)
async def show_roles(ctx: Ctx) -> Reply:
    """All roles and all permissions."""
    return pages.render(ctx, "access/roles.html", roles=await all_roles(ctx), **_words(ctx))


@page(f"{ROLES}/{{role}}", module=MODULE, permission=MANAGE)
async def show_role(ctx: Ctx, role: str) -> Reply:
    """One role."""
    return pages.render(ctx, "access/role.html", role=await service.get_role(ctx.tx, role), **_words(ctx))


def _words(ctx: Ctx) -> dict[str, Any]:
    grantable = {name for name in permissions.ALL if ctx.actor.can(name)}
    return {"groups": permissions.GROUPS, "about": permissions.DESCRIPTIONS, "grantable": grantable}


@action(ROLES, module=MODULE, permission=MANAGE)
async def add_role(ctx: Ctx, data: NewRoleForm) -> Reply:
    """Make a role, empty or like another one."""
    _ = pages.speech(ctx).gettext
    pattern = next((role for role in await all_roles(ctx) if role.slug == data.like), None)
    granted = [name for name in pattern.permissions if ctx.actor.can(name)] if pattern is not None else []
    made = await service.create_role(ctx.tx, ctx.actor, NewRole(name=data.name, permissions=granted))
    return pages.redirect(ctx, f"{ROLES}/{made.id}", _("The role %(name)s was made.") % {"name": made.name})


@action(f"{ROLES}/{{role}}", module=MODULE, permission=MANAGE)
async def change_role(ctx: Ctx, role: str, data: RoleForm) -> Reply:
    """Set what a role grants."""
    _ = pages.speech(ctx).gettext
    change = RoleChange(permissions=data.permissions)
    if data.name is not None or "name" in ctx.form.values:
        change = msgspec.structs.replace(change, name=data.name or "")
    after = await _changed(ctx, role, change)
    return pages.back(ctx, ROLES, _("The role %(name)s was saved.") % {"name": after.name})


async def _changed(ctx: Ctx, role: str, change: RoleChange) -> RoleView:
    try:
        return await service.change_role(ctx.tx, ctx.actor, role, change)
    except Forbidden as error:
        raise admin.about_field(error, "permissions") from None


@action(f"{ROLES}/{{role}}/delete", module=MODULE, permission=MANAGE)
async def delete_role(ctx: Ctx, role: str, data: NoFields) -> Reply:
    """Delete a role that nobody has."""
    _ = pages.speech(ctx).gettext
    found = await service.get_role(ctx.tx, role)
    await service.delete_role(ctx.tx, ctx.actor, role)
    return pages.redirect(ctx, ROLES, _("The role %(name)s was deleted.") % {"name": found.name})


ENDPOINTS = (show_roles, show_role, add_role, change_role, delete_role)
