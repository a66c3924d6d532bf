"""`/categories`, `/priorities`, `/statuses`: GET, POST, PUT, DELETE (a used entry is deactivated)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Any, TypeVar
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tocsin.access import permissions
from tocsin.base.errors import NotFound
from tocsin.base.paging import ActiveQuery, Page, page_of
from tocsin.classification import service
from tocsin.classification.model import Catalogue, Category, Entry, Priority, Status
from tocsin.web.routes import Ctx, delete, get, post, put

BASE = "/api/incidents/v1"
MODULE = "incidents"
READ = (*permissions.MEMBER, permissions.CREATE)

Name = Annotated[str, Meta(max_length=200)]
Text = Annotated[str, Meta(max_length=2000)]
Minutes = Annotated[int, Meta(ge=1, le=5_256_000)]
Level = Annotated[int, Meta(ge=1, le=1000)]
Order = Annotated[int, Meta(ge=-1_000_000, le=1_000_000)]
Key = TypeVar("Key", bound=tuple[Any, ...])


class NewCategory(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new category; the slug is made from the name when left out."""

    name: Name
    slug: str | None = None
    description: Text | None = None
    type: Name | None = None
    department: Name | None = None
    is_active: bool = True


class CategoryChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays."""

    name: Name | UnsetType = UNSET
    slug: str | UnsetType = UNSET
    description: Text | UnsetType | None = UNSET
    type: Name | UnsetType | None = UNSET
    department: Name | UnsetType | None = UNSET
    is_active: bool | UnsetType = UNSET


class NewPriority(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new priority; level 1 is the most urgent; minutes null for no target."""

    name: Name
    slug: str | None = None
    level: Level
    response_time_minutes: Minutes | None = None
    resolution_time_minutes: Minutes | None = None
    is_default: bool = False
    is_active: bool = True


class PriorityChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays; clocks that run keep their targets."""

    name: Name | UnsetType = UNSET
    slug: str | UnsetType = UNSET
    level: Level | UnsetType = UNSET
    response_time_minutes: Minutes | UnsetType | None = UNSET
    resolution_time_minutes: Minutes | UnsetType | None = UNSET
    is_default: bool | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET


class StatusView(msgspec.Struct, frozen=True, kw_only=True):
    """A status with the slugs of the statuses it may lead to."""

    id: UUID
    slug: str
    name: str
    sort_order: int
    is_terminal: bool
    is_default: bool
    is_resolved: bool
    pauses_sla: bool
    is_active: bool
    transitions: list[str]


class NewStatus(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new status; `transitions` are ids or slugs it may lead to (left out: all)."""

    name: Name
    slug: str | None = None
    sort_order: Order = 0
    is_terminal: bool = False
    is_default: bool = False
    is_resolved: bool = False
    pauses_sla: bool = False
    is_active: bool = True
    transitions: list[str] | None = None


class StatusChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays; `transitions` replaces the whole list."""

    name: Name | UnsetType = UNSET
    slug: str | UnsetType = UNSET
    sort_order: Order | UnsetType = UNSET
    is_terminal: bool | UnsetType = UNSET
    is_default: bool | UnsetType = UNSET
    is_resolved: bool | UnsetType = UNSET
    pauses_sla: bool | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
    transitions: list[str] | UnsetType = UNSET


def given(data: Any, *without: str) -> dict[str, Any]:
    """What a body gives, but for the fields `without`."""
    values = ((name, getattr(data, name)) for name in data.__struct_fields__ if name not in without)
    return {name: value for name, value in values if value is not UNSET}


def _page(
    ctx: Ctx, kind: str, entries: Iterable[Entry], key: Callable[[Entry], Key], key_type: type[Key], query: ActiveQuery
) -> Page[Entry]:
    wanted = [entry for entry in entries if query.active is None or entry.is_active == query.active]
    return page_of(
        wanted, key, key_type, [kind, ctx.tx.tenant_id, query.active], limit=query.limit, cursor=query.cursor
    )


def _view(found: Catalogue, status: Status) -> StatusView:
    leads = [found.statuses[target] for origin, target in found.transitions if origin == status.id]
    slugs = [s.slug for s in sorted(leads, key=lambda s: (s.sort_order, s.slug))]
    return StatusView(**msgspec.structs.asdict(status), transitions=slugs)


@get(f"{BASE}/categories", module=MODULE, permission=READ)
async def list_categories(ctx: Ctx, query: ActiveQuery) -> Page[Category]:
    """All categories, by name."""
    found = await service.catalogue(ctx.tx)
    return _page(
        ctx, "categories", found.categories.values(), lambda c: (c.name.casefold(), c.slug), tuple[str, str], query
    )


@get(f"{BASE}/categories/{{ref}}", module=MODULE, permission=READ)
async def get_category(ctx: Ctx, ref: str) -> Category:
    """One category, by id or slug."""
    entry = (await service.catalogue(ctx.tx)).find_category(ref)
    if entry is None:
        raise NotFound
    return entry


@post(f"{BASE}/categories", module=MODULE, permission=permissions.CATEGORIES_MANAGE, status=201)
async def add_category(ctx: Ctx, data: NewCategory) -> Category:
    """Add a category."""
    entry = await service.add_category(ctx.tx, ctx.actor, given(data))
    ctx.created(f"{BASE}/categories/{entry.id}")
    return entry


@put(f"{BASE}/categories/{{ref}}", module=MODULE, permission=permissions.CATEGORIES_MANAGE)
async def change_category(ctx: Ctx, ref: str, data: CategoryChange) -> Category:
    """Change a category."""
    return await service.change_category(ctx.tx, ctx.actor, ref, given(data))


@delete(f"{BASE}/categories/{{ref}}", module=MODULE, permission=permissions.CATEGORIES_MANAGE)
async def remove_category(ctx: Ctx, ref: str) -> None:
    """Delete a category, or deactivate it when incidents use it."""
    await service.remove(ctx.tx, ctx.actor, "category", ref)


@get(f"{BASE}/priorities", module=MODULE, permission=READ)
async def list_priorities(ctx: Ctx, query: ActiveQuery) -> Page[Priority]:
    """All priorities, the most urgent first."""
    found = await service.catalogue(ctx.tx)
    return _page(ctx, "priorities", found.priorities.values(), lambda p: (p.level, p.id), tuple[int, UUID], query)


@get(f"{BASE}/priorities/{{ref}}", module=MODULE, permission=READ)
async def get_priority(ctx: Ctx, ref: str) -> Priority:
    """One priority, by id or slug."""
    entry = (await service.catalogue(ctx.tx)).find_priority(ref)
    if entry is None:
        raise NotFound
    return entry


@post(f"{BASE}/priorities", module=MODULE, permission=permissions.PRIORITIES_MANAGE, status=201)
async def add_priority(ctx: Ctx, data: NewPriority) -> Priority:
    """Add a priority."""
    entry = await service.add_priority(ctx.tx, ctx.actor, given(data))
    ctx.created(f"{BASE}/priorities/{entry.id}")
    return entry


@put(f"{BASE}/priorities/{{ref}}", module=MODULE, permission=permissions.PRIORITIES_MANAGE)
async def change_priority(ctx: Ctx, ref: str, data: PriorityChange) -> Priority:
    """Change a priority."""
    return await service.change_priority(ctx.tx, ctx.actor, ref, given(data))


@delete(f"{BASE}/priorities/{{ref}}", module=MODULE, permission=permissions.PRIORITIES_MANAGE)
async def remove_priority(ctx: Ctx, ref: str) -> None:
    """Delete a priority, or deactivate it when incidents use it."""
    await service.remove(ctx.tx, ctx.actor, "priority", ref)


@get(f"{BASE}/statuses", module=MODULE, permission=READ)
async def list_statuses(ctx: Ctx, query: ActiveQuery) -> Page[StatusView]:
    """All statuses in the order of the work, with where each may lead."""
    found = await service.catalogue(ctx.tx)
    page = _page(ctx, "statuses", found.statuses.values(), lambda s: (s.sort_order, s.slug), tuple[int, str], query)
    return Page([_view(found, status) for status in page.items], page.next_cursor)


@get(f"{BASE}/statuses/{{ref}}", module=MODULE, permission=READ)
async def get_status(ctx: Ctx, ref: str) -> StatusView:
    """One status, by id or slug."""
    found = await service.catalogue(ctx.tx)
    entry = found.find_status(ref)
    if entry is None:
        raise NotFound
    return _view(found, entry)


@post(f"{BASE}/statuses", module=MODULE, permission=permissions.STATUSES_MANAGE, status=201)
async def add_status(ctx: Ctx, data: NewStatus) -> StatusView:
    """Add a status."""
    entry = await service.add_status(ctx.tx, ctx.actor, given(data, "transitions"), data.transitions)
    ctx.created(f"{BASE}/statuses/{entry.id}")
    return _view(await service.catalogue(ctx.tx), entry)


@put(f"{BASE}/statuses/{{ref}}", module=MODULE, permission=permissions.STATUSES_MANAGE)
async def change_status(ctx: Ctx, ref: str, data: StatusChange) -> StatusView:
    """Change a status, its flags or where it may lead."""
    transitions = None if data.transitions is UNSET else data.transitions
    entry = await service.change_status(ctx.tx, ctx.actor, ref, given(data, "transitions"), transitions)
    return _view(await service.catalogue(ctx.tx), entry)


@delete(f"{BASE}/statuses/{{ref}}", module=MODULE, permission=permissions.STATUSES_MANAGE)
async def remove_status(ctx: Ctx, ref: str) -> None:
    """Delete a status, or deactivate it when incidents use it."""
    await service.remove(ctx.tx, ctx.actor, "status", ref)


ENDPOINTS = (
    *(list_categories, get_category, add_category, change_category, remove_category),
    *(list_priorities, get_priority, add_priority, change_priority, remove_priority),
    *(list_statuses, get_status, add_status, change_status, remove_status),
)
