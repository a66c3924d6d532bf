"""The editor of a schedule: its layers in a form that works without scripts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import msgspec

from tocsin.access import permissions, service as access
from tocsin.access.service import TeamQuery
from tocsin.base.errors import BadValue, FieldError, Invalid, invalid
from tocsin.base.fitting import fit
from tocsin.base.paging import MAX_LIMIT
from tocsin.base.zones import local_day
from tocsin.oncall import service
from tocsin.oncall.console.rota import ONCALL, ROTATION_NAMES
from tocsin.oncall.model import NewLayer, NewSchedule, Schedule, ScheduleChange
from tocsin.tenancy import service as tenancy
from tocsin.web import pages
from tocsin.web.forms import NoFields
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action, page

MODULE = "escalation"
MANAGE = permissions.ESCALATION_MANAGE
EDITOR = "/admin/oncall"
FORM = "schedule"
EMPTY_SLOTS = 2


class ScheduleForm(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule as the form has it: a value for each layer in every list; `user` says the layer, too (`0:<id>`).

    `more` is the button that changes the form itself instead of saving.
    """

    name: str = ""
    description: str | None = None
    time_zone: str = ""
    team: str | None = None
    layer_name: list[str] = []
    rotation: list[str] = []
    every: list[str] = []
    start: list[str] = []
    handover: list[str] = []
    zone: list[str] = []
    hours: list[str] = []
    user: list[str] = []
    more: str | None = None


@dataclass(slots=True)
class LayerRow:
    """A layer in the form; `users` are ids in their order."""

    name: str = ""
    rotation: str = "weekly"
    every: str = "1"
    start: str = ""
    handover: str = "09:00"
    zone: str = ""
    hours: str = ""
    users: list[str] = field(default_factory=list)


@page(f"{EDITOR}/new", module=MODULE, permission=MANAGE)
async def show_new_schedule(ctx: Ctx) -> Reply:
    """The form for a new schedule."""
    return await _form(ctx, None)


@page(f"{EDITOR}/{{schedule}}", module=MODULE, permission=MANAGE)
async def show_schedule(ctx: Ctx, schedule: str) -> Reply:
    """A schedule, ready to be changed."""
    return await _form(ctx, await service.get_schedule(ctx.tx, ctx.actor, schedule))


async def _form(ctx: Ctx, schedule: Schedule | None, sent: dict[str, list[str]] | None = None) -> Reply:
    """The form: as it was sent when it was refused or asked for more rows, else as the schedule stands."""
    if ctx.failed is not None and ctx.failed.form.name == FORM:
        sent = ctx.failed.form.values
    today = local_day(ctx.tx.now, pages.speech(ctx).zone).isoformat()
    stored = _stored(schedule) if schedule is not None else [LayerRow(start=today)]
    layers = rows_from(sent) if sent is not None else stored
    people = await access.people_to_choose(ctx.tx)
    teams = (await access.list_teams(ctx.tx, TeamQuery(limit=MAX_LIMIT))).items
    return pages.render(
        ctx,
        "oncall/schedule.html",
        schedule=schedule,
        sent=sent,
        layers=layers,
        today=today,
        empty_slots=EMPTY_SLOTS,
        people=[(str(one.id), one.name) for one in people],
        teams=[(str(one.id), one.name) for one in teams],
        zones=tenancy.time_zones(),
        rotations=list(ROTATION_NAMES.items()),
    )


def _stored(schedule: Schedule) -> list[LayerRow]:
    return [
        LayerRow(
            layer.name,
            layer.rotation,
            str(layer.every),
            layer.start.isoformat(),
            layer.handover,
            layer.time_zone or "",
            service.write_hours(layer.hours),
            [str(user.id) for user in layer.users],
        )
        for layer in schedule.layers
    ]


_COLUMNS = ("layer_name", "rotation", "every", "start", "handover", "zone", "hours")
_ATTRIBUTES = {"layer_name": "name"}


def rows_from(sent: dict[str, list[str]]) -> list[LayerRow]:
    """The layers as they were sent."""
    columns = [sent.get(name, []) for name in _COLUMNS]
    count = max((len(column) for column in columns), default=0)
    found = [LayerRow() for _ in range(count)]
    for name, column in zip(_COLUMNS, columns, strict=True):
        for row, value in zip(found, column, strict=False):
            setattr(row, _ATTRIBUTES.get(name, name), value)
    for value in sent.get("user", []):
        number, _, user_id = value.rpartition(":")
        place = int(number) if number.isdigit() else 0
        if user_id and place < len(found):
            found[place].users.append(user_id)
    return found


