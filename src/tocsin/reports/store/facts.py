"""SQL that counts what happened in some stretches of time from the records themselves, by the day of each fact.

Each statement reads a stretch through the index of its fact and groups four ways at once; a day is found by its place among
the starts of days, which the caller knows better than the database (see `base.zones`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.base.zones import Segment, runs
from tocsin.db.tx import Tx
from tocsin.incidents.service import known_at
from tocsin.reports.model import NOBODY, DayCount, DayCounts, Dimension
from tocsin.reports.rules import PER_OCTAVE


@dataclass(frozen=True, slots=True)
class Moment:
    """The moment at which the records are looked at, and the first id made after it."""

    at: datetime
    ceiling: UUID


# As `rules.bucket_of`
_BUCKET = f"floor({PER_OCTAVE} * ln(greatest(extract(epoch from {{}}), 1)::float8) / ln(2::float8))::int"
_HOUR = "((floor(extract(epoch from {}))::bigint + h.shift) / 3600 % 24)::int"
_CLOCKS = (
    "join incident_slas s on s.tenant_id = $1 and s.is_active and s.{fact} >= r.since and s.{fact} < r.until{known}"
)
_INCIDENT = "join {source} on i.tenant_id = $1 and i.deleted_at is null and "
_COUNT = """
select d.n, grouping(i.priority_id, i.category_id, i.team_id) as grouping, i.priority_id, i.category_id, i.team_id,
  x.slot, count(*) as count, count(*) filter (where {met}) as met
from unnest($2::timestamptz[], $3::timestamptz[]) as r (since, until) {join}
cross join lateral (select width_bucket({fact}, $4::timestamptz[]) as n) d
cross join lateral (select ($5::int[])[d.n] as shift) h
cross join lateral (select {slot} as slot) x
group by grouping sets ((d.n, x.slot), (d.n, x.slot, i.priority_id), (d.n, x.slot, i.category_id), (d.n, x.slot, i.team_id))
"""
_DIMENSIONS: dict[int, tuple[Dimension, str | None]] = {
    0b111: ("all", None),
    0b011: ("priority", "priority_id"),
    0b101: ("category", "category_id"),
    0b110: ("team", "team_id"),
}


def _sql(fact: str, slot: str, join: str, met: str = "false") -> str:
    return _COUNT.format(fact=fact, slot=slot, join=join, met=met)


def _statements(known: bool) -> dict[str, str]:
    """The four statements; with `known` they look at the moment $6, ids below $7."""
    source = known_at("$6::timestamptz", "$7::uuid") if known else "incidents i"
    incident = _INCIDENT.format(source=source)

    def clocks(fact: str) -> str:
        cut = f" and s.{fact} <= $6" if known else ""
        return f"{_CLOCKS.format(fact=fact, known=cut)} {incident}i.id = s.incident_id"

    def direct(fact: str) -> str:
        return f"{incident}i.{fact} >= r.since and i.{fact} < r.until"

    return {
        "created": _sql("i.created_at", _HOUR.format("i.created_at"), direct("created_at")),
        "resolved": _sql(
            "i.resolved_at", _BUCKET.format("i.resolved_at - i.created_at"), direct("resolved_at"), "not i.is_breached"
        ),
        "responded": _sql(
            "s.first_response_at", _BUCKET.format("s.first_response_at - i.created_at"), clocks("first_response_at")
        ),
        "breached": _sql("s.breached_at", "0", clocks("breached_at")),
    }


_PRESENT, _KNOWN = _statements(known=False), _statements(known=True)


async def count(tx: Tx, parts: Sequence[Segment], moment: Moment | None = None) -> DayCounts:
    """What happened in some segments of days (in order), now or as it was known at a moment."""
    found: DayCounts = {("all", part.day, NOBODY): DayCount() for part in parts}
    if not parts:
        return found
    stretches = list(runs(list(parts)))
    args: list[Any] = [[since for since, _ in stretches], [until for _, until in stretches]]
    args += [[part.since for part in parts], [part.shift for part in parts]]
    if moment is not None:
        args += [moment.at, moment.ceiling]
    for fact, sql in (_KNOWN if moment is not None else _PRESENT).items():
        for row in await tx.rows(sql, tx.tenant_id, *args):
            dimension, column = _DIMENSIONS[row["grouping"]]
            key = (dimension, parts[row["n"] - 1].day, (row[column] if column else None) or NOBODY)
            _note(found.setdefault(key, DayCount()), fact, row)
    return found


def _note(into: DayCount, fact: str, row: Any) -> None:
    number, slot = row["count"], row["slot"]
    setattr(into, fact, getattr(into, fact) + number)
    if fact == "created":
        into.hours[slot] += number
    elif fact == "resolved":
        into.met += row["met"]
        into.resolutions[slot] += number
    elif fact == "responded":
        into.responses[slot] += number


_TURNS = """
select count(distinct e.incident_id) filter (where e.type = 'IncidentEscalated') as escalated,
  count(distinct e.incident_id) filter (where e.type = 'IncidentReopened') as reopened,
  count(distinct e.incident_id) filter (where e.type = 'IncidentReopened'
    and not (i.resolved_at is not null and i.resolved_at >= $2 and i.resolved_at < $3)) as still_reopened,
  count(distinct e.incident_id) filter (where e.type = 'IncidentReopened' and i.created_at < $2
    and (e.facts->>'resolved_at')::timestamptz < $2) as were_closed
from events e join {source} on i.tenant_id = $1 and i.id = e.incident_id and i.deleted_at is null
where e.tenant_id = $1 and e.type in ('IncidentEscalated', 'IncidentReopened') and e.at >= $2 and e.at < $3{known}
"""
_TURNS_PRESENT = _TURNS.format(source="incidents i", known="")
_TURNS_KNOWN = _TURNS.format(source=known_at("$4::timestamptz", "$5::uuid"), known=" and e.at <= $4")


async def turns(tx: Tx, since: datetime, until: datetime, moment: Moment | None) -> Any:
    """How many incidents were escalated and reopened in a stretch; of these, how many are not resolved in it again, and how
    many were closed when it began. They are few, so that no day's count is kept of them.
    """
    if moment is None:
        return await tx.row(_TURNS_PRESENT, tx.tenant_id, since, until)
    return await tx.row(_TURNS_KNOWN, tx.tenant_id, since, until, moment.at, moment.ceiling)


async def dates_of(tx: Tx, incident_id: UUID) -> Any:
    """When the facts of an incident happened, deleted or not; None for an unknown one."""
    return await tx.row(
        "select i.created_at, i.resolved_at, s.first_response_at, s.breached_at from incidents i"
        " left join incident_slas s on s.tenant_id = $1 and s.incident_id = i.id and s.is_active"
        " where i.tenant_id = $1 and i.id = $2",
        tx.tenant_id,
        incident_id,
    )


async def first_created(tx: Tx) -> datetime | None:
    """When the first incident was created, None without any."""
    found: datetime | None = await tx.value(
        "select created_at from incidents where tenant_id = $1 order by created_at limit 1", tx.tenant_id
    )
    return found


async def names(tx: Tx, table: str, ids: Sequence[UUID]) -> dict[UUID, str]:
    """The names of some teams or users (the table comes from the code)."""
    rows = await tx.rows(
        f"select id, name from {table} where tenant_id = $1 and id = any ($2)", tx.tenant_id, list(ids)
    )
    return {row["id"]: row["name"] for row in rows}
