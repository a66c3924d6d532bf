"""Lists that are better read in another way than along their sort: what PostgreSQL's estimates, each of one column, can't tell.

A stretch of time by another sort is read as a whole before it is sorted: the rows it holds lie together on the sort's index,
perhaps at its other end, and half of that would be walked. A list of several priorities by priority, or of how things stood at
a moment, is put together of lists that each have an index.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from msgspec.structs import replace

from tocsin.incidents.model import Filters
from tocsin.incidents.store import known
from tocsin.incidents.store.asked import created_in

if TYPE_CHECKING:
    from tocsin.incidents.store.along import Slice
    from tocsin.incidents.store.page import Query

FENCE = timedelta(days=92)
"""So short a stretch is read at once; of a longer one a page may lie at hand."""
GLANCE = 2000
"""So much of a list is looked through before a long stretch is read."""
MOST_LISTS = 8
_TIMES = {name: f"{name}_at" for name in ("created", "updated", "due", "resolved", "closed")}
"""Times with an index, of which most hold what a list may be sorted by."""


def apart(query: Query, filters: Filters, column: str) -> tuple[str, list[tuple[Query, Filters]]]:
    """Lists that together are the list, and what they read first (`with …`, or empty); none where it is read as it stands."""
    if filters.as_of is not None and not query.reads:
        untouched, touched = known.halves(*known.moments(query, filters))
        lists = [(query.like(f"({untouched}) i"), filters), (query.like("touched i"), filters)]
        return f"with touched as materialized ({touched}) ", lists
    if column == "priority_level":
        found = _by_priority(filters)
        if 1 < len(found) <= MOST_LISTS:
            return "", [(query.like(query.reads), one) for one in found]
    return "", []


def merged(before: str, arms: list[str], wanted: Slice) -> str:
    """The page of a list from those of the lists that it is made of."""
    pages = " union all ".join(f"({arm})" for arm in arms)
    order = f"order by key {wanted.way} nulls last, id {wanted.way} limit {wanted.limit}"
    return f"{before}select id, key from ({pages}) page {order}"


def _by_priority(filters: Filters) -> list[Filters]:
    """The same list once for each of the priorities that it asks for."""
    if filters.priorities:
        return [replace(filters, priorities=[one]) for one in dict.fromkeys(filters.priorities)]
    for place, asked in enumerate(filters.conditions):
        if asked.name == "priority" and asked.values and not (asked.is_negated or asked.unset):
            around = filters.conditions[:place], filters.conditions[place + 1 :]
            ids: list[UUID] = list(dict.fromkeys(asked.values))
            return [replace(filters, conditions=[*around[0], replace(asked, values=[one]), *around[1]]) for one in ids]
    return []


def is_short(filters: Filters, wanted: Slice) -> bool:
    """Whether the list is of a short stretch of time by another sort. What was changed of late is found soon from the newest on."""
    column, now = wanted.column, wanted.now
    since, until = _stretch(filters, "resolved")
    if since is not None and (until or now) - since <= FENCE:
        return True
    since, changed = filters.updated_after, column != "updated_at" and wanted.way == "asc"
    if since is not None and changed and now - since <= FENCE:
        return True
    since, until = created_in(filters)
    if since is None or column == "created_at":
        return False
    return (until or now) - since <= FENCE


def is_long(filters: Filters, column: str) -> bool:
    """Whether the list is of a stretch of time by another sort, or of what is resolved and not closed: both have an index."""
    if column == "next_due_at" and not filters.only_closed:
        return False
    if column != "created_at" and created_in(filters) != (None, None):
        return True
    asked = [(word, one.is_negated) for one in filters.conditions if one.name == "is" for word in one.values[:1]]
    if ("resolved", False) in asked and ("closed", True) in asked:
        return True
    return any(_TIMES[name] != column and _stretch(filters, name) != (None, None) for name in _TIMES)


def _stretch(filters: Filters, name: str) -> tuple[datetime | None, datetime | None]:
    """When something happened to everything on a list, as far as one filter or clause says it."""
    for one in filters.conditions:
        if one.name == name and len(one.spans) == 1 and not (one.is_negated or one.unset):
            return one.spans[0]
    return filters.happened.get(name, (None, None))


def needed(filters: Filters, column: str) -> str:
    """What of an incident its page is sorted by, as columns of `i`."""
    if column != "next_due_at":
        return f"i.id, i.{column}"
    if filters.only_closed:  # what is closed has no time left
        return "i.id, null::timestamptz as next_due_at"
    return "i.id, i.is_open, i.next_due_at"


def glanced(query: Query, filters: Filters, wanted: Slice) -> str:
    """A page that may lie at the beginning of the list: only if it doesn't, all of the list is read and sorted."""
    column, way, limit = wanted.column, wanted.way, wanted.limit
    where, order = " and ".join(query.parts), f"order by i.{column} {way} nulls last, i.id {way} limit {limit}"
    found = f"select {needed(filters, column)} from incidents i where {where} offset 0"
    further = "" if wanted.after is None else f" where {_behind(query, wanted)}"
    far = f"select i.id, i.{column} as key from ({found}) i{further} {order}"
    if column == "due_at" and wanted.is_undated:
        return far
    return (
        f"with near as materialized ({nearby(query, wanted, GLANCE)})"
        f" select id, key from near where (select count(*) from near) = {limit}"
        f" union all select id, key from ({far}) far where (select count(*) from near) < {limit}"
    )


def nearby(query: Query, wanted: Slice, stretch: int) -> str:
    """As much of a page as a stretch of the list holds. Of lists by time left it must be one of what is closed."""
    column, way, by_id = wanted.column, wanted.way, wanted.column == "next_due_at"
    along = f"order by i.id {way}" if by_id else wanted.order
    first = f"i.tenant_id = $1 and i.{column} is {'null' if by_id else 'not null'}"
    if wanted.after is not None:
        first += f" and {query.behind(wanted, by_id=by_id)}"
    walked = f"select i.* from incidents i where {first} {along} limit {stretch}"
    where = " and ".join(query.parts)
    return f"select i.id, i.{column} as key from ({walked}) i where {where} {along} limit {wanted.limit}"


def _behind(query: Query, wanted: Slice) -> str:
    if wanted.is_undated:
        return f"i.{wanted.column} is null and {query.behind(wanted, by_id=True)}"
    return f"(i.{wanted.column} is null or {query.behind(wanted)})"
