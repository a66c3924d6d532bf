"""Keeping days counted: which change makes a counted day untrue, counting it anew, and proving that all are true.

A day is counted an hour after its end, in a transaction of its own. What changes a fact of a day that is over writes a mark
in its own transaction (`note`): from then on readers count that day from the records, and the sweep counts it anew. Counting
takes the marks away first and reads afterwards, so that a change it did not see keeps its mark.

Sandboxes keep no days: their time is moved by hand, and they are small.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from tocsin.activity.model import Event
from tocsin.base.zones import DAY, day_start, days_between, local_day, segments
from tocsin.db.tx import Database, Tx
from tocsin.reports import store
from tocsin.reports.model import DayCount, DayCounts, Difference
from tocsin.reports.rules import GRACE
from tocsin.tenancy import service as tenancy
from tocsin.tenancy.model import Tenant

MODULE = "reports"
SETTLE = timedelta(seconds=30)
"""How long a mark waits, so that many changes of one day are counted once."""
CHUNK = 31
"""Days counted in one transaction."""

Progress = Callable[[int, int], None]
"""`progress(done, all)`, in days."""

MOVING = (
    *("IncidentPriorityChanged", "TeamChanged", "IncidentDeleted", "IncidentRestored", "SlaBreached"),
    *("IncidentMerged", "OperationUndone"),
)
"""Events after which an incident's facts belong elsewhere or are others."""


# ------------------------------------------------------------------------------------------------- what makes untrue


async def note(tx: Tx, event: Event) -> None:
    """Mark the days that an event makes untrue, inside its own transaction."""
    tenant = await tenancy.current(tx)
    if tenant.kind == "sandbox":
        return
    if event.type == "ModuleDisabled":
        if event.facts["module"] == MODULE:
            await store.kept.drop_all(tx)  # nobody marks days while the module is off
        return
    if event.type == "TenantChanged":
        if "time_zone" in event.facts["fields"]:
            await store.kept.mark(tx, [local_day(tx.now, ZoneInfo(tenant.time_zone))], tx.now)
        return
    await _note_incident(tx, event, ZoneInfo(tenant.time_zone))


async def _note_incident(tx: Tx, event: Event, zone: ZoneInfo) -> None:
    seen: set[UUID] = tx.memo.setdefault("reports.seen", set())
    assert event.incident_id is not None
    moments: list[datetime] = []
    if event.facts.get("resolved_at") is not None and event.type in ("IncidentReopened", "OperationUndone"):
        moments.append(event.facts["resolved_at"])
    if event.type == "IncidentCreated" and event.at is None:
        seen.add(event.incident_id)  # all that is known of it happened today
    elif event.incident_id not in seen and _moves(event):
        seen.add(event.incident_id)
        row = await store.facts.dates_of(tx, event.incident_id)
        moments += [at for at in row.values() if at is not None] if row is not None else []
    today = local_day(tx.now, zone)
    marked: set[date] = tx.memo.setdefault("reports.marked", set())
    days = {day for at in moments if (day := local_day(at, zone)) < today} - marked
    marked |= days
    await store.kept.mark(tx, days, tx.now + SETTLE)


def _moves(event: Event) -> bool:
    if event.type == "IncidentUpdated":
        return "category" in event.facts["fields"]
    return event.type in MOVING or event.type == "IncidentCreated"


# ----------------------------------------------------------------------------------------------------------- counting


async def seed(tx: Tx, tenant: Tenant) -> None:
    """A new tenant's first day is counted when it is over."""
    if tenant.kind == "live":
        await _look_ahead(tx, ZoneInfo(tenant.time_zone))


async def handle(tx: Tx, mark_id: UUID) -> None:
    """What the sweep does with a mark: count its day if it is over, and the latest days that nobody has counted yet."""
    await store.kept.lock(tx)
    day = await store.kept.marked_day(tx, mark_id)
    if day is None:
        return
    zone = ZoneInfo((await tenancy.current(tx)).time_zone)
    missing = await _missing(tx, zone)
    days = sorted({*([day] if day <= _last(tx.now, zone) else []), *missing[-CHUNK:]})
    await store.kept.forget_marks(tx, [day])
    await _count(tx, days, zone)
    rest = [one for one in missing if one not in days]
    await store.kept.mark(tx, rest[-1:], tx.now)
    await _look_ahead(tx, zone)


