"""Verbs on tenants. Making, suspending and resuming is the operator's (command line); settings are the tenant's."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import asyncpg
import msgspec
from msgspec import UNSET, UnsetType

from tocsin.base.actor import Actor, system_actor
from tocsin.base.errors import N_, Invalid, NotFound, Refused, invalid
from tocsin.base.fitting import fit
from tocsin.base.ids import new_id
from tocsin.base.text import clean_line, is_slug
from tocsin.db.tx import Database, Tx
from tocsin.tenancy import events, permissions, rules, store
from tocsin.tenancy.model import Tenant, TenantSettings, tenant_from

_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")

Seed = Callable[[Tx, Tenant], Awaitable[None]]
SEEDS: list[Seed] = []
"""What a new tenant starts with; features above add theirs (`wiring`)."""


async def create(
    database: Database,
    slug: str,
    name: str,
    *,
    time_zone: str = "UTC",
    locale: str = "en",
    sandbox: bool = False,
    clock_at: datetime | None = None,
) -> Tenant:
    """Make a tenant with its seeds. Raises `Invalid` for a bad slug, name or zone, `Refused` for a slug in use."""
    if not is_slug(slug):
        raise invalid("slug", "Use 1 to 64 lower-case letters, digits and inner hyphens.")
    name = clean_line(name)
    if not 1 <= len(name) <= 200:
        raise invalid("name", "Give a name of 1 to 200 characters.")
    check_time_zone(time_zone)
    check_locale(locale)
    tenant_id = new_id()
    async with database.tenant(tenant_id) as tx:
        if sandbox:
            tx.now = clock_at or tx.real_now
        kind = "sandbox" if sandbox else "live"
        if not await store.insert(tx, tenant_id, slug, name, time_zone, locale, kind, tx.now if sandbox else None):
            raise Refused("A tenant with the slug {taken} exists already.", taken=slug)
        tenant = tenant_from(await store.by_id(tx, tenant_id))
        for seed in SEEDS:
            await seed(tx, tenant)
        actor = system_actor(tenant_id, "cli")
        tx.emit(events.TenantCreated(actor=actor, facts={"slug": slug, "kind": kind}, texts={"name": name}))
    return tenant


@cache
def _zones() -> frozenset[str]:
    """The names of all zones: listing them walks a directory tree, so it is done once."""
    return frozenset(available_timezones())


def time_zones() -> list[str]:
    """The zones to choose from, by name: places, no abbreviations."""
    places = (name for name in _zones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
    return [*sorted(places), "UTC"]


def check_time_zone(name: str) -> ZoneInfo:
    """The IANA zone of a name. Raises `Invalid`."""
    if name not in _zones():
        raise invalid("time_zone", "Use the name of an IANA time zone, such as Europe/Berlin.")
    return ZoneInfo(name)


def check_locale(locale: str) -> str:
    """A language that the server speaks. Raises `Invalid`."""
    if locale not in ("en", "de"):
        raise invalid("locale", "Use en or de.")
    return locale


async def all_tenants(database: Database) -> list[Tenant]:
    """Every tenant, by slug: for the operator's commands."""
    async with database.globally() as tx:
        return [tenant_from(row) for row in await store.all_tenants(tx)]


async def find(database: Database, slug: str) -> Tenant:
    """The tenant of a slug. Raises `NotFound`."""
    async with database.globally() as tx:
        row = await store.by_slug(tx, slug)
    if row is None:
        raise NotFound("There is no tenant {name}.", name=slug)
    return tenant_from(row)


async def find_by_host(database: Database, host: str) -> Tenant:
    """The tenant of a host name. Raises `NotFound`."""
    async with database.globally() as tx:
        row = await store.by_host(tx, host.lower())
    if row is None:
        raise NotFound
    return tenant_from(row)


async def current(tx: Tx) -> Tenant:
    """The tenant of the transaction, read once; sets `tx.now` to a sandbox's clock. Raises `NotFound`."""
    if "tenant" not in tx.memo:
        row = await store.by_id(tx, tx.tenant_id)
        if row is None:
            raise NotFound
        pin(tx, tenant_from(row))
    tenant: Tenant = tx.memo["tenant"]
    return tenant


def pin(tx: Tx, tenant: Tenant) -> None:
    """Make the tenant known to the transaction: its clock, its settings, its switched-off modules."""
    tx.memo["tenant"] = tenant
    tx.memo["disabled_modules"] = tenant.disabled_modules
    if tenant.clock_at is not None:
        tx.now = tenant.clock_at


async def set_state(database: Database, slug: str, state: str) -> bool:
    """Suspend (`suspended`) or resume (`active`) a tenant; False when it is so already. Raises `NotFound`."""
    tenant = await find(database, slug)
    async with database.tenant(tenant.id) as tx:
        changed = await store.set_state(tx, tenant.id, state)
        if changed:
            kind = events.TenantSuspended if state == "suspended" else events.TenantResumed
            tx.emit(kind(actor=system_actor(tenant.id, "cli")))
    return changed


class TenantChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an administrator may change of the own tenant; what is left out stays."""

    name: str | UnsetType = UNSET
    host: str | UnsetType | None = UNSET
    time_zone: str | UnsetType = UNSET
    locale: str | UnsetType = UNSET
    settings: dict[str, Any] | UnsetType = UNSET


def _parts(tenant: Tenant, given: dict[str, Any]) -> dict[str, Any]:
    """What a change gives, as it stands in a tenant; of the settings only those that it names."""
    found = {name: msgspec.to_builtins(getattr(tenant, name)) for name in given}
    if "settings" in found:
        found["settings"] = {name: found["settings"].get(name) for name in given["settings"]}
    return found


async def change(tx: Tx, actor: Actor, wanted: TenantChange) -> Tenant:
    """Change the own tenant. Settings are merged by name. Raises `Invalid`, `Refused` for a host in use."""
    actor.must(permissions.MANAGE)
    tenant = tenant_from(await store.lock(tx, tx.tenant_id))
    given = {name: value for name in wanted.__struct_fields__ if (value := getattr(wanted, name)) is not UNSET}
    name = clean_line(given.get("name", tenant.name))
    if not 1 <= len(name) <= 200:
        raise invalid("name", "Give a name of 1 to 200 characters.")
    zone = check_time_zone(given.get("time_zone", tenant.time_zone)).key
    locale = check_locale(given.get("locale", tenant.locale))
    host = _clean_host(given.get("host", tenant.host))
    settings = merge_settings(tenant.settings, given.get("settings", {}))
    try:
        await store.update(tx, tenant.id, name, host, zone, locale, msgspec.to_builtins(settings))
    except asyncpg.UniqueViolationError:
        raise Refused("Another tenant uses this host name.") from None
    values = {"name": name, "host": host, "time_zone": zone, "locale": locale, "settings": settings}
    texts = {"before": _parts(tenant, given), "after": _parts(msgspec.structs.replace(tenant, **values), given)}
    tx.emit(events.TenantChanged(actor=actor, facts={"fields": list(given)}, texts=texts))
    tx.memo.pop("tenant", None)
    return await current(tx)


def _clean_host(text: str | None) -> str | None:
    """A host name in lower case (RFC 1123), without a port. Raises `Invalid`."""
    host = (text or "").strip().lower() or None
    if host is not None and not (len(host) <= 253 and _HOST.fullmatch(host)):
        raise invalid("host", "Give a host name, such as help.example.com, without https:// and port.")
    return host


_WANTED = {
    "reference_prefix": N_(
        "Use up to 8 capitals and digits that begin with a letter, and a hyphen behind them, such as INC-."
    ),
    "reopen_days": N_("Give a number of days up to 3650; 0 for never."),
    "auto_close_days": N_("Give a number of days up to 3650; 0 for never."),
    "quiet_hours": N_("Give two times of day such as 22:00 and 07:00, or null."),
    "warning_percents": N_("Give at most five whole numbers from 1 to 99."),
    "comment_edit_minutes": N_("Give a number of minutes up to 525600, a year; 0 for never."),
    "attachment_limit": N_("Give a number of bytes up to 1,000,000,000."),
    "attachment_types": N_("Give at most 50 media types, such as image/* and application/pdf."),
    "public_intro": N_("Use at most 2000 characters."),
}
"""What to write instead, for settings whose types say it badly."""


def merge_settings(old: TenantSettings, given: dict[str, object]) -> TenantSettings:
    """The old settings with the given ones over them. Raises `Invalid` naming the setting."""
    try:
        found = fit({**msgspec.to_builtins(old), **given}, TenantSettings, "settings")
    except Invalid as error:
        wrong = error.errors[0]
        wanted = _WANTED.get(wrong.field.removeprefix("settings.").partition("[")[0], wrong.template)
        raise invalid(wrong.field, wanted) from None
    if found.quiet_hours is not None and found.quiet_hours[0] == found.quiet_hours[1]:
        raise invalid("settings.quiet_hours", "Quiet hours begin and end at different times.")
    if (flaw := rules.color_flaw(found.brand_color)) is not None:
        raise invalid("settings.brand_color", flaw)
    return found


def brand(color: str) -> rules.Palette:
    """What public pages wear of a colour, on light and dark grounds; ours for none."""
    found = rules.palette(color) or rules.palette(rules.OURS)
    assert found is not None
    return found


def contrast_with_white(color: str) -> float | None:
    """How well white text can be read on a colour (from 1 to 21; 4.5 is enough); None for what is no colour."""
    return rules.contrast(color, rules.WHITE) if color and rules.color_flaw(color) is None else None


async def switch_module(tx: Tx, module: str, *, enabled: bool) -> bool:
    """Switch a module of the tenant; False when it is so already. The caller (`modules`) has checked the right."""
    return await store.set_module(tx, tx.tenant_id, module, enabled)


async def configuration_changed(tx: Tx) -> None:
    """Catalogue, policies or roles changed: every process reads them anew from the next request on."""
    await store.touch(tx, tx.tenant_id)


async def set_clock(tx: Tx, now: datetime) -> None:
    """Move the clock of the sandbox this transaction is in."""
    await store.set_clock(tx, tx.tenant_id, now)
    tx.now = now
