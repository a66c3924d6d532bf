"""What must be so after every step of a story, and at its end."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from tests.simulation import checks_watch
from tests.simulation.oracle import CLOCKS
from tests.simulation.world import World, must
from tocsin.activity import service as activity
from tocsin.base.durations import parse_duration
from tocsin.db.tx import Tx

PUNCTUAL = timedelta(minutes=1)

_EVENTS = """
select incident_id, type, at, facts from events where tenant_id = $1 and type = any ($2) order by incident_id, seq
"""
_TYPES = ["SlaWarning", "SlaBreached", "ReminderDue", "ProgressUpdateDue", "IncidentEscalated", "IncidentRecalled"]


async def check(world: World, *, drained: bool) -> None:
    """`drained`: the worker has done everything that was due by now."""
    async with world.database.reading(world.tenant.id) as tx:
        clocks = await tx.rows(
            "select s.*, i.due_at, i.deleted_at from incident_slas s join incidents i on i.tenant_id = $1 and i.id = s.incident_id"
            " where s.tenant_id = $1 and s.is_active",
            world.tenant.id,
        )
        events = await tx.rows(_EVENTS, world.tenant.id, _TYPES)
        steps = await tx.rows(
            "select e.*, r.triggered_at from incident_escalations e join escalation_runs r on r.tenant_id = $1"
            " and r.id = e.run_id where e.tenant_id = $1 order by e.escalated_at, e.id",
            world.tenant.id,
        )
        reminders = await tx.rows(
            "select r.*, i.due_at from incident_reminders r join incidents i on i.tenant_id = $1 and i.id = r.incident_id"
            " where r.tenant_id = $1",
            world.tenant.id,
        )
        await _heads(tx, world)
        messages = await tx.rows(checks_watch.MESSAGES, world.tenant.id) if world.station is not None else []
        if world.station is not None:
            await checks_watch.check_rota(tx, world, world.station)
    for known in world.incidents.values():
        world.let_pass(known)
    _due_times(world, clocks)
    _told(world, [dict(row) for row in events], drained=drained)
    _reminders(world, reminders, events, drained=drained)
    _series(world, reminders, events, drained=drained)
    _steps(world, steps, events, drained=drained)
    if world.station is not None:
        checks_watch.check_told(world, world.station, steps, messages, drained=drained)


async def _heads(tx: Tx, world: World) -> None:
    """Each chain's head is its last event, and no number is missing."""
    wrong = await tx.rows(
        "select h.stream, h.seq, e.n, e.last from event_heads h join (select stream, count(*) as n, max(seq) as last"
        " from events where tenant_id = $1 group by stream) e on e.stream = h.stream"
        " where h.tenant_id = $1 and (h.seq <> e.n or h.seq <> e.last)",
        world.tenant.id,
    )
    must(not wrong, f"a chain has holes: {[dict(row) for row in wrong]}")


def _due_times(world: World, clocks: list[Any]) -> None:
    must(len(clocks) == len(world.incidents), f"{len(clocks)} clocks of {len(world.incidents)} incidents")
    for row in clocks:
        watch = world.incidents[row["incident_id"]].watch
        name = str(row["incident_id"])[-4:]
        for clock in CLOCKS:
            said, due = row[f"{clock}_due_at"], watch.due.get(clock)
            wanted = world.time(due) if due is not None else None
            must(said == wanted, f"{name}: {clock} is due at {said}, by what was done at {wanted}")
        must(
            row["due_at"] == row["resolution_due_at"],
            f"{name}: the record is due at {row['due_at']}, its clock says other",
        )


def _told(world: World, events: list[dict[str, Any]], *, drained: bool) -> None:
    """Each warning and breach is told once, never before its time, and with a worker at hand none is missing."""
    said: dict[UUID, Counter[tuple[str, int | None]]] = defaultdict(Counter)
    times: dict[tuple[UUID, str, int | None], list[datetime]] = defaultdict(list)
    for event in events:
        if event["type"] not in ("SlaWarning", "SlaBreached"):
            continue
        facts = event["facts"]
        key = facts["clock"], facts["percent"]
        said[event["incident_id"]][key] += 1
        times[(event["incident_id"], *key)].append(event["at"])
    for known in world.incidents.values():
        name = str(known.id)[-4:]
        found = said.get(known.id, Counter())
        wanted = Counter((clock, percent) for _, clock, percent in known.watch.told)
        twice = [key for key, count in (found - wanted).items() if count]
        must(not twice, f"{name}: told without reason, or twice: {twice}; by what was done {known.watch.told}")
        for clock, percent in wanted:
            reached = sorted(at for at, *key in known.watch.told if key == [clock, percent])
            for at, heard in zip(reached, sorted(times[(known.id, clock, percent)]), strict=False):
                must(heard >= world.time(at), f"{name}: {clock} {percent} told at {heard}, before {world.time(at)}")
        missing = wanted - found
        if drained and not known.is_deleted:
            must(not missing, f"{name}: not told: {list(missing)}")


