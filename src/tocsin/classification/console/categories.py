"""Categories: what kind of incident it is."""

from __future__ import annotations

import msgspec

from tocsin.access import permissions
from tocsin.classification import service
from tocsin.classification.console.common import MODULE, found, removed
from tocsin.classification.model import Category
from tocsin.web import pages
from tocsin.web.forms import InUse, NoFields
from tocsin.web.pages import Undo
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action, page

MANAGE = permissions.CATEGORIES_MANAGE
CATEGORIES = "/admin/categories"


class CategoryForm(msgspec.Struct, frozen=True, kw_only=True):
    """A category as the form has it."""

    name: str = ""
    description: str | None = None
    type: str | None = None
    department: str | None = None


@page(CATEGORIES, module=MODULE, permission=MANAGE)
async def show_categories(ctx: Ctx) -> Reply:
    """The categories, by name."""
    entries = (await service.catalogue(ctx.tx)).categories.values()
    ordered = sorted(entries, key=lambda entry: (not entry.is_active, entry.name.casefold(), entry.slug))
    return pages.render(ctx, "classification/categories.html", categories=ordered)


@page(f"{CATEGORIES}/new", module=MODULE, permission=MANAGE)
async def show_new_category(ctx: Ctx) -> Reply:
    """The form for a new category."""
    return await _form(ctx, None)


@page(f"{CATEGORIES}/{{category}}", module=MODULE, permission=MANAGE)
async def show_category(ctx: Ctx, category: str) -> Reply:
    """A category, ready to be changed."""
    entry = (await service.catalogue(ctx.tx)).find_category(category)
    found(entry)
    return await _form(ctx, entry)


async def _form(ctx: Ctx, category: Category | None) -> Reply:
    entries = (await service.catalogue(ctx.tx)).categories.values()
    return pages.render(
        ctx,
        "classification/category.html",
        category=category,
        types=sorted({entry.type for entry in entries if entry.type}),
        departments=sorted({entry.department for entry in entries if entry.department}),
    )


@action(CATEGORIES, module=MODULE, permission=MANAGE)
async def add_category(ctx: Ctx, data: CategoryForm) -> Reply:
    """Add a category."""
    _ = pages.speech(ctx).gettext
    made = await service.add_category(ctx.tx, ctx.actor, msgspec.structs.asdict(data))
    return pages.redirect(ctx, CATEGORIES, _("%(name)s was added.") % {"name": made.name})


@action(f"{CATEGORIES}/{{category}}", module=MODULE, permission=MANAGE)
async def change_category(ctx: Ctx, category: str, data: CategoryForm) -> Reply:
    """Change a category."""
    _ = pages.speech(ctx).gettext
    after = await service.change_category(ctx.tx, ctx.actor, category, msgspec.structs.asdict(data))
    return pages.redirect(ctx, CATEGORIES, _("%(name)s was saved.") % {"name": after.name})


@action(f"{CATEGORIES}/{{category}}/active", module=MODULE, permission=MANAGE)
async def set_category_active(ctx: Ctx, category: str, data: InUse) -> Reply:
    """Let a category be chosen, or not."""
    _ = pages.speech(ctx).gettext
    after = await service.change_category(ctx.tx, ctx.actor, category, {"is_active": data.is_active})
    said = _("%(name)s can be chosen again.") if after.is_active else _("%(name)s can't be chosen any more.")
    undo = Undo(f"{CATEGORIES}/{after.id}/active", {"is_active": "false" if data.is_active else "true"})
    return pages.back(ctx, CATEGORIES, said % {"name": after.name}, undo)


@action(f"{CATEGORIES}/{{category}}/delete", module=MODULE, permission=MANAGE)
async def delete_category(ctx: Ctx, category: str, data: NoFields) -> Reply:
    """Delete a category that nothing uses."""
    return await removed(ctx, "category", category, CATEGORIES)


ENDPOINTS = (
    *(show_categories, show_new_category, show_category),
    *(add_category, change_category, set_category_active, delete_category),
)
