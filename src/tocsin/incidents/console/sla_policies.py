"""Service-level policies: the list, and each one as a table of targets that says what a change would move."""

from __future__ import annotations

from typing import Any

import msgspec

from tocsin.access import permissions, service as access
from tocsin.access.service import TeamQuery
from tocsin.base.errors import BadValue, FieldError, Invalid, invalid
from tocsin.base.fitting import fit
from tocsin.base.manifest import Navigation, Slot
from tocsin.base.paging import MAX_LIMIT
from tocsin.classification import rules as durations, service as classification
from tocsin.classification.model import Catalogue
from tocsin.incidents.service import promises
from tocsin.sla import service as sla
from tocsin.sla.model import NewSlaPolicy, PolicyView, Preview, SlaPolicyChange
from tocsin.web import admin, pages
from tocsin.web.admin import Card
from tocsin.web.forms import InUse, NoFields
from tocsin.web.i18n import N_
from tocsin.web.pages import Undo
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action, page

MODULE = "sla"
MANAGE = permissions.SLA_MANAGE
POLICIES = "/admin/sla"
FORM = "sla-policy"
KINDS = ("response", "update", "resolution")


class SlaPolicyForm(msgspec.Struct, frozen=True, kw_only=True):
    """A policy as the form has it: one value of each list belongs to each priority, in the order of `priority`.

    Times are as people write them; `more` is the button that shows what the change would move instead of saving it.
    """

    name: str = ""
    category: str = ""
    team: str = ""
    organisation: str = ""
    calendar: str = ""
    priority: list[str] = []
    response: list[str] = []
    update: list[str] = []
    resolution: list[str] = []
    line_calendar: list[str] = []
    warnings: str = ""
    maximum_extensions: str = ""
    hands: str = ""
    apply_to_running: bool = False
    more: str | None = None


@page(POLICIES, module=MODULE, permission=MANAGE)
async def show_policies(ctx: Ctx) -> Reply:
    """The policies, by name."""
    found = await sla.policies(ctx.tx, ctx.actor, is_active=None, limit=MAX_LIMIT, cursor=None)
    return pages.render(ctx, "sla/policies.html", policies=found.items, spell=durations.spell_minutes)


@page(f"{POLICIES}/new", module=MODULE, permission=MANAGE)
async def show_new_policy(ctx: Ctx) -> Reply:
    """The form for a new policy."""
    return await _form(ctx, None)


@page(f"{POLICIES}/{{policy}}", module=MODULE, permission=MANAGE)
async def show_policy(ctx: Ctx, policy: str) -> Reply:
    """A policy, ready to be changed."""
    return await _form(ctx, await sla.get_policy(ctx.tx, ctx.actor, policy))


async def _form(ctx: Ctx, policy: PolicyView | None, preview: Preview | None = None) -> Reply:
    failed = ctx.failed if ctx.failed is not None and ctx.failed.form.name == FORM else None
    sent = failed.form.values if failed is not None else ctx.form.values if preview is not None else None
    catalogue = await classification.catalogue(ctx.tx)
    used = {target.priority.id for target in policy.targets} if policy is not None else set()
    listed = sorted(catalogue.priorities.values(), key=lambda one: (one.level, one.id))
    priorities = [one for one in listed if one.is_active or one.id in used]
    teams = (await access.list_teams(ctx.tx, TeamQuery(limit=MAX_LIMIT))).items
    calendars = (await sla.calendars(ctx.tx, ctx.actor, is_active=True, limit=MAX_LIMIT, cursor=None)).items
    return pages.render(
        ctx,
        "sla/policy.html",
        policy=policy,
        values=_stored(policy, [one.slug for one in priorities]) if sent is None else sent,
        priorities=priorities,
        categories=[(one.slug, one.name) for one in catalogue.categories.values() if one.is_active],
        teams=[(team.slug, team.name) for team in teams],
        calendars=[(one.slug, one.name) for one in calendars],
        errors=failed.errors if failed is not None else {},
        preview=preview,
        spell=durations.spell_minutes,
    )


def _stored(policy: PolicyView | None, priorities: list[str]) -> dict[str, list[str]]:
    if policy is None:
        return {}
    lines = {target.priority.slug: target for target in policy.targets}
    percents = ", ".join(str(percent) for percent in policy.warning_percents or ())
    return {
        "name": [policy.name],
        "category": [policy.category.slug if policy.category else ""],
        "team": [policy.team.slug if policy.team else ""],
        "organisation": [policy.organisation or ""],
        "calendar": [policy.calendar.slug if policy.calendar else ""],
        "warnings": [percents],
        "maximum_extensions": ["" if policy.maximum_extensions is None else str(policy.maximum_extensions)],
        "hands": [durations.spell_minutes(policy.hands_minutes)],
        **{
            kind: [durations.spell_minutes(getattr(lines.get(slug), f"{kind}_minutes", None)) for slug in priorities]
            for kind in KINDS
        },
        "line_calendar": [
            line.calendar.slug if (line := lines.get(slug)) is not None and line.calendar is not None else ""
            for slug in priorities
        ],
    }


def _minutes(text: str, field: str) -> int | None:
    try:
        return durations.parse_minutes(text)
    except BadValue as error:
        raise invalid(field, error.template, **error.values) from None


def _lines(catalogue: Catalogue, sent: dict[str, list[str]]) -> list[dict[str, Any]]:
    """The lines in which something is promised. Empty fields hold their place, so the form is read as it was sent."""

    def at(name: str, number: int) -> str:
        given = sent.get(name, [])
        return given[number].strip() if number < len(given) else ""

    found = []
    for number, priority in enumerate(sent.get("priority", [])):
        if catalogue.find_priority(priority) is None:
            raise invalid("priority", "There is no active entry by this id or slug.")
        line: dict[str, Any] = {f"{kind}_minutes": _minutes(at(kind, number), f"{kind}-{number}") for kind in KINDS}
        line["calendar"] = at("line_calendar", number) or None
        if any(line.values()):
            found.append({**line, "priority": priority})
    return found


