"""Service-level policies: reading, adding, changing, removing. Clocks hold a snapshot of what they were promised."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from msgspec import UNSET

from tocsin.access import permissions, service as access
from tocsin.activity.model import Event
from tocsin.base.actor import Actor
from tocsin.base.errors import NotFound, Refused, invalid
from tocsin.base.ids import new_id, parse_id
from tocsin.base.paging import Page, check_limit, decode_cursor, encode_cursor
from tocsin.base.text import clean_line, is_slug, slugify
from tocsin.classification import service as classification
from tocsin.db.tx import Tx
from tocsin.sla import events, store
from tocsin.sla.model import Entry, NewSlaPolicy, PolicyView, SlaPolicyChange, Target, TargetView
from tocsin.sla.rules import as_organisation
from tocsin.sla.service import setting
from tocsin.sla.service.calendars import find_calendar, must_read

MOST = 500
"""Policies a tenant may have: each is asked about every new incident."""
_PLAIN = ("name", "slug", "organisation", "warning_percents", "maximum_extensions", "hands_minutes", "is_active")
_SAYS = ("calendar_id", "warning_percents", "extensions", "hands_minutes")


async def policies(tx: Tx, actor: Actor, *, is_active: bool | None, limit: int, cursor: str | None) -> Page[PolicyView]:
    """Policies by name. Raises `Invalid`."""
    must_read(actor)
    limit, question = check_limit(limit), ["sla-policies", tx.tenant_id, is_active]
    after = None if cursor is None else decode_cursor(cursor, question, tuple[str, UUID])
    rows = await store.policies.page(tx, is_active=is_active, after=after, limit=limit + 1)
    items = await _shown(tx, rows[:limit])
    return Page(items, encode_cursor(question, [items[-1].name, items[-1].id]) if len(rows) > limit else None)


async def get_policy(tx: Tx, actor: Actor, ref: str) -> PolicyView:
    """One policy by id or slug. Raises `NotFound`."""
    must_read(actor)
    return (await _shown(tx, [await _existing(tx, ref)]))[0]


async def add_policy(tx: Tx, actor: Actor, given: NewSlaPolicy) -> PolicyView:
    """Add a policy. Raises `Invalid`, `Refused` for a slug in use."""
    actor.must(permissions.SLA_MANAGE)
    await store.policies.lock(tx)
    if len((await setting.configuration(tx)).promises) >= MOST:
        raise Refused("There are {most} policies already; remove one first.", most=MOST)
    values, lines = await _checked(tx, {name: getattr(given, name) for name in given.__struct_fields__})
    values["slug"] = values.get("slug") or slugify(values["name"])
    _check_whole(values, lines or [])
    policy_id = new_id()
    if not await store.policies.insert(tx, policy_id, values):
        raise Refused("The slug {taken} is in use; choose another.", field="slug", taken=values["slug"])
    await store.policies.set_lines(tx, policy_id, [(new_id(), line) for line in lines or []])
    return await _told(tx, actor, policy_id, events.SlaPolicyCreated)


async def change_policy(tx: Tx, actor: Actor, ref: str, given: SlaPolicyChange) -> PolicyView:
    """Change the given fields. Raises `NotFound`, `Invalid`, `Refused` for a slug in use."""
    actor.must(permissions.SLA_MANAGE)
    await store.policies.lock(tx)
    row = await _existing(tx, ref)
    wanted = ((name, getattr(given, name)) for name in given.__struct_fields__)
    values, lines = await _checked(tx, {name: value for name, value in wanted if value is not UNSET})
    slug = values.get("slug") or row["slug"]
    if slug != row["slug"] and await store.policies.by_slug(tx, slug) is not None:
        raise Refused("The slug {taken} is in use; choose another.", field="slug", taken=slug)
    values = {name: value for name, value in values.items() if row[name] != value}
    if values.get("slug", "") is None:
        del values["slug"]
    _check_whole({**dict(row), **values}, row["lines"] if lines is None else lines)
    if not values and lines is None:
        return (await _shown(tx, [row]))[0]
    await store.policies.update(tx, row["id"], values)
    if lines is not None:
        await store.policies.set_lines(tx, row["id"], [(new_id(), line) for line in lines])
    if values.get("is_active") is False or values.get("hands_minutes", 0) is None:
        await store.hands.halt(tx, row["id"])
    fields = sorted([*values, *(["targets"] if lines is not None else [])])
    return await _told(tx, actor, row["id"], events.SlaPolicyChanged, fields=fields)


async def remove_policy(tx: Tx, actor: Actor, ref: str) -> None:
    """Delete a policy; clocks keep what it promised them. Raises `NotFound`."""
    actor.must(permissions.SLA_MANAGE)
    await store.policies.lock(tx)
    row = await _existing(tx, ref)
    await store.policies.delete(tx, row["id"])
    await store.hands.halt(tx, row["id"])
    facts = {"policy": row["id"], "slug": row["slug"]}
    tx.emit(events.SlaPolicyDeleted(actor=actor, facts=facts, texts={"name": row["name"]}))
    await setting.changed(tx)


async def _existing(tx: Tx, ref: str) -> Any:
    known = parse_id(ref)
    row = await (store.policies.get(tx, known) if known is not None else store.policies.by_slug(tx, ref))
    if row is None:
        raise NotFound
    return row


async def _checked(tx: Tx, given: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]] | None]:
    """The columns and the lines (None: not given) of the given fields. Raises `Invalid` naming the field."""
    values: dict[str, Any] = {name: given[name] for name in _PLAIN if name in given}
    if "name" in values:
        values["name"] = clean_line(values["name"])
        if not 1 <= len(values["name"]) <= 200:
            raise invalid("name", "Give a name of 1 to 200 characters.")
    if values.get("slug") is not None and not is_slug(values["slug"]):
        raise invalid("slug", "Use 1 to 64 lower-case letters, digits and inner hyphens.")
    if values.get("organisation") is not None:
        values["organisation"] = as_organisation(values["organisation"]) or None
    if values.get("warning_percents") is not None:
        values["warning_percents"] = sorted(set(values["warning_percents"]))
    if "maximum_extensions" in values:
        values["extensions"] = values.pop("maximum_extensions")
    if "category" in given:
        ref = given["category"]
        values["category_id"] = (await classification.catalogue(tx)).category(ref).id if ref is not None else None
    if "team" in given:
        ref = given["team"]
        values["team_id"] = (await access.find_team(tx, ref, "team")).id if ref is not None else None
    if "calendar" in given:
        ref = given["calendar"]
        values["calendar_id"] = (await find_calendar(tx, ref, "calendar")).id if ref is not None else None
    return values, await _lines(tx, given["targets"]) if "targets" in given else None


async def _lines(tx: Tx, targets: Sequence[Target]) -> list[dict[str, Any]]:
    catalogue, found, seen = await classification.catalogue(tx), [], set()
    for number, target in enumerate(targets):
        place = f"targets[{number}]"
        priority = catalogue.priority(target.priority, f"{place}.priority")
        if priority.id in seen:
            raise invalid(f"{place}.priority", "There is a line for this priority already.")
        seen.add(priority.id)
        calendar = (
            await find_calendar(tx, target.calendar, f"{place}.calendar") if target.calendar is not None else None
        )
        minutes = {name: getattr(target, name) for name in ("response_minutes", "update_minutes", "resolution_minutes")}
        if calendar is None and not any(minutes.values()):
            raise invalid(place, "Promise something at this priority, or leave the line out.")
        found.append(
            {**minutes, "priority_id": priority.id, "calendar_id": calendar.id if calendar is not None else None}
        )
    return found


def _check_whole(values: dict[str, Any], lines: Sequence[Any]) -> None:
    """Raises `Invalid` for a policy that says nothing, and for a time in hands that are nobody's."""
    if not lines and all(values.get(name) is None for name in _SAYS):
        raise invalid(
            "targets", "A policy promises something: give targets, a calendar, or how long a team may have it."
        )
    if values.get("hands_minutes") is not None and values.get("team_id") is None:
        raise invalid("hands_minutes", "Name the team whose hands are meant.")


