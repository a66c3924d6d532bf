"""The organisation's own screens: its settings, its colour and its public form."""

from __future__ import annotations

from typing import Any

import msgspec

from tocsin.base.errors import Invalid, invalid
from tocsin.base.manifest import Navigation, Slot
from tocsin.tenancy import permissions, service
from tocsin.tenancy.model import PUBLIC_FIELDS
from tocsin.tenancy.service import TenantChange
from tocsin.tenancy.service.clock import advance
from tocsin.web import admin, i18n, pages
from tocsin.web.admin import Card, Choice
from tocsin.web.i18n import N_
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action, page

MODULE = "tenancy"
MANAGE = permissions.MANAGE
ORGANISATION, BRANDING = "/admin/organisation", "/admin/branding"
MEGABYTE = 1_000_000
FIELD_NAMES = {
    "description": N_("Description"),
    "category": N_("Category"),
    "name": N_("Name"),
    "phone": N_("Phone"),
    "organization": N_("Organisation"),
    "file": N_("Files"),
}


class OrganisationForm(msgspec.Struct, frozen=True, kw_only=True):
    """The organisation as the form has it. Percents are numbers with commas between; the limit is in megabytes."""

    name: str = ""
    host: str | None = None
    time_zone: str = ""
    locale: str = ""
    reference_prefix: str = ""
    reopen_days: int | None = None
    reopen_on_reply: bool | None = None
    quiet_from: str | None = None
    quiet_to: str | None = None
    auto_close_days: int | None = None
    resolve_with_open_tasks: bool | None = None
    warning_percents: str = ""
    comment_edit_minutes: int | None = None
    attachment_limit: float | None = None
    attachment_types: str | None = None


class BrandingForm(msgspec.Struct, frozen=True, kw_only=True):
    """The public pages as the form has them."""

    brand_color: str = ""
    public_intro: str = ""
    public_fields: list[str] = []


@page(ORGANISATION, module=MODULE, permission=MANAGE)
async def show_organisation(ctx: Ctx) -> Reply:
    """The organisation's settings."""
    settings = ctx.tenant.settings
    limit = settings.attachment_limit
    return pages.render(
        ctx,
        "tenancy/organisation.html",
        tenant=ctx.tenant,
        percents=", ".join(str(percent) for percent in settings.warning_percents),
        types=", ".join(settings.attachment_types),
        megabytes=f"{limit / MEGABYTE:g}" if limit is not None else "",
        locales=list(i18n.LOCALES.items()),
        zones=service.time_zones(),
    )


@action(ORGANISATION, module=MODULE, permission=MANAGE)
async def save_organisation(ctx: Ctx, data: OrganisationForm) -> Reply:
    """Change the organisation's settings."""
    _ = pages.speech(ctx).gettext
    limit = None if data.attachment_limit is None else _bytes(data.attachment_limit)
    settings: dict[str, Any] = {
        "reference_prefix": data.reference_prefix.strip(),
        "reopen_days": data.reopen_days,
        "warning_percents": _percents(data.warning_percents),
        "comment_edit_minutes": data.comment_edit_minutes,
        "attachment_limit": limit,
    }
    if {"quiet_from", "quiet_to"} & ctx.form.values.keys():
        settings["quiet_hours"] = _quiet(data.quiet_from, data.quiet_to)
    for name in ("reopen_on_reply", "auto_close_days", "resolve_with_open_tasks"):
        if getattr(data, name) is not None:
            settings[name] = getattr(data, name)
    if data.attachment_types is not None:
        settings["attachment_types"] = data.attachment_types.lower().replace(",", " ").split()
    await _change(
        ctx,
        TenantChange(name=data.name, host=data.host, time_zone=data.time_zone, locale=data.locale, settings=settings),
    )
    return pages.back(ctx, ORGANISATION, _("The organisation was saved."))


def _quiet(begins: str | None, ends: str | None) -> list[str] | None:
    """Both ends, or none at all. Raises `Invalid`."""
    if begins is None and ends is None:
        return None
    if begins is None or ends is None:
        raise invalid("quiet_to" if ends is None else "quiet_from", "Give both times, or none.")
    return [begins[:5], ends[:5]]


