"""Verbs on the clocks of teams. The caller (`incidents`) has locked the incident."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from tocsin.db.tx import Tx
from tocsin.sla import rules, store
from tocsin.sla.model import HandsView
from tocsin.sla.rules import ALWAYS, Fired, Hands, Span
from tocsin.sla.service.clocks import is_off
from tocsin.sla.service.setting import configuration, working_time

HANDS_DUE, HANDS_NEXT = store.hands.DUE, store.hands.NEXT_DUE


async def teams_promise(tx: Tx) -> bool:
    """Whether any team has promised anything, so that it matters in whose hands an incident is."""
    return not is_off(tx) and any(one.hands_minutes is not None for one in (await configuration(tx)).promises)


async def hand_to(tx: Tx, incident_id: UUID, team_id: UUID | None, at: datetime) -> None:
    """A team works on an incident from now on (None: nobody does). Nothing where no team has promised anything."""
    if not await teams_promise(tx):
        return
    found = await configuration(tx)
    rows = await store.hands.of_incident(tx, incident_id, lock=True)
    for row in rows:
        if row["running_since"] is not None and row["team_id"] != team_id:
            await _write(tx, row["id"], rules.left(await _load(tx, row), at))
    promise = next(
        (one for one in found.promises if one.hands_minutes is not None and one.team_id == team_id is not None), None
    )
    if promise is None or team_id is None or promise.hands_minutes is None:
        return
    row = next((row for row in rows if row["team_id"] == team_id), None)
    if row is not None:
        await _write(tx, row["id"], rules.taken(await _load(tx, row), at))
        return
    calendar = found.calendars.get(promise.calendar_id, ALWAYS) if promise.calendar_id else found.default_calendar
    hands = Hands(
        target_minutes=promise.hands_minutes,
        warning_percents=tuple(sorted(promise.warning_percents or found.warning_percents)),
        calendar=await working_time(tx, calendar),
    )
    policy = {"id": str(promise.id), "name": promise.name, "version": promise.version}
    row_id = await store.hands.insert(tx, incident_id, team_id, policy, calendar, hands)
    await _write(tx, row_id, rules.taken(hands, at))


HANDS_IMAGE = store.hands.IMAGE


async def put_hands_back(tx: Tx, incident_id: UUID, image: list[dict[str, Any]] | None, at: datetime) -> None:
    """Set the clocks of teams to an earlier image of theirs; those that began `at` the change go, breaches found stay."""
    await store.hands.of_incident(tx, incident_id, lock=True)
    kept = [UUID(one["id"]) for one in image or ()]
    await store.hands.drop_new(tx, incident_id, kept, at)
    for one in image or ():
        await store.hands.put_back(tx, UUID(one["id"]), one)


async def check_hands(tx: Tx, incident_id: UUID) -> list[tuple[UUID, Fired]]:
    """Record what the teams' clocks have reached by now, and answer it with the team: each once, in order."""
    told = []
    for row in await store.hands.of_incident(tx, incident_id, lock=True):
        if row["next_check_at"] is None or row["next_check_at"] > tx.now:
            continue
        after, found = rules.look_at_hands(await _load(tx, row), tx.now)
        await _write(tx, row["id"], after)
        for at, percent in found:
            late = int((tx.now - at).total_seconds())
            fired = Fired(
                kind="breach" if percent is None else "warning",
                clock="team",
                percent=percent,
                due_at=row["due_at"],
                at=at,
                late_seconds=late,
            )
            told.append((row["team_id"], fired))
    return told


async def incident_in_hands(tx: Tx, row_id: UUID) -> UUID | None:
    """The incident of a team's clock that is due."""
    return await store.hands.incident_of(tx, row_id)


async def hands(tx: Tx, incident_id: UUID) -> list[HandsView]:
    """How long each team that promises something has had an incident."""
    found = []
    for row in await store.hands.of_incident(tx, incident_id):
        clock = await _load(tx, row)
        found.append(
            HandsView(
                team=row["team_id"],
                policy=row["policy"]["name"],
                policy_version=row["policy"]["version"],
                target_minutes=clock.target_minutes,
                held_minutes=rules.held_for(clock, tx.now).total_seconds() / 60,
                is_running=clock.running_since is not None,
                due_at=row["due_at"],
                breached_at=clock.breached_at,
            )
        )
    return found


async def _load(tx: Tx, row: Any) -> Hands:
    version = row["calendar_version_id"]
    return Hands(
        target_minutes=row["target_minutes"],
        warning_percents=tuple(row["warning_percents"]),
        calendar=await working_time(tx, ALWAYS if version is None else str(version)),
        held=msgspec.convert(row["held"], tuple[Span, ...]),
        running_since=row["running_since"],
        warned=row["warned"],
        breached_at=row["breached_at"],
    )


async def _write(tx: Tx, row_id: UUID, after: Hands) -> None:
    await store.hands.update(tx, row_id, after, rules.hands_due_at(after), rules.next_look_at_hands(after))