def _sent(ctx: Ctx, wish: str) -> dict[str, list[str]]:
    """The form as it was sent, with what a button wishes done to it: `layer`, or `drop:<number>`."""
    rows = rows_from(ctx.form.values)
    what, _, number = wish.partition(":")
    if what == "layer":
        rows.append(LayerRow(start=local_day(ctx.tx.now, pages.speech(ctx).zone).isoformat()))
    elif what == "drop" and number.isdigit() and int(number) < len(rows):
        rows.pop(int(number))
    values = {name: ctx.form.values.get(name, []) for name in ("name", "description", "time_zone", "team")}
    values |= {"layer_name": [row.name for row in rows]}
    values |= {
        name: [getattr(row, name) for row in rows]
        for name in ("rotation", "every", "start", "handover", "zone", "hours")
    }
    return {**values, "user": [f"{n}:{user_id}" for n, row in enumerate(rows) for user_id in row.users]}


def _layers(data: ScheduleForm, values: dict[str, list[str]]) -> list[NewLayer]:
    """The layers that a form means. Raises `Invalid` naming the field."""
    rows = rows_from(values)
    if not rows and data.user:  # somebody without a layer: named all the same
        rows = [LayerRow(start="2000-01-03", users=[value.rpartition(":")[2] for value in data.user])]
    return [_layer(row) for row in rows]


def _layer(row: LayerRow) -> NewLayer:
    try:
        start = date.fromisoformat(row.start)
    except ValueError:
        raise invalid("start", "Give a day.") from None
    if not row.every.isdigit():
        raise invalid("every", "Give a whole number.")
    try:
        hours = service.read_hours(row.hours)
    except BadValue as error:
        raise invalid("hours", error.template, **error.values) from None
    given = {"name": row.name, "rotation": row.rotation, "every": int(row.every), "start": start.isoformat()}
    given |= {"handover": row.handover or "09:00", "users": row.users, "time_zone": row.zone or None, "hours": hours}
    return fit(given, NewLayer)


_NAMES = {"users": "user", "time_zone": "zone", "name": "layer_name"}


def _about(error: Invalid) -> Invalid:
    """The same flaws under the names that the form's fields have."""
    found = []
    for flaw in error.errors:
        layer, _, name = flaw.field.rpartition("].")
        name = name.partition(".")[0]
        found.append(FieldError(_NAMES.get(name, name) if layer else flaw.field, flaw.template, flaw.values))
    return Invalid(found)


@action(EDITOR, module=MODULE, permission=MANAGE)
async def add_schedule(ctx: Ctx, data: ScheduleForm) -> Reply:
    """Make a schedule."""
    _ = pages.speech(ctx).gettext
    if data.more is not None:
        return await _form(ctx, None, _sent(ctx, data.more))
    about: dict[str, Any] = {"name": data.name, "description": data.description, "time_zone": data.time_zone or None}
    try:
        layers = _layers(data, ctx.form.values)
        made = await service.add_schedule(
            ctx.tx, ctx.actor, NewSchedule(**about, team=data.team or None, layers=layers)
        )
    except Invalid as error:
        raise _about(error) from None
    return pages.redirect(ctx, f"{ONCALL}/{made.slug}", _("The schedule %(name)s was made.") % {"name": made.name})


@action(f"{EDITOR}/{{schedule}}", module=MODULE, permission=MANAGE)
async def change_schedule(ctx: Ctx, schedule: str, data: ScheduleForm) -> Reply:
    """Change a schedule from now on."""
    _ = pages.speech(ctx).gettext
    if data.more is not None:
        return await _form(ctx, await service.get_schedule(ctx.tx, ctx.actor, schedule), _sent(ctx, data.more))
    about: dict[str, Any] = {"name": data.name, "description": data.description, "team": data.team or None}
    if data.time_zone:
        about["time_zone"] = data.time_zone
    try:
        layers = _layers(data, ctx.form.values)
        after = await service.change_schedule(ctx.tx, ctx.actor, schedule, ScheduleChange(**about, layers=layers))
    except Invalid as error:
        raise _about(error) from None
    return pages.redirect(ctx, f"{ONCALL}/{after.slug}", _("The schedule %(name)s was saved.") % {"name": after.name})


@action(f"{EDITOR}/{{schedule}}/retire", module=MODULE, permission=MANAGE)
async def retire_schedule(ctx: Ctx, schedule: str, data: NoFields) -> Reply:
    """Retire a schedule."""
    _ = pages.speech(ctx).gettext
    before = await service.get_schedule(ctx.tx, ctx.actor, schedule)
    await service.retire_schedule(ctx.tx, ctx.actor, schedule)
    return pages.redirect(ctx, ONCALL, _("The schedule %(name)s was retired.") % {"name": before.name})


ENDPOINTS = (show_new_schedule, show_schedule, add_schedule, change_schedule, retire_schedule)
