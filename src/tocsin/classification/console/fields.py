"""Custom fields: the designer, with each field as people will see it."""

from __future__ import annotations

from typing import Any

import msgspec

from tocsin.access import permissions
from tocsin.base.errors import FieldError, Invalid
from tocsin.classification import service
from tocsin.classification.console.asked import asked
from tocsin.classification.console.common import MODULE, Direction, found, removed
from tocsin.classification.model import Field
from tocsin.classification.rules.fields import TYPES
from tocsin.web import pages
from tocsin.web.admin import Choice
from tocsin.web.forms import InUse, NoFields
from tocsin.web.i18n import N_
from tocsin.web.pages import Undo
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action, page

MANAGE = permissions.SETTINGS_MANAGE
FIELDS = "/admin/fields"
STEP = 10
KINDS = {
    "text": (N_("Text"), N_("Up to 2,000 characters."), "text-caption"),
    "number": (N_("Number"), N_("Whole or with decimals; lists find ranges."), "number-123"),
    "date": (N_("Date"), N_("A day, without a time; lists find ranges."), "calendar"),
    "boolean": (N_("Yes or no"), N_("Left open until somebody says."), "toggle-left"),
    "choice": (N_("Choice"), N_("One of the choices below."), "circle-dot"),
    "multi_choice": (N_("Several choices"), N_("Any of the choices below."), "checkbox"),
    "user": (N_("Person"), N_("A member of your organisation."), "user"),
    "url": (N_("Web address"), N_("With https:// or http://."), "link"),
}
"""Each type's name, what it takes, its icon."""


class FieldForm(msgspec.Struct, frozen=True, kw_only=True):
    """A custom field as the form has it: one choice a line."""

    name: str = ""
    slug: str | None = None
    description: str | None = None
    type: str = "text"
    choices: str = ""
    required_at: str | None = None
    categories: list[str] = []
    is_public: bool = False


@page(FIELDS, module=MODULE, permission=MANAGE)
async def show_fields(ctx: Ctx) -> Reply:
    """The custom fields in their order."""
    catalogue = await service.catalogue(ctx.tx)
    every = await asked(ctx.tx, catalogue, catalogue.fields.values(), choose_people=False)
    return pages.render(
        ctx,
        "classification/fields.html",
        active=[one for one in every if one.field.is_active],
        retired=[one for one in every if not one.field.is_active],
        kinds=KINDS,
        names={category.slug: category.name for category in catalogue.categories.values()},
    )


@page(f"{FIELDS}/new", module=MODULE, permission=MANAGE)
async def show_new_field(ctx: Ctx) -> Reply:
    """The form for a new custom field."""
    return await _form(ctx, None)


@page(f"{FIELDS}/{{field}}", module=MODULE, permission=MANAGE)
async def show_field(ctx: Ctx, field: str) -> Reply:
    """A custom field, ready to be changed."""
    entry = (await service.catalogue(ctx.tx)).find_field(field)
    found(entry)
    return await _form(ctx, entry)


async def _form(ctx: Ctx, field: Field | None) -> Reply:
    catalogue = await service.catalogue(ctx.tx)
    chosen = set(field.categories) if field is not None else set()
    categories = [c for c in catalogue.categories.values() if c.is_active or c.id in chosen]
    return pages.render(
        ctx,
        "classification/field.html",
        entry=field,
        shown=(await asked(ctx.tx, catalogue, [field]))[0] if field is not None else None,
        kinds=KINDS,
        categories=[Choice(c.slug, c.name) for c in sorted(categories, key=lambda c: c.name.casefold())],
        chosen=[c.slug for c in categories if c.id in chosen],
    )


def _values(data: FieldForm) -> dict[str, Any]:
    """The form as the service takes it. Raises `Invalid`."""
    if data.type not in TYPES:
        raise Invalid([FieldError("type", N_("Choose one of the types."))])
    if data.required_at not in (None, "create", "resolve"):
        raise Invalid([FieldError("required_at", N_("Choose one of the three."))])
    lines = [line.strip() for line in data.choices.splitlines() if line.strip()]
    return {
        "name": data.name,
        "description": data.description,
        "type": data.type,
        "choices": lines if data.type in ("choice", "multi_choice") else [],
        "required_at": data.required_at,
        "is_public": data.is_public,
    }


@action(FIELDS, module=MODULE, permission=MANAGE)
async def add_field(ctx: Ctx, data: FieldForm) -> Reply:
    """Add a custom field behind the others."""
    _ = pages.speech(ctx).gettext
    values = _values(data)
    if data.slug is not None:
        values["slug"] = data.slug
    last = [field.sort_order for field in (await service.catalogue(ctx.tx)).fields.values()]
    values["sort_order"] = max(last, default=0) + STEP
    made = await service.add_field(ctx.tx, ctx.actor, values, data.categories)
    return pages.redirect(ctx, FIELDS, _("%(name)s was added.", name=made.name))


@action(f"{FIELDS}/{{field}}", module=MODULE, permission=MANAGE)
async def change_field(ctx: Ctx, field: str, data: FieldForm) -> Reply:
    """Change a custom field."""
    _ = pages.speech(ctx).gettext
    found((await service.catalogue(ctx.tx)).find_field(field))
    after = await service.change_field(ctx.tx, ctx.actor, field, _values(data), data.categories)
    return pages.redirect(ctx, FIELDS, _("%(name)s was saved.", name=after.name))


@action(f"{FIELDS}/{{field}}/shift", module=MODULE, permission=MANAGE)
async def shift_field(ctx: Ctx, field: str, data: Direction) -> Reply:
    """Move a custom field one place in the order of the form."""
    _ = pages.speech(ctx).gettext
    if data.way not in ("earlier", "later"):
        raise Invalid([FieldError("way", N_("Say earlier or later."))])
    after = await service.shift_field(ctx.tx, ctx.actor, field, earlier=data.way == "earlier")
    undo = Undo(f"{FIELDS}/{after.id}/shift", {"way": "later" if data.way == "earlier" else "earlier"})
    said = _("%(name)s comes earlier now.") if data.way == "earlier" else _("%(name)s comes later now.")
    return pages.back(ctx, FIELDS, said % {"name": after.name}, undo)


@action(f"{FIELDS}/{{field}}/active", module=MODULE, permission=MANAGE)
async def set_field_active(ctx: Ctx, field: str, data: InUse) -> Reply:
    """Let a custom field take values again, or retire it."""
    _ = pages.speech(ctx).gettext
    after = await service.change_field(ctx.tx, ctx.actor, field, {"is_active": data.is_active})
    said = _("%(name)s takes values again.") if after.is_active else _("%(name)s is retired; its values stay.")
    undo = Undo(f"{FIELDS}/{after.id}/active", {"is_active": "false" if data.is_active else "true"})
    return pages.redirect(ctx, FIELDS, said % {"name": after.name}, undo)


@action(f"{FIELDS}/{{field}}/delete", module=MODULE, permission=MANAGE)
async def delete_field(ctx: Ctx, field: str, data: NoFields) -> Reply:
    """Delete a custom field that no incident has a value of, else retire it."""
    return await removed(ctx, "field", field, FIELDS)


ENDPOINTS = (
    *(show_fields, show_new_field, show_field),
    *(add_field, change_field, shift_field, set_field_active, delete_field),
)
