"""`/custom-fields`: GET, POST, PUT, DELETE (one that incidents hold values of is retired)."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tocsin.access import permissions
from tocsin.base.errors import NotFound
from tocsin.base.paging import ActiveQuery, Page, page_of
from tocsin.classification import service
from tocsin.classification.api.catalogue import BASE, MODULE, READ, Name, Order, Text, given
from tocsin.classification.model import Catalogue, Field, RequiredAt
from tocsin.classification.rules.fields import FieldType
from tocsin.web.routes import Ctx, delete, get, post, put

FIELDS = f"{BASE}/custom-fields"
Choices = Annotated[list[str], Meta(max_length=200)]
Categories = Annotated[list[str], Meta(max_length=200)]


class FieldView(msgspec.Struct, frozen=True, kw_only=True):
    """A custom field. `categories` are slugs; without any it belongs to all incidents. A retired one is not active."""

    id: UUID
    slug: str
    name: str
    description: str | None
    type: FieldType
    choices: list[str]
    required_at: RequiredAt | None
    categories: list[str]
    is_public: bool
    is_active: bool
    sort_order: int


class NewField(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new custom field; the slug is made from the name when left out, and may hold underscores.

    `choices` are for the types `choice` and `multi_choice`. One required at `create` is required at `resolve` too: of what
    came in by machine nobody could ask it before. `is_public` shows it on the public form.
    """

    name: Name
    slug: str | None = None
    description: Text | None = None
    type: FieldType
    choices: Choices | None = None
    required_at: RequiredAt | list[RequiredAt] | None = None
    categories: Categories | None = None
    is_public: bool = False
    is_active: bool = True
    sort_order: Order = 0


class FieldChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays; `choices` and `categories` replace the whole list. Values that incidents hold stay."""

    name: Name | UnsetType = UNSET
    slug: str | UnsetType = UNSET
    description: Text | UnsetType | None = UNSET
    type: FieldType | UnsetType = UNSET
    choices: Choices | UnsetType = UNSET
    required_at: RequiredAt | list[RequiredAt] | UnsetType | None = UNSET
    categories: Categories | UnsetType = UNSET
    is_public: bool | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
    sort_order: Order | UnsetType = UNSET


def _given(data: NewField | FieldChange) -> dict[str, Any]:
    """What the body gives; of several moments at which it is required the earliest is kept."""
    values = given(data, "categories")
    if isinstance(moments := values.get("required_at"), list):
        values["required_at"] = min(moments, default=None)
    return values


def _view(found: Catalogue, field: Field) -> FieldView:
    slugs = sorted(found.categories[category].slug for category in field.categories)
    same = {name: getattr(field, name) for name in FieldView.__struct_fields__ if name != "categories"}
    return FieldView(**same, categories=slugs)


@get(FIELDS, module=MODULE, permission=READ)
async def list_custom_fields(ctx: Ctx, query: ActiveQuery) -> Page[FieldView]:
    """All custom fields in their order, retired ones too."""
    found = await service.catalogue(ctx.tx)
    wanted = [f for f in found.fields.values() if query.active is None or f.is_active == query.active]
    page = page_of(
        wanted,
        lambda f: (f.sort_order, f.id),
        tuple[int, UUID],
        ["custom-fields", ctx.tx.tenant_id, query.active],
        limit=query.limit,
        cursor=query.cursor,
    )
    return Page([_view(found, field) for field in page.items], page.next_cursor)


@get(f"{FIELDS}/{{ref}}", module=MODULE, permission=READ)
async def get_custom_field(ctx: Ctx, ref: str) -> FieldView:
    """One custom field, by id or slug."""
    found = await service.catalogue(ctx.tx)
    field = found.find_field(ref)
    if field is None:
        raise NotFound
    return _view(found, field)


@post(FIELDS, module=MODULE, permission=permissions.SETTINGS_MANAGE, status=201)
async def add_custom_field(ctx: Ctx, data: NewField) -> FieldView:
    """Add a custom field."""
    field = await service.add_field(ctx.tx, ctx.actor, _given(data), data.categories or [])
    ctx.created(f"{FIELDS}/{field.id}")
    return _view(await service.catalogue(ctx.tx), field)


@put(f"{FIELDS}/{{ref}}", module=MODULE, permission=permissions.SETTINGS_MANAGE)
async def change_custom_field(ctx: Ctx, ref: str, data: FieldChange) -> FieldView:
    """Change a custom field; its slug and type stand once incidents hold values of it."""
    categories = None if data.categories is UNSET else data.categories
    field = await service.change_field(ctx.tx, ctx.actor, ref, _given(data), categories)
    return _view(await service.catalogue(ctx.tx), field)


@delete(f"{FIELDS}/{{ref}}", module=MODULE, permission=permissions.SETTINGS_MANAGE)
async def remove_custom_field(ctx: Ctx, ref: str) -> None:
    """Delete a custom field, or retire it when incidents hold values of it."""
    await service.remove(ctx.tx, ctx.actor, "field", ref)


ENDPOINTS = (list_custom_fields, get_custom_field, add_custom_field, change_custom_field, remove_custom_field)