def _reminders(world: World, rows: list[Any], events: list[Any], *, drained: bool) -> None:
    due_ones = [event["facts"] for event in events if event["type"] == "ReminderDue"]
    sent = Counter((UUID(facts["reminder"]), facts["scheduled_for"]) for facts in due_ones)
    must(all(count == 1 for count in sent.values()), f"a reminder was sent more than once: {sent}")
    once = {reminder for reminder, _ in sent}
    for event in events:
        if event["type"] == "ReminderDue":
            planned = datetime.fromisoformat(event["facts"]["scheduled_for"])
            must(event["at"] >= planned, f"a reminder was sent at {event['at']}, before {planned}")
    by_id = {row["id"]: row for row in rows}
    for one in world.reminders.values():
        row, known = by_id[one.id], world.incidents[one.incident]
        if one.cancelled:
            must(row["state"] != "scheduled", "a cancelled reminder is still to be sent")
        elif one.due > world.at:
            must(row["state"] == "scheduled", f"a reminder for {world.time(one.due)} is {row['state']} already")
        elif drained:
            must(row["state"] != "scheduled", f"a reminder for {world.time(one.due)} was missed")
            if not known.was(one.due, "deleted", "resolved"):
                must(one.id in once or row["state"] == "cancelled", "a reminder ended without being sent or cancelled")
    for row in rows:
        if row["before_due_minutes"] is not None and row["state"] == "scheduled" and row["scheduled_for"] is not None:
            wanted = row["due_at"] - timedelta(minutes=row["before_due_minutes"]) if row["due_at"] else None
            must(
                row["scheduled_for"] == wanted,
                f"a reminder is for {row['scheduled_for']}, the due time says {wanted}",
            )
    due = Counter(event["facts"]["progress"] for event in events if event["type"] == "ProgressUpdateDue")
    must(all(count == 1 for count in due.values()), f"an update was asked for more than once: {due}")


def _series(world: World, rows: list[Any], events: list[Any], *, drained: bool) -> None:
    """Each time of a series is told once, or counted as missed by the one that came too late; and no other time is."""
    by_id = {row["id"]: row for row in rows}
    for series in world.series.values():
        row, known, name = by_id[series.id], world.incidents[series.incident], str(series.id)[-4:]
        told: dict[int, tuple[int, int]] = {}
        for event in events:
            if event["type"] == "ReminderDue" and UUID(event["facts"]["reminder"]) == series.id:
                planned = world.half(datetime.fromisoformat(event["facts"]["scheduled_for"]))
                must(planned in series.times, f"{name} was sent for {world.time(planned)}, which is none of its times")
                told[planned] = world.half(event["at"]), event["facts"]["missed"]
        over = {at for at in series.times for planned, (late, _) in told.items() if planned < at <= late}
        for planned, (late, missed) in told.items():
            passed = sum(planned < at <= late for at in series.times)
            must(missed == passed, f"{name} says {missed} times were missed by {world.time(late)}, not {passed}")
        must(not over & told.keys(), f"{name} was sent for a time that it had given up")
        if row["state"] == "cancelled":
            ever = series.cancelled or any(kind == "deleted" for _, _, kind in known.spans)
            must(ever, f"{name} was cancelled for no reason")
        elif drained:
            left = {at for at in series.times if at <= world.at} - told.keys() - over
            must(not left, f"{name} was not sent for {[str(world.time(at)) for at in sorted(left)]}")
            must((row["state"] == "scheduled") == (series.times[-1] > world.at), f"{name} is {row['state']}")


def _steps(world: World, rows: list[Any], events: list[Any], *, drained: bool) -> None:
    told = Counter(
        (event["facts"]["run"], event["facts"]["round"], event["facts"]["step"])
        for event in events
        if event["type"] == "IncidentEscalated" and event["facts"].get("run")
    )
    must(all(count == 1 for count in told.values()), f"a step was told more than once: {told}")
    runs: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        runs[row["run_id"]].append(row)
        at, known = world.half(row["escalated_at"]), world.incidents[row["incident_id"]]
        must(
            not known.was(at, "paused", "resolved", "deleted"),
            f"a step was taken at {row['escalated_at']} on one that rests",
        )
    for run, taken in runs.items():
        places = [(row["round"], row["step"]) for row in taken]
        must(places == sorted(set(places)), f"the steps of {run} came as {places}")
        ladder = world.policy
        must(ladder is not None, f"the run {run} has no policy")
        assert ladder is not None
        waits = [parse_duration(step["after"]) for step in ladder["steps"]]
        first = taken[0]["triggered_at"] + parse_duration(ladder["trigger"]["after"]) + waits[0]
        must(
            taken[0]["escalated_at"] >= first, f"a run's first step came at {taken[0]['escalated_at']}, before {first}"
        )
        for before, after in pairwise(taken):
            if after["round"] != before["round"]:
                continue
            gap = after["escalated_at"] - before["escalated_at"]
            if not any(part.get("do") == "move_on" for part in before["outcome"]):
                wait = waits[after["step"] - 1]
                must(gap >= wait - PUNCTUAL, f"a step came {gap} after the one before it, not {wait}")


async def check_end(world: World) -> None:
    """At a story's end: nothing is due, nothing is left to do, every chain verifies."""
    async with world.database.reading(world.tenant.id) as tx:
        for table, column, when in (
            ("incident_slas", "next_check_at", "is_active"),
            ("incident_reminders", "scheduled_for", "state = 'scheduled'"),
            ("escalation_runs", "next_step_at", "true"),
            ("incident_progress", "remind_at", "true"),
            ("incident_assignments", "delegated_until", "is_active and not until_passed"),
        ):
            late = await tx.value(
                f"select count(*) from {table} where tenant_id = $1 and {when} and {column} <= $2",
                *(world.tenant.id, world.time()),
            )
            must(late == 0, f"{late} rows of {table} are overdue")
        left = await tx.value("select count(*) from events where tenant_id = $1 and pending <> '{}'", world.tenant.id)
        must(left == 0, f"{left} events have handlers still to run")
    async with world.database.tenant(world.tenant.id) as tx:
        verdict = await activity.verify(tx)
    must(verdict.broken is None, f"the record is broken: {verdict}")
