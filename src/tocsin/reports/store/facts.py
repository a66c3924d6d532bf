"""SQL that counts what happened in some stretches of time from the records themselves, by the day of each fact.

Each statement reads a stretch through the index of its fact and groups four ways at once; a day is found by its place among
the starts of days, which the caller knows better than the database (see `base.zones`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
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
_COUNT = """
select d.n, grouping(i.priority_id, i.category_id, i.team_id) as grouping, i.priority_id, i.category_id, i.team_id,
  x.slot, count(*) as count, count(*) filter (where {met}) as met
from {rows}
cross join lateral (select width_bucket({fact}, $4::timestamptz[]) as n) d
cross join lateral (select ($5::int[])[d.n] as shift) h
cross join lateral (select {slot} as slot) x
group by grouping sets ((d.n, x.slot), ({day}x.slot, i.priority_id), ({day}x.slot, i.category_id), ({day}x.slot, i.team_id))
"""
_DIMENSIONS: dict[int, tuple[Dimension, str | None]] = {
    0b111: ("all", None),
    0b011: ("priority", "priority_id"),
    0b101: ("category", "category_id"),
    0b110: ("team", "team_id"),
}
_FACTS = {
    "created": ("i.created_at", _HOUR.format("i.created_at"), "false"),
    "resolved": ("i.resolved_at", _BUCKET.format("i.resolved_at - i.created_at"), "not i.is_breached"),
    "responded": ("s.first_response_at", _BUCKET.format("s.first_response_at - i.created_at"), "false"),
    "breached": ("s.breached_at", "0", "false"),
}
_CLOCKS = "incident_slas s on s.tenant_id = $1 and s.is_active and s.incident_id = i.id"


def _rows(fact: str) -> str:
    """Where the present facts of some stretches come from: each stretch through the fact's index."""
    within = f"{fact} >= r.since and {fact} < r.until"
    stretches = "unnest($2::timestamptz[], $3::timestamptz[]) as r (since, until)"
    incident = "join incidents i on i.tenant_id = $1 and i.deleted_at is null"
    if fact.startswith("i."):
        return f"{stretches} {incident} and {within}"
    return (
        f"{stretches} join incident_slas s on s.tenant_id = $1 and s.is_active and {within}"
        f" {incident} and i.id = s.incident_id"
    )


def _rows_then(fact: str) -> str:
    """Where the facts of one stretch come from, as they were known at the moment $6 (ids below $7)."""
    source = known_at("$6::timestamptz", "$7::uuid")
    clocks = "" if fact.startswith("i.") else f" join {_CLOCKS} and {fact} <= $6"
    stretch = f"i.deleted_at is null and {fact} >= ($2::timestamptz[])[1] and {fact} < ($3::timestamptz[])[1]"
    return f"(select i.*{', s.first_response_at, s.breached_at' if clocks else ''} from {source}{clocks} where {stretch}) i"


def _then(text: str) -> str:
    return text.replace("s.first_response_at", "i.first_response_at").replace("s.breached_at", "i.breached_at")


_BY_DAY, _SUMMED, _THEN = (
    {
        name: _COUNT.format(fact=shown(fact), slot=shown(slot), met=met, rows=rows(fact), day=day)
        for name, (fact, slot, met) in _FACTS.items()
    }
    for day, rows, shown in (("d.n, ", _rows, str), ("", _rows, str), ("", _rows_then, _then))
)


async def spread(tx: Tx) -> None:
    """Let the statements that follow count in memory instead of sorting on disk (until the commit)."""
    await tx.rows("select set_config('work_mem', '64MB', true)")


async def count(tx: Tx, parts: Sequence[Segment], moment: Moment | None = None, *, summed: bool = False) -> DayCounts:
    """What happened in some segments of days (in order), now or as it was known at a moment (then without gaps).

    With `summed` only the counts of all incidents are of their day; those of priorities, categories and teams are sums, told
    as of the first day. It reads the same, and answers a year in a tenth of the rows.
    """
    found: DayCounts = {("all", part.day, NOBODY): DayCount() for part in parts}
    if not parts:
        return found
    stretches = list(runs(list(parts)))
    args: list[Any] = [[since for since, _ in stretches], [until for _, until in stretches]]
    args += [[part.since for part in parts], [part.shift for part in parts]]
    if moment is not None:
        assert len(stretches) == 1
        args += [moment.at, moment.ceiling]
    statements = _THEN if moment is not None else _SUMMED if summed else _BY_DAY
    for fact, sql in statements.items():
        for row in await tx.rows(sql, tx.tenant_id, *args):
            dimension, column = _DIMENSIONS[row["grouping"]]
            key = (dimension, parts[(row["n"] or 1) - 1].day, (row[column] if column else None) or NOBODY)
            _note(found.setdefault(key, DayCount()), fact, row)
    return found


_EXTENDED = """
select width_bucket(i.resolved_at, $4::timestamptz[]) as n, i.priority_id, i.category_id, i.team_id, count(*) as count
from incident_slas s join {source} on i.tenant_id = $1 and i.id = s.incident_id
where s.tenant_id = $1 and s.is_active and s.original_due_at is not null and s.extended_at <= $5
  and i.resolved_at > s.original_due_at and not i.is_breached and i.deleted_at is null
  and i.resolved_at >= $2 and i.resolved_at < $3
group by 1, 2, 3, 4
"""
_EXTENDED_PRESENT = _EXTENDED.format(source="incidents i")
_EXTENDED_KNOWN = _EXTENDED.format(source=known_at("$5", "$6::uuid"))


async def extended(tx: Tx, parts: Sequence[Segment], moment: Moment | None) -> list[tuple[Dimension, date, UUID, int]]:
    """How many of the incidents resolved in some segments of days (in order, without gaps) only an extension saved."""
    args: list[Any] = [parts[0].since, parts[-1].until, [part.since for part in parts]]
    if moment is None:
        rows = await tx.rows(_EXTENDED_PRESENT, tx.tenant_id, *args, tx.now)
    else:
        rows = await tx.rows(_EXTENDED_KNOWN, tx.tenant_id, *args, moment.at, moment.ceiling)
    return [
        (dimension, parts[row["n"] - 1].day, (row[column] if column else None) or NOBODY, row["count"])
        for row in rows
        for dimension, column in _DIMENSIONS.values()
    ]


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
