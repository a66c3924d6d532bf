"""Recording an incident. With files its form goes to the feature that keeps them, which calls `record` all the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from tocsin.access import permissions, service as access
from tocsin.access.service import TeamQuery
from tocsin.base.errors import FieldError, Invalid, invalid
from tocsin.classification.console.asked import Asked, asked, sent
from tocsin.classification.model import Catalogue, Priority
from tocsin.classification.rules import spell_minutes
from tocsin.incidents import service
from tocsin.incidents.console.common import MODULE, with_catalogue
from tocsin.incidents.model import Incident, NewIncident
from tocsin.web import pages
from tocsin.web.i18n import Tongue
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action, page
from tocsin.web.shell import fill_slots

PATH = "/incidents/new"
FORM = "new"
"""The form's name on its page."""
FILES = "incident.new.files"
"""The place of the form's field for files. Whoever fills it takes the whole form, as multipart, at `WITH_FILES`."""
WITH_FILES = f"{PATH}/files"
PREVIEW = f"{PATH}/preview"
"""Where whoever fills `FILES` shows a description, sent as `body`, as it will look."""
MOST = 200
"""People and teams that the form lists; others are given later, on the incident's page."""


class NewForm(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of a new incident. `due_at` is a time on the reader's clock, or one with its zone; tags stand between commas."""

    title: str = ""
    description: str | None = None
    category: str | None = None
    priority: str | None = None
    status: str | None = None
    assigned_to: str | None = None
    team: str | None = None
    impact: str | None = None
    due_at: str | None = None
    tags: str | None = None
    custom: dict[str, list[str]] = {}


@page(PATH, module=MODULE, permission=permissions.CREATE)
async def show_new(ctx: Ctx) -> Reply:
    """The form of a new incident."""
    catalogue = await with_catalogue(ctx)
    tongue = pages.speech(ctx)
    is_full = ctx.actor.can(permissions.VIEW)
    files = await fill_slots(ctx, FILES, None)
    choices: dict[str, Any] = _choices(catalogue, tongue)
    if ctx.actor.can(permissions.ASSIGN):
        choices |= await _people(ctx, tongue)
    return pages.render(
        ctx,
        "incidents/new.html",
        form=FORM,
        is_full=is_full,
        files=files,
        action=WITH_FILES if files else PATH,
        preview=PREVIEW if files else "",
        default=catalogue.default_priority.slug,
        starts_as=catalogue.default_status.slug,
        **choices,
        zone=tongue.zone.key,
        asked=await _asked(ctx, catalogue),
    )


async def _asked(ctx: Ctx, catalogue: Catalogue) -> list[Asked]:
    """The custom fields that the form asks for; who only reports is asked for what is required."""
    active = [field for field in catalogue.fields.values() if field.is_active]
    required = [field.slug for field in active if field.required_at == "create"]
    if not ctx.actor.can(permissions.VIEW):
        active = [field for field in active if field.is_public or field.slug in required]
    return await asked(ctx.tx, catalogue, active, required=required)


@action(PATH, module=MODULE, permission=permissions.CREATE)
async def create(ctx: Ctx, data: NewForm) -> Reply:
    """Record an incident."""
    return landing(ctx, await record(ctx, data))


async def record(ctx: Ctx, data: NewForm, flaws: Sequence[FieldError] = ()) -> Incident:
    """Record what the form says. Raises `Invalid` with all that is wrong with it, `flaws` of its other fields among it."""
    given: dict[str, Any] = msgspec.structs.asdict(data)
    custom = sent(await with_catalogue(ctx), data.custom)
    given |= {"custom": custom.values, "tags": [tag for tag in (data.tags or "").split(",") if tag.strip()]}
    found = [*flaws, *custom.flaws]
    try:
        given["due_at"] = _moment(data.due_at, pages.speech(ctx)) if data.due_at is not None else None
    except Invalid as wrong:
        given["due_at"] = None
        found += wrong.errors
    new = NewIncident(**given, source="web")
    await service.check_new(ctx.tx, ctx.actor, new, found)
    return await service.see(ctx.tx, ctx.actor, await service.create(ctx.tx, ctx.actor, new))


def landing(ctx: Ctx, made: Incident) -> Reply:
    """Go to the new incident, and say that it is there; who may not see it stays at the form."""
    _ = pages.speech(ctx).gettext
    said = _("%(reference)s is recorded.", reference=made.reference_code)
    sees = ctx.actor.can(permissions.VIEW) or ctx.actor.can(permissions.VIEW_OWN)
    return pages.redirect(ctx, f"/incidents/{made.reference_code}" if sees else PATH, said)


def _moment(text: str, tongue: Tongue) -> datetime:
    """A time on the reader's clock, or one with its own zone. One that the clocks leap over, or no time at all, is refused."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise invalid("due_at", "Give a day and a time.") from None
    if moment.tzinfo is not None:
        return moment
    there = moment.replace(tzinfo=tongue.zone)
    if there.astimezone(UTC).astimezone(tongue.zone).replace(tzinfo=None) != moment:
        raise invalid("due_at", "The clocks leap over this time that day; give another one.")
    return there.astimezone(UTC)


def _choices(catalogue: Catalogue, tongue: Tongue) -> dict[str, list[tuple[str, str]]]:
    statuses = sorted(catalogue.statuses.values(), key=lambda entry: entry.sort_order)
    priorities = sorted(catalogue.priorities.values(), key=lambda entry: entry.level)
    categories = sorted(catalogue.categories.values(), key=lambda entry: entry.name.casefold())
    return {
        "categories": [(entry.slug, entry.name) for entry in categories if entry.is_active],
        "priorities": [(entry.slug, _with_targets(entry, tongue)) for entry in priorities if entry.is_active],
        "statuses": [(entry.slug, entry.name) for entry in statuses if entry.is_active and not entry.is_terminal],
    }


def _with_targets(priority: Priority, tongue: Tongue) -> str:
    """A priority with what it promises, such as `High: reply within 1 h, resolve within 8 h`."""
    _ = tongue.gettext
    promises = []
    if priority.response_time_minutes is not None:
        promises.append(_("reply within %(time)s", time=spell_minutes(priority.response_time_minutes)))
    if priority.resolution_time_minutes is not None:
        promises.append(_("resolve within %(time)s", time=spell_minutes(priority.resolution_time_minutes)))
    return f"{priority.name}: {', '.join(promises)}" if promises else priority.name


async def _people(ctx: Ctx, tongue: Tongue) -> dict[str, list[tuple[str, str]]]:
    people = await access.people_to_choose(ctx.tx)
    teams = (await access.list_teams(ctx.tx, TeamQuery(limit=MOST))).items
    own = [("me", tongue.gettext("Me"))] if ctx.actor.kind == "person" else []
    others = [(str(person.id), person.name) for person in people if person.id != ctx.actor.id]
    return {"people": [*own, *others], "teams": [(team.slug, team.name) for team in teams]}


ENDPOINTS = (show_new, create)
