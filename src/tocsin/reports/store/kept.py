"""SQL of `report_days`, `report_counts` and `report_marks`: the days that were counted, and those that must be again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from tocsin.base.ids import new_id
from tocsin.db.tx import Tx
from tocsin.reports.model import COUNTS, DIMENSIONS, DayCount, DayCounts, Tally

_ARRAYS = ("hours", "response_buckets", "response_counts", "resolve_buckets", "resolve_counts")
_COLUMNS = ("tenant_id", "dimension", "day", "key", *COUNTS, *_ARRAYS)
_INSERT = (
    f"insert into report_counts ({', '.join(_COLUMNS)}) values ({', '.join(f'${n + 1}' for n in range(len(_COLUMNS)))})"
)
_WITHIN = "tenant_id = $1 and day >= $2 and day <= $3 and day <> all ($4::date[])"
_DAYS = f"select day, {', '.join(COUNTS)}, hours from report_counts where {_WITHIN} and dimension = 'all'"
_SUMS = (
    f"select dimension, key, {', '.join(f'sum({name})::int as {name}' for name in COUNTS)} from report_counts"
    f" where {_WITHIN} and dimension = any ($5) group by dimension, key"
)
_TIMES = (
    "select c.dimension, c.key, b.bucket, sum(b.count)::int as count from report_counts c,"
    " unnest(c.{kind}_buckets, c.{kind}_counts) as b (bucket, count)"
    f" where {_WITHIN} and dimension = any ($5) group by c.dimension, c.key, b.bucket"
)
_RESPONSES, _RESOLUTIONS = _TIMES.format(kind="response"), _TIMES.format(kind="resolve")

DUE = """
select m.tenant_id, m.id, m.due_at from report_marks m join tenants t on t.id = m.tenant_id
where m.due_at <= $1 and t.state = 'active' and t.kind = 'live' and not 'reports' = any (t.disabled_modules)
order by m.due_at, m.tenant_id, m.id limit $2
"""

NEXT_DUE = "select id, due_at from report_marks where tenant_id = $1 order by due_at, id limit $2"


async def lock(tx: Tx) -> None:
    """Let one at a time count days of the tenant, until the commit."""
    await tx.rows("select pg_advisory_xact_lock(hashtextextended('reports.days:' || $1::text, 0))", str(tx.tenant_id))


async def freeze(tx: Tx) -> None:
    """Show the whole transaction one moment. Must be the first that it does."""
    await tx.run("set transaction isolation level repeatable read, read only")


# -------------------------------------------------------------------------------------------------------------- marks


async def mark(tx: Tx, days: Iterable[date], due_at: datetime) -> None:
    """Say that days must be counted, from a time on: no lock, so that nobody waits for another's mark."""
    wanted = sorted(set(days))
    if wanted:
        await tx.run_many(
            "insert into report_marks (tenant_id, id, day, due_at) values ($1, $2, $3, $4)",
            [(tx.tenant_id, new_id(), day, due_at) for day in wanted],
        )


async def marked_day(tx: Tx, mark_id: UUID) -> date | None:
    """The day of a mark; None when it is gone."""
    found: date | None = await tx.value(
        "select day from report_marks where tenant_id = $1 and id = $2", tx.tenant_id, mark_id
    )
    return found


async def marked(tx: Tx) -> set[date]:
    """The days with a mark."""
    return {
        row["day"] for row in await tx.rows("select distinct day from report_marks where tenant_id = $1", tx.tenant_id)
    }


async def forget_marks(tx: Tx, days: Sequence[date]) -> None:
    """Take the marks off some days. What a mark tells of is seen by every later statement of the transaction."""
    await tx.run("delete from report_marks where tenant_id = $1 and day = any ($2)", tx.tenant_id, list(days))


# ------------------------------------------------------------------------------------------------------ counted days


async def known_days(tx: Tx, zone: str) -> set[date]:
    """The days that were counted as days of a zone, marked ones among them."""
    rows = await tx.rows("select day from report_days where tenant_id = $1 and zone = $2", tx.tenant_id, zone)
    return {row["day"] for row in rows}


async def keep(tx: Tx, days: Sequence[date], zone: str, counts: DayCounts) -> None:
    """Write the counts of some days in place of what was kept of them."""
    await drop(tx, days)
    await tx.run_many(
        "insert into report_days (tenant_id, day, zone, counted_at) values ($1, $2, $3, $4)",
        [(tx.tenant_id, day, zone, tx.now) for day in days],
    )
    rows = [
        (tx.tenant_id, dimension, day, key, *(getattr(found, name) for name in COUNTS), *_arrays(found))
        for (dimension, day, key), found in counts.items()
    ]
    if rows:
        await tx.run_many(_INSERT, rows)


async def drop(tx: Tx, days: Sequence[date]) -> None:
    """Forget what was counted of some days."""
    for table in ("report_counts", "report_days"):
        await tx.run(f"delete from {table} where tenant_id = $1 and day = any ($2)", tx.tenant_id, list(days))


async def drop_all(tx: Tx) -> None:
    """Forget every counted day of the tenant: they are counted from the records until they are counted anew."""
    for table in ("report_counts", "report_days"):
        await tx.run(f"delete from {table} where tenant_id = $1", tx.tenant_id)


async def read(tx: Tx, days: Sequence[date]) -> DayCounts:
    """The kept counts of some days, as they stand."""
    rows = await tx.rows(
        "select * from report_counts where tenant_id = $1 and day = any ($2)", tx.tenant_id, list(days)
    )
    return {(row["dimension"], row["day"], row["key"]): _from_row(row) for row in rows}


async def tally(tx: Tx, first: date, last: date, besides: Sequence[date], *, whole: bool) -> Tally:
    """The kept counts between two days but for some, added up; with `whole` also day by day and of each group."""
    found = Tally()
    args = (tx.tenant_id, first, last, list(besides))
    if whole:
        for row in await tx.rows(_DAYS, *args):
            found.days[row["day"]] = DayCount(**{name: row[name] for name in COUNTS}, hours=list(row["hours"]))
    dimensions = list(DIMENSIONS) if whole else ["all"]
    for row in await tx.rows(_SUMS, *args, dimensions):
        into = found.sums[row["dimension"], row["key"]]
        for name in COUNTS:
            setattr(into, name, row[name])
    timed = ["all", "priority"] if whole else ["all"]
    for name, sql in (("responses", _RESPONSES), ("resolutions", _RESOLUTIONS)):
        for row in await tx.rows(sql, *args, timed):
            getattr(found.sums[row["dimension"], row["key"]], name)[row["bucket"]] = row["count"]
    return found


def _arrays(found: DayCount) -> tuple[Any, ...]:
    responses, resolutions = sorted(found.responses.items()), sorted(found.resolutions.items())
    return (
        found.hours,
        [bucket for bucket, _ in responses],
        [count for _, count in responses],
        [bucket for bucket, _ in resolutions],
        [count for _, count in resolutions],
    )


def _from_row(row: Any) -> DayCount:
    return DayCount(
        **{name: row[name] for name in COUNTS},
        hours=list(row["hours"]),
        responses=Counter(dict(zip(row["response_buckets"], row["response_counts"], strict=True))),
        resolutions=Counter(dict(zip(row["resolve_buckets"], row["resolve_counts"], strict=True))),
    )