async def _shown(tx: Tx, rows: Sequence[Any]) -> list[PolicyView]:
    catalogue = await classification.catalogue(tx)
    calendars = {
        row["id"]: Entry(row["id"], row["slug"], row["name"])
        for row in await store.calendars.page(tx, is_active=None, after=None, limit=10_000)
    }
    teams = {}
    for team_id in {row["team_id"] for row in rows if row["team_id"] is not None}:
        team = await access.get_team(tx, str(team_id))
        teams[team_id] = Entry(team.id, team.slug, team.name)
    return [_view(row, catalogue, calendars, teams) for row in rows]


def _view(row: Any, catalogue: Any, calendars: dict[UUID, Entry], teams: dict[UUID, Entry]) -> PolicyView:
    category = catalogue.categories[row["category_id"]] if row["category_id"] is not None else None
    same = ("id", "name", "slug", "organisation", "warning_percents", "hands_minutes", "is_active", "version")
    return PolicyView(
        **{name: row[name] for name in same},
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        maximum_extensions=row["extensions"],
        category=Entry(category.id, category.slug, category.name) if category is not None else None,
        team=teams.get(row["team_id"]),
        calendar=calendars.get(row["calendar_id"]),
        targets=[_target(line, catalogue, calendars) for line in row["lines"]],
    )


def _target(line: dict[str, Any], catalogue: Any, calendars: dict[UUID, Entry]) -> TargetView:
    priority = catalogue.priorities[UUID(line["priority_id"])]
    calendar = line["calendar_id"]
    return TargetView(
        priority=Entry(priority.id, priority.slug, priority.name),
        response_minutes=line["response_minutes"],
        update_minutes=line["update_minutes"],
        resolution_minutes=line["resolution_minutes"],
        calendar=calendars.get(UUID(calendar)) if calendar is not None else None,
    )


async def _told(tx: Tx, actor: Actor, policy_id: UUID, kind: type[Event], **more: Any) -> PolicyView:
    (view,) = await _shown(tx, [await store.policies.get(tx, policy_id)])
    facts = {"policy": view.id, "slug": view.slug, "version": view.version, **more}
    tx.emit(kind(actor=actor, facts=facts, texts={"name": view.name}))
    await setting.changed(tx)
    return view