def _bytes(megabytes: float) -> int:
    if not 0 < megabytes <= 1000:
        raise invalid("attachment_limit", "Give a number of megabytes up to 1000.")
    return max(1, int(megabytes * MEGABYTE))


def _percents(text: str) -> list[int]:
    try:
        return sorted({int(part) for part in text.replace("%", " ").replace(",", " ").split()})
    except ValueError:
        raise invalid("warning_percents", "Give whole numbers with commas between, such as 75, 90.") from None


class BrandingQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What the preview shows instead of what is saved: for scripts, while somebody types."""

    brand_color: str | None = None
    public_intro: str | None = None


class AdvanceForm(msgspec.Struct, frozen=True, kw_only=True):
    """By how much: an ISO 8601 duration."""

    by: str = ""


@action("/clock/advance", module=MODULE, permission=MANAGE, own_transactions=True)
async def advance_clock(ctx: Ctx, data: AdvanceForm) -> Reply:
    """Move the sandbox's clock; what happens on the way is told as a number."""

    async def call() -> Reply:
        found = await advance(ctx.tx, ctx.actor, data.by)
        tongue = pages.speech(ctx)
        said = tongue.ngettext(
            "It is %(time)s now; %(num)s thing happened.",
            "It is %(time)s now; %(num)s things happened.",
            len(found.happened),
            time=tongue.exactly(found.now),
        )
        return pages.back(ctx, "/", said)

    async with ctx.transaction():
        # Sent twice, this is the finished answer of the first time.
        reply: Reply = await ctx.once(data.by.encode(), call)
    return reply


@page(BRANDING, module=MODULE, permission=MANAGE)
async def show_branding(ctx: Ctx, query: BrandingQuery) -> Reply:
    """The colour and the form that the public sees."""
    _ = pages.speech(ctx).gettext
    settings = ctx.tenant.settings
    tried = settings.brand_color if query.brand_color is None else query.brand_color.strip().lower()
    return pages.render(
        ctx,
        "tenancy/branding.html",
        tenant=ctx.tenant,
        settings=settings,
        brand=service.brand(tried),
        contrast=service.contrast_with_white(tried),
        intro=settings.public_intro if query.public_intro is None else query.public_intro,
        fields=[Choice(name, _(FIELD_NAMES[name])) for name in PUBLIC_FIELDS],
    )


@action(BRANDING, module=MODULE, permission=MANAGE)
async def save_branding(ctx: Ctx, data: BrandingForm) -> Reply:
    """Change the colour and the form that the public sees."""
    _ = pages.speech(ctx).gettext
    settings = {
        "brand_color": data.brand_color.strip().lower(),
        "public_intro": data.public_intro.strip(),
        "public_fields": [name for name in PUBLIC_FIELDS if name in data.public_fields],
    }
    await _change(ctx, TenantChange(settings=settings))
    return pages.back(ctx, BRANDING, _("The public pages were saved."))


async def _change(ctx: Ctx, change: TenantChange) -> None:
    try:
        await service.change(ctx.tx, ctx.actor, change)
    except Invalid as error:
        raise admin.renamed(error, "settings.") from None


async def card(ctx: Ctx, _subject: object) -> str:
    """The organisation on the administration's overview."""
    _ = pages.speech(ctx).gettext
    tenant = ctx.tenant
    cares = [] if tenant.settings.brand_color else [(_("The public pages have no colour of yours yet."), BRANDING)]
    said = _("%(zone)s · references such as %(prefix)s000123") % {
        "zone": tenant.time_zone,
        "prefix": tenant.settings.reference_prefix,
    }
    found: dict[str, Any] = {"cares": cares, "text": said}
    return admin.show(ctx, Card(tenant.name, ORGANISATION, icon="building", **found))


ENDPOINTS = (show_organisation, save_organisation, show_branding, save_branding, advance_clock)
NAVIGATION = (
    Navigation(N_("Organisation"), ORGANISATION, icon="building", permissions=(MANAGE,), place="admin", order=10),
    Navigation(
        N_("Branding and public form"), BRANDING, icon="palette", permissions=(MANAGE,), place="admin", order=12
    ),
)
SLOTS = (Slot(admin.OVERVIEW, card, (MANAGE,), MODULE, order=10),)