def _last(now: datetime, zone: ZoneInfo) -> date:
    """The last day that is over for good."""
    return local_day(now - GRACE, zone) - DAY


async def _missing(tx: Tx, zone: ZoneInfo) -> list[date]:
    """The days from the first incident on that are over and not counted, in order."""
    first = await store.facts.first_created(tx)
    if first is None:
        return []
    known = await store.kept.known_days(tx, zone.key)
    return [day for day in days_between(local_day(first, zone), _last(tx.now, zone)) if day not in known]


async def _count(tx: Tx, days: Sequence[date], zone: ZoneInfo) -> None:
    if not days:
        return
    await store.kept.forget_marks(tx, days)
    await store.kept.keep(tx, days, zone.key, await count_exactly(tx, days, zone))


async def count_exactly(tx: Tx, days: Sequence[date], zone: ZoneInfo) -> DayCounts:
    """Some days from the records."""
    await store.facts.spread(tx)
    return await store.facts.count(tx, [part for day in sorted(days) for part in segments(day, zone)])


async def _look_ahead(tx: Tx, zone: ZoneInfo) -> None:
    """Have the first day that is not over yet counted when it is."""
    following = _last(tx.now, zone) + DAY
    if following not in await store.kept.marked(tx):
        await store.kept.mark(tx, [following], day_start(following + DAY, zone) + GRACE)


# -------------------------------------------------------------------------------------------------- for the operator


@dataclass(frozen=True, slots=True)
class CountedDays:
    """What a rebuild or check found: the days it counted, those left to count, and what differs."""

    days: int
    waiting: int
    differences: list[Difference]


async def rebuild(database: Database, slug: str, progress: Progress) -> CountedDays:
    """Count every day of a tenant anew that is over. Raises `NotFound`."""
    tenant = await tenancy.find(database, slug)
    if tenant.kind == "sandbox":
        return CountedDays(0, 0, [])
    zone = ZoneInfo(tenant.time_zone)
    async with database.tenant(tenant.id) as tx:
        await store.kept.lock(tx)
        await store.kept.drop_all(tx)
        days = await _missing(tx, zone)
        await _look_ahead(tx, zone)
    progress(0, len(days))
    for start in range(0, len(days), CHUNK):
        chunk = days[start : start + CHUNK]
        async with database.tenant(tenant.id) as tx:
            await store.kept.lock(tx)
            await _count(tx, chunk, zone)
        progress(start + len(chunk), len(days))
    return CountedDays(len(days), 0, [])


async def check(database: Database, slug: str, progress: Progress) -> CountedDays:
    """Compare every counted day of a tenant with its records, a month at one moment each. Raises `NotFound`."""
    tenant = await tenancy.find(database, slug)
    zone = ZoneInfo(tenant.time_zone)
    async with database.tenant(tenant.id) as tx:
        days = sorted(await store.kept.known_days(tx, zone.key))
        waiting = len(await _missing(tx, zone))
    found: list[Difference] = []
    marked = 0
    progress(0, len(days))
    for start in range(0, len(days), CHUNK):
        async with database.tenant(tenant.id) as tx:
            await store.kept.freeze(tx)
            true = await store.kept.known_days(tx, zone.key) - await store.kept.marked(tx)
            chunk = [day for day in days[start : start + CHUNK] if day in true]
            marked += len(days[start : start + CHUNK]) - len(chunk)
            found += _differences(await store.kept.read(tx, chunk), await count_exactly(tx, chunk, zone))
        progress(min(start + CHUNK, len(days)), len(days))
    return CountedDays(len(days) - marked, waiting + marked, found)


def _differences(kept: DayCounts, counted: DayCounts) -> list[Difference]:
    found = []
    for place in sorted(kept.keys() | counted.keys(), key=lambda place: (place[1], place[0], place[2])):
        mine, true = kept.get(place, DayCount()), counted.get(place, DayCount())
        for name in DayCount.__dataclass_fields__:
            values: tuple[Any, Any] = (getattr(mine, name), getattr(true, name))
            if values[0] != values[1]:
                found.append(Difference(place[1], place[0], place[2], name, *values))
    return found
