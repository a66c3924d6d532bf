"""Managing schedules. A layer that changes ends, and a new one begins: nobody's past shifts are rewritten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import UNSET

from tocsin.access import permissions, service as access
from tocsin.access.model import Named
from tocsin.activity.model import before_and_after
from tocsin.base.actor import Actor
from tocsin.base.errors import FieldError, Invalid, Refused, invalid
from tocsin.base.ids import new_id
from tocsin.base.paging import Page, check_limit, decode_cursor, encode_cursor
from tocsin.base.text import clean_line, is_slug, slugify
from tocsin.base.zones import wall_moment
from tocsin.db.tx import Tx
from tocsin.oncall import events, store
from tocsin.oncall.model import LayerView, NewLayer, NewSchedule, Schedule, ScheduleChange
from tocsin.oncall.service.find import find_schedule
from tocsin.oncall.service.hours import check_hours
from tocsin.tenancy import service as tenancy


@dataclass(frozen=True, slots=True)
class Draft:
    """A layer as it is to be kept."""

    columns: dict[str, Any]
    people: tuple[UUID, ...]


async def list_schedules(tx: Tx, actor: Actor, limit: int, cursor: str | None) -> Page[Schedule]:
    """A page of the schedules at work, by name. Raises `Invalid`."""
    must_see(actor)
    after = decode_cursor(cursor, ["schedules", tx.tenant_id], tuple[str, UUID]) if cursor is not None else None
    rows = await store.schedules.page(tx, after, check_limit(limit) + 1)
    items = await _views(tx, rows[:limit])
    return Page(
        items, encode_cursor(["schedules", tx.tenant_id], [items[-1].name, items[-1].id]) if len(rows) > limit else None
    )


async def get_schedule(tx: Tx, actor: Actor, ref: str) -> Schedule:
    """A schedule by id or slug. Raises `NotFound`."""
    must_see(actor)
    return (await _views(tx, [await find_schedule(tx, ref)]))[0]


def must_see(actor: Actor) -> None:
    """Raises `Forbidden` for who may neither see incidents nor manage escalation."""
    if not actor.can(permissions.ESCALATION_MANAGE):
        actor.must(permissions.VIEW)


async def add_schedule(tx: Tx, actor: Actor, new: NewSchedule) -> Schedule:
    """Make a schedule. Raises `Invalid`, `Refused` for a slug in use."""
    actor.must(permissions.ESCALATION_MANAGE)
    values = await _read(tx, {name: getattr(new, name) for name in ("name", "description", "time_zone", "team")})
    values["slug"] = _clean_slug(new.slug if new.slug is not None else slugify(values["name"]))
    drafts = await _drafts(tx, actor, new.layers)
    schedule_id = new_id()
    if not await store.schedules.insert(tx, schedule_id, values):
        raise Refused("The slug {taken} is in use; choose another.", field="slug", taken=values["slug"])
    for place, draft in enumerate(drafts):
        begins = wall_moment(
            datetime.fromisoformat(draft.columns["starts"]), ZoneInfo(draft.columns["time_zone"] or values["time_zone"])
        )
        await _add_layer(tx, schedule_id, place, draft, begins)
    facts = {"schedule": schedule_id, "slug": values["slug"], "time_zone": values["time_zone"]}
    facts |= {"team": values["team_id"], "layers": len(drafts)}
    tx.emit(events.ScheduleCreated(actor=actor, facts=facts, texts={"name": values["name"]}))
    return await get_schedule(tx, actor, str(schedule_id))


async def change_schedule(tx: Tx, actor: Actor, ref: str, change: ScheduleChange) -> Schedule:
    """Change a schedule from now on. Raises `NotFound`, `Invalid`, `Refused` for a slug in use."""
    actor.must(permissions.ESCALATION_MANAGE)
    row = await find_schedule(tx, ref, lock=True)
    given = {name: value for name in change.__struct_fields__ if (value := getattr(change, name)) is not UNSET}
    values = await _read(tx, {name: value for name, value in given.items() if name not in ("slug", "layers")})
    if change.slug is not UNSET:
        values["slug"] = _clean_slug(change.slug)
        if await store.schedules.slug_taken(tx, values["slug"], row["id"]):
            raise Refused("The slug {taken} is in use; choose another.", field="slug", taken=values["slug"])
    drafts = await _drafts(tx, actor, change.layers) if change.layers is not UNSET else None
    before = await get_schedule(tx, actor, str(row["id"]))
    await store.schedules.update(tx, row["id"], values)
    if drafts is not None:
        await _replace_layers(tx, row["id"], drafts)
    after = await get_schedule(tx, actor, str(row["id"]))
    facts = {"schedule": after.id, "slug": after.slug, "fields": sorted(given), "layers": len(after.layers)}
    shown = [name for name in given if name != "layers"]
    texts = {"name": after.name, **before_and_after(before, after, shown)}
    tx.emit(events.ScheduleChanged(actor=actor, facts=facts, texts=texts))
    return after


async def retire_schedule(tx: Tx, actor: Actor, ref: str) -> None:
    """Retire a schedule: nobody is on call by it any more. Raises `NotFound`."""
    actor.must(permissions.ESCALATION_MANAGE)
    row = await find_schedule(tx, ref, lock=True)
    await store.schedules.update(
        tx, row["id"], {"is_active": False, "slug": f"{row['slug'][:40]}-{row['id'].hex[-12:]}"}
    )
    facts = {"schedule": row["id"], "slug": row["slug"]}
    tx.emit(events.ScheduleRetired(actor=actor, facts=facts, texts={"name": row["name"]}))


async def _replace_layers(tx: Tx, schedule_id: UUID, drafts: Sequence[Draft]) -> None:
    """Layers that are as they were go on; the others end, and new ones begin now."""
    current = {row["id"]: row for row in await store.schedules.layers(tx, [schedule_id], tx.now)}
    going = dict(current)
    for place, draft in enumerate(drafts):
        same = next((one for one, row in going.items() if _is_same(row, draft)), None)
        if same is not None:
            going.pop(same)
            await store.schedules.place_layer(tx, same, place)
        else:
            await _add_layer(tx, schedule_id, place, draft, tx.now)
    await store.schedules.end_layers(tx, list(going), tx.now)


def _is_same(row: Any, draft: Draft) -> bool:
    people = tuple(UUID(user_id) for user_id, _ in row["people"])
    return people == draft.people and all(row[name] == value for name, value in draft.columns.items())


async def _add_layer(tx: Tx, schedule_id: UUID, place: int, draft: Draft, begins: datetime) -> None:
    values = {**draft.columns, "schedule_id": schedule_id, "position": place, "valid_from": begins}
    await store.schedules.add_layer(tx, new_id(), values, draft.people)


async def _read(tx: Tx, given: dict[str, Any]) -> dict[str, Any]:
    """The columns of a schedule. Raises `Invalid`."""
    values: dict[str, Any] = {}
    if "name" in given:
        values["name"] = clean_line(given["name"])
        if not values["name"]:
            raise invalid("name", "Give a name of 1 to 200 characters.")
    if "description" in given:
        values["description"] = (given["description"] or "").strip() or None
    if "time_zone" in given:
        zone = given["time_zone"] if given["time_zone"] is not None else (await tenancy.current(tx)).time_zone
        values["time_zone"] = tenancy.check_time_zone(zone).key
    if "team" in given:
        team = await access.find_team(tx, given["team"], "team") if given["team"] is not None else None
        values["team_id"] = team.id if team is not None else None
    return values


def _clean_slug(slug: str) -> str:
    if not is_slug(slug):
        raise invalid("slug", "Use 1 to 64 lower-case letters, digits and inner hyphens.")
    return slug


async def _drafts(tx: Tx, actor: Actor, layers: Sequence[NewLayer]) -> list[Draft]:
    if not layers:
        raise invalid("layers", "Give at least one layer with people in it.")
    return [await _draft(tx, actor, layer, f"layers[{place}]", place) for place, layer in enumerate(layers)]


async def _draft(tx: Tx, actor: Actor, layer: NewLayer, at: str, place: int) -> Draft:
    if not layer.users:
        raise invalid(f"{at}.users", "A rotation needs somebody.")
    if layer.rotation != "custom" and layer.every > 366:
        raise invalid(f"{at}.every", "Give a number from 1 to {limit}.", limit=366)
    if not 1970 < layer.start.year < 2200:
        raise invalid(f"{at}.start", "Give a day between 1971 and 2199.")
    if layer.time_zone is not None:
        try:
            tenancy.check_time_zone(layer.time_zone)
        except Invalid as error:
            flaws = [FieldError(f"{at}.time_zone", each.template, each.values) for each in error.errors]
            raise Invalid(flaws) from None
    people = [(await access.find_user(tx, ref, f"{at}.users", actor)).id for ref in layer.users]
    columns = {
        "name": clean_line(layer.name) or f"Layer {place + 1}",
        "rotation": layer.rotation,
        "every": layer.every,
        "starts": datetime.combine(layer.start, time.fromisoformat(layer.handover)).isoformat(timespec="minutes"),
        "time_zone": layer.time_zone,
        "hours": check_hours(layer.hours, f"{at}.hours"),
    }
    return Draft(columns, tuple(people))


async def _views(tx: Tx, rows: Sequence[Any]) -> list[Schedule]:
    layers: dict[UUID, list[LayerView]] = {row["id"]: [] for row in rows}
    for row in await store.schedules.layers(tx, [row["id"] for row in rows], tx.now) if rows else ():
        layers[row["schedule_id"]].append(_layer_view(row))
    about = ("id", "slug", "name", "description", "time_zone", "created_at", "updated_at")
    return [
        Schedule(
            **{name: row[name] for name in about},
            team=Named(row["team_id"], row["team_name"]) if row["team_id"] else None,
            layers=layers[row["id"]],
        )
        for row in rows
    ]


def _layer_view(row: Any) -> LayerView:
    starts = datetime.fromisoformat(row["starts"])
    return LayerView(
        **{name: row[name] for name in ("id", "name", "rotation", "every", "time_zone", "hours", "valid_from")},
        start=starts.date(),
        handover=f"{starts:%H:%M}",
        users=[Named(UUID(user_id), name) for user_id, name in row["people"]],
    )