async def _values(ctx: Ctx, data: SlaPolicyForm) -> dict[str, Any]:
    """The form as the service takes it. Raises `Invalid`."""
    try:
        percents = [int(part) for part in data.warnings.replace("%", " ").replace(",", " ").split()]
        most = int(data.maximum_extensions) if data.maximum_extensions.strip() else None
    except ValueError:
        raise invalid("warnings", "Give whole numbers with commas between, such as 75, 90.") from None
    if any(not 1 <= percent <= 99 for percent in percents) or len(percents) > 5:
        raise invalid("warnings", "Give at most five whole numbers from 1 to 99.")
    if most is not None and not 0 <= most <= 100:
        raise invalid("maximum_extensions", "Give a number up to 100.")
    return {
        "name": data.name,
        "category": data.category or None,
        "team": data.team or None,
        "organisation": data.organisation or None,
        "calendar": data.calendar or None,
        "targets": _lines(await classification.catalogue(ctx.tx), ctx.form.values),
        "warning_percents": percents or None,
        "maximum_extensions": most,
        "hands_minutes": _minutes(data.hands, "hands"),
        "apply_to_running": data.apply_to_running,
    }


def _renamed(error: Invalid) -> Invalid:
    """Flaws under the names of the form's fields."""
    names = {"targets": "name", "hands_minutes": "hands", "warning_percents": "warnings"}
    return Invalid(
        [
            FieldError(names.get(name := each.field.partition("[")[0], name), each.template, each.values)
            for each in error.errors
        ]
    )


@action(POLICIES, module=MODULE, permission=MANAGE)
async def add_policy(ctx: Ctx, data: SlaPolicyForm) -> Reply:
    """Add a policy, or see first what it would move."""
    _ = pages.speech(ctx).gettext
    try:
        given = fit(await _values(ctx, data), NewSlaPolicy)
        if data.more is not None:
            return await _form(ctx, None, await promises.preview_new_policy(ctx.tx, ctx.actor, given))
        made = await promises.add_policy(ctx.tx, ctx.actor, given)
    except Invalid as error:
        raise _renamed(error) from None
    return pages.redirect(ctx, f"{POLICIES}/{made.id}", _("%(name)s was added.") % {"name": made.name})


@action(f"{POLICIES}/{{policy}}", module=MODULE, permission=MANAGE)
async def change_policy(ctx: Ctx, policy: str, data: SlaPolicyForm) -> Reply:
    """Change a policy, or see first what the change would move."""
    _ = pages.speech(ctx).gettext
    known = await sla.get_policy(ctx.tx, ctx.actor, policy)
    try:
        change = fit(await _values(ctx, data), SlaPolicyChange)
        if data.more is not None:
            return await _form(ctx, known, await promises.preview_policy(ctx.tx, ctx.actor, policy, change))
        after = await promises.change_policy(ctx.tx, ctx.actor, policy, change)
    except Invalid as error:
        raise _renamed(error) from None
    return pages.redirect(ctx, f"{POLICIES}/{after.id}", _("%(name)s was saved.") % {"name": after.name})


@action(f"{POLICIES}/{{policy}}/active", module=MODULE, permission=MANAGE)
async def set_policy_active(ctx: Ctx, policy: str, data: InUse) -> Reply:
    """Put a policy in force, or let it rest; clocks that run keep what they were promised."""
    _ = pages.speech(ctx).gettext
    change = SlaPolicyChange(is_active=data.is_active)
    after = await promises.change_policy(ctx.tx, ctx.actor, policy, change)
    said = _("%(name)s is in force.") if after.is_active else _("%(name)s rests; clocks keep what it promised.")
    undo = Undo(f"{POLICIES}/{after.id}/active", {"is_active": "false" if data.is_active else "true"})
    return pages.back(ctx, POLICIES, said % {"name": after.name}, undo)


@action(f"{POLICIES}/{{policy}}/delete", module=MODULE, permission=MANAGE)
async def delete_policy(ctx: Ctx, policy: str, data: NoFields) -> Reply:
    """Delete a policy; clocks keep what it promised them."""
    _ = pages.speech(ctx).gettext
    before = await sla.get_policy(ctx.tx, ctx.actor, policy)
    await sla.remove_policy(ctx.tx, ctx.actor, policy)
    return pages.redirect(ctx, POLICIES, _("%(name)s was deleted.") % {"name": before.name})


async def card(ctx: Ctx, _subject: object) -> str:
    """The policies on the administration's overview."""
    _ = pages.speech(ctx).gettext
    found = (await sla.policies(ctx.tx, ctx.actor, is_active=None, limit=MAX_LIMIT, cursor=None)).items
    active = sum(one.is_active for one in found)
    figures = [(active, _("in force")), (len(found) - active, _("resting"))]
    text = "" if active else _("Priorities promise alone: no policy refines them.")
    return admin.show(ctx, Card(_("Service levels"), POLICIES, icon="target-arrow", figures=figures, text=text))


ENDPOINTS = (
    *(show_policies, show_new_policy, show_policy, add_policy, change_policy),
    *(set_policy_active, delete_policy),
)
NAVIGATION = (
    Navigation(
        N_("Service levels"),
        POLICIES,
        icon="target-arrow",
        permissions=(MANAGE,),
        place="admin",
        order=42,
        module=MODULE,
    ),
)
SLOTS = (Slot(admin.OVERVIEW, card, (MANAGE,), MODULE, order=42),)
