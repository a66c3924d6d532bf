"""Roles: a tenant's own sets of permissions."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import asyncpg
import msgspec
from msgspec import UNSET, Meta, UnsetType

from tocsin.access import events, permissions, rules, store
from tocsin.access.model import RoleView
from tocsin.access.service.grants import has_administrator, keep_administrator, known_permissions, must_hold
from tocsin.access.service.people import role_row
from tocsin.base.actor import Actor
from tocsin.base.errors import N_, NotFound, Refused, invalid
from tocsin.base.ids import new_id
from tocsin.base.paging import Page, PageQuery, check_limit, decode_cursor, encode_cursor
from tocsin.base.text import clean_line, is_slug, slugify
from tocsin.db.tx import Tx
from tocsin.tenancy import service as tenancy

_IN_USE = N_("Members or tokens have this role; take it from them first.")

Name = Annotated[str, Meta(max_length=100)]
Names = Annotated[list[str], Meta(max_length=200)]


class NewRole(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new role; the slug is made from the name when left out."""

    name: Name
    slug: str | None = None
    permissions: Names = []


class RoleChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays; `permissions` replaces the whole set. The slug stands."""

    name: Name | UnsetType = UNSET
    permissions: Names | UnsetType = UNSET


def _view(row: Any) -> RoleView:
    return RoleView(**{name: row[name] for name in RoleView.__struct_fields__})


async def list_roles(tx: Tx, query: PageQuery) -> Page[RoleView]:
    """Roles by name. Raises `Invalid`."""
    limit = check_limit(query.limit)
    after = decode_cursor(query.cursor, ["roles", tx.tenant_id], tuple[str, UUID]) if query.cursor is not None else None
    rows = await store.roles.page(tx, after=after, limit=limit + 1)
    items = [_view(row) for row in rows[:limit]]
    more = len(rows) > limit
    return Page(items, encode_cursor(["roles", tx.tenant_id], (items[-1].name, items[-1].id)) if more else None)


async def get_role(tx: Tx, ref: str) -> RoleView:
    """A role by id or slug. Raises `NotFound`."""
    row = await role_row(tx, ref)
    if row is None:
        raise NotFound
    return _view(row)


async def create_role(tx: Tx, actor: Actor, new: NewRole) -> RoleView:
    """Make a role of permissions the actor holds. Raises `Invalid`, `Forbidden`, `Refused` for a slug in use."""
    actor.must(permissions.ROLES_MANAGE)
    name = _clean_name(new.name)
    wanted = known_permissions(new.permissions)
    must_hold(actor, wanted)
    slug = new.slug if new.slug is not None else slugify(name)
    if not is_slug(slug):
        raise invalid("slug", "Use 1 to 64 lower-case letters, digits and inner hyphens.")
    role_id = new_id()
    if not await store.roles.insert(tx, role_id, slug, name, wanted):
        raise Refused("The slug {taken} is in use; choose another.", field="slug", taken=slug)
    facts = {"role": role_id, "slug": slug, "permissions": wanted}
    tx.emit(events.RoleCreated(actor=actor, facts=facts, texts={"name": name}))
    await tenancy.configuration_changed(tx)
    return _view(await store.roles.find(tx, role_id=role_id))


async def change_role(tx: Tx, actor: Actor, ref: str, change: RoleChange) -> RoleView:
    """Change a role: what is added, the actor must hold. Raises `NotFound`, `Invalid`, `Forbidden`, `Refused`."""
    actor.must(permissions.ROLES_MANAGE)
    await store.roles.lock_all(tx)
    before = await get_role(tx, ref)
    name = before.name if change.name is UNSET else _clean_name(change.name)
    held = before.permissions
    wanted = held if change.permissions is UNSET else known_permissions(change.permissions)
    must_hold(actor, rules.missing(wanted, frozenset(held)))
    if (name, wanted) == (before.name, held):
        return before
    had_administrator = await has_administrator(tx)
    await store.roles.update(tx, before.id, name, wanted)
    await keep_administrator(tx, had_administrator)
    facts = {"role": before.id, "slug": before.slug, "from": held, "to": wanted}
    tx.emit(events.RoleChanged(actor=actor, facts=facts, texts={"name": name}))
    await tenancy.configuration_changed(tx)
    return await get_role(tx, str(before.id))


async def delete_role(tx: Tx, actor: Actor, ref: str) -> None:
    """Delete a role that nobody has. Raises `NotFound`, `Refused`."""
    actor.must(permissions.ROLES_MANAGE)
    await store.roles.lock_all(tx)
    role = await get_role(tx, ref)
    if await store.roles.in_use(tx, role.id):
        raise Refused(_IN_USE)
    try:
        async with tx.savepoint():
            await store.roles.delete(tx, role.id)
    except asyncpg.ForeignKeyViolationError:
        raise Refused(_IN_USE) from None
    tx.emit(events.RoleDeleted(actor=actor, facts={"role": role.id, "slug": role.slug}))
    await tenancy.configuration_changed(tx)


def _clean_name(text: str) -> str:
    name = clean_line(text)
    if not 1 <= len(name) <= 100:
        raise invalid("name", "Give a name of 1 to 100 characters.")
    return name
