"""SQL of a page in the order of a list's sort: times that some incidents lack last, and time left as of a moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tocsin.incidents.model import Filters
from tocsin.incidents.rules import ASLEEP, AWAKE_UNTIL

if TYPE_CHECKING:
    from tocsin.incidents.store.page import Query


@dataclass(frozen=True, slots=True)
class Slice:
    """What is wanted of a list: so many rows behind the key `after` (None: the first), sorted by a column.

    `as_of` is the time at which the time left of a paused clock is compared with that of a running one.
    """

    column: str
    way: str
    """`asc` or `desc`."""
    after: Any
    limit: int
    now: datetime
    as_of: datetime

    @property
    def order(self) -> str:
        """SQL of the order of incidents `i` that all have what they are sorted by."""
        return f"order by i.{self.column} {self.way}, i.id {self.way}"

    @property
    def sign(self) -> str:
        """Which way the rows behind a key lie."""
        return "<" if self.way == "desc" else ">"

    @property
    def is_undated(self) -> bool:
        """Whether the list has come to the rows that lack what it is sorted by."""
        return self.after is not None and self.after[0] is None


def page(query: Query, filters: Filters, source: str, wanted: Slice) -> str:
    """A page of a list, with its keyset: what it reads from is walked along its sort, or sorted."""
    if wanted.column == "due_at":
        return _nulls_last(query, source, wanted, None if wanted.is_undated else _dated)
    if wanted.column == "next_due_at":
        return _nulls_last(query, source, wanted, None if filters.only_closed or wanted.is_undated else _by_time_left)
    if wanted.after is not None:
        query.parts.append(query.behind(wanted))
    where = " and ".join(query.parts)
    return f"select i.id, i.{wanted.column} as key from {source} where {where} {wanted.order} limit {wanted.limit}"


Dated = Callable[["Query", str, Slice], str]
"""The arm of the rows that have a time: `dated(query, source, wanted)`."""


def _nulls_last(query: Query, source: str, wanted: Slice, dated: Dated | None) -> str:
    """Two arms, each along the index: rows with a time (`dated`, None where none can come), then rows without."""
    column, way, limit = wanted.column, wanted.way, wanted.limit
    without = f"{' and '.join(query.parts)} and i.{column} is null"
    if wanted.is_undated:
        without += f" and {query.behind(wanted, by_id=True)}"
    arm = f"select i.id, i.{column} as key from {source} where {without} order by i.id {way} limit {limit}"
    if dated is None:
        return arm
    first = dated(query, source, wanted)
    return f"select id, key from (({first}) union all ({arm})) page limit {limit}"


def _dated(query: Query, source: str, wanted: Slice) -> str:
    where = f"{' and '.join(query.parts)} and i.{wanted.column} is not null"
    if wanted.after is not None:
        where += " and " + query.behind(wanted)
    return f"select i.id, i.{wanted.column} as key from {source} where {where} {wanted.order} limit {wanted.limit}"


def _by_time_left(query: Query, source: str, wanted: Slice) -> str:
    """Running clocks by their due time, and among them the paused ones by what they have left as of a moment.

    Only open incidents have a next due time, which is said literally for the partial index.
    """
    column, way, limit, after = wanted.column, wanted.way, wanted.limit, wanted.after
    split, since = query.arg(AWAKE_UNTIL, "timestamptz"), query.arg(wanted.as_of, "timestamptz")
    asleep = query.arg(ASLEEP, "timestamptz")
    shift = f"(i.{column} at time zone 'UTC' - {asleep} at time zone 'UTC')"
    keys = (
        (f"i.{column} < {split}", f"i.{column}", after),
        (
            f"i.{column} >= {split}",
            f"({since} at time zone 'UTC' + {shift}) at time zone 'UTC'",
            (ASLEEP + (after[0] - wanted.as_of), after[1]) if after is not None else None,
        ),
    )
    arms = []
    for condition, key, behind in keys:
        where = f"{' and '.join(query.parts)} and i.is_open and {condition}"
        if behind is not None:
            where += " and " + query.behind(wanted, behind)
        order = f"order by i.{column} {way}, i.id {way} limit {limit}"
        arms.append(f"(select i.id, {key} as key from {source} where {where} {order})")
    return f"select id, key from ({' union all '.join(arms)}) left_of order by key {way}, id {way} limit {limit}"
