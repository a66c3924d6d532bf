"""SQL of the incident list: first the ids of the page through the right index, then everything shown of them.

Measured at a million incidents (docs/decisions, benchmarks): the first statement is planned for its very parameters
(custom plan), the second has one generic plan; the keyset is a row comparison so that it is an index condition.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.db.tx import Tx
from tocsin.incidents.model import Filters
from tocsin.incidents.rules import ASLEEP, AWAKE_UNTIL
from tocsin.incidents.store.asked import ANYWHERE, DELEGATED, TEAM_OF, WATCHED, ask, became, is_so
from tocsin.incidents.store.known import narrow, source as read_from
from tocsin.incidents.store.labels import with_custom, with_tags
from tocsin.incidents.store.record import JOINS, SHOWN
from tocsin.incidents.store.stretches import apart, glanced, is_long, is_short, merged, needed
from tocsin.incidents.store.words import STRETCH, WORDS, Ways, how_common, seek

SORTS = {
    "created_at": "created_at",
    "updated_at": "updated_at",
    "due_at": "due_at",
    "priority": "priority_level",
    "reference_code": "reference_no",
    "time_left": "next_due_at",
}
_KEY_TYPES = {
    "created_at": "timestamptz",
    "updated_at": "timestamptz",
    "due_at": "timestamptz",
    "next_due_at": "timestamptz",
    "priority_level": "integer",
    "reference_no": "bigint",
}
_WALKED = ("updated_at", "priority_level", "reference_no")
"""What every incident has, with an index of its own: lists sorted by it may be walked along without reading the incidents."""

Parts = Sequence[tuple[str, str]]
"""Names, and sub-selects over the incident `p` that answer a jsonb list ($1: the tenant, $3: internal work is hidden)."""

_FROM_IDS = (
    "from unnest($2::uuid[]) with ordinality p (id, place) join incidents i on i.tenant_id = $1 and i.id = p.id{}"
    f" {JOINS} order by p.place"
)
ROWS = f"{SHOWN} {_FROM_IDS.format('')}"


class Query:
    """A statement being put together: conditions and their parameters, the tenant always first."""

    def __init__(self, tenant_id: UUID, args: list[Any] | None = None) -> None:
        self.args: list[Any] = [tenant_id] if args is None else args
        self.parts: list[str] = ["i.tenant_id = $1", "i.deleted_at is null"]
        self.reads = ""
        """What the list reads from instead of all incidents."""
        self.expected: int | None = None
        """How many incidents hold the list's words, where we choose the way to them (`words.how_common`)."""
        self.ways: Ways | None = None
        self.holding = ""
        """SQL of all that hold the words, where they are read before they are sorted."""
        self.key = "i.created_at", "i.id"
        """What a list by creation is sorted by: the same two columns stand beside the words."""

    def arg(self, value: Any, kind: str) -> str:
        """Add a parameter; its placeholder with a cast."""
        self.args.append(value)
        return f"${len(self.args)}::{kind}"

    def like(self, reads: str) -> Query:
        """Another statement of the same list, with the same parameters."""
        other = Query(self.args[0], self.args)
        other.reads, other.expected = reads, self.expected
        return other

    def behind(self, column: str, way: str, after: tuple[Any, UUID], *, by_id: bool = False) -> str:
        """The condition that an incident stands behind a row of the list."""
        sign = "<" if way == "desc" else ">"
        if by_id:
            return f"i.id {sign} {self.arg(after[1], 'uuid')}"
        return f"(i.{column}, i.id) {sign} ({self.arg(after[0], _KEY_TYPES[column])}, {self.arg(after[1], 'uuid')})"

    def where(self, template: str, value: Any, kind: str) -> None:
        """Add a condition whose `{}` is a parameter."""
        self.parts.append(template.format(self.arg(value, kind)))


async def ids(
    tx: Tx, filters: Filters, sort: str, *, descending: bool, after: Any, limit: int, as_of: datetime
) -> list[Any]:
    """The ids and sort keys of a page. `after` is the key of the last row before it.

    `as_of` is the time at which the time left of a paused clock is compared with that of a running one.
    """
    await tx.plan("custom")
    expected = await how_common(tx, filters)
    sql, args = ids_sql(tx.tenant_id, filters, SORTS[sort], descending, after, limit, tx.now, as_of, expected)
    return await tx.rows(sql, *args)


async def counts(tx: Tx, lists: Sequence[Filters], most: int) -> list[int]:
    """How many incidents each list holds, up to `most`."""
    args: list[Any] = [tx.tenant_id]
    parts = []
    for number, filters in enumerate(lists):
        query = Query(tx.tenant_id, args)
        source = narrowed(query, filters, tx.now)
        found = f"select 1 from {source} where {' and '.join(query.parts)} limit {most}"
        parts.append(f"(select count(*) from ({found}) f{number}) as c{number}")
    await tx.plan("custom")
    row = await tx.row(f"select {', '.join(parts)}", *args)
    return list(row.values()) if row is not None else []


async def rows(tx: Tx, incident_ids: list[UUID], parts: Parts = (), *, public_only: bool = False) -> list[Any]:
    """Everything shown of some incidents, in the given order; beside it a list of what belongs to each for every part."""
    await tx.plan("generic")
    if not parts:
        return await tx.rows(ROWS, tx.tenant_id, incident_ids)
    sql = f"{SHOWN}, {_columns(parts)} {_FROM_IDS.format(' and $3::boolean is not null')}"
    return await tx.rows(sql, tx.tenant_id, incident_ids, public_only)


async def included(tx: Tx, incident_id: UUID, parts: Parts, *, public_only: bool) -> Any:
    """The lists of what belongs to one incident."""
    return await tx.row(
        f"select {_columns(parts)} from incidents p where p.tenant_id = $1 and p.id = $2 and $3::boolean is not null",
        tx.tenant_id,
        incident_id,
        public_only,
    )


def _columns(parts: Parts) -> str:
    return ", ".join(f"{sql} as {name}" for name, sql in parts)


def ids_sql(
    tenant_id: UUID,
    filters: Filters,
    column: str,
    descending: bool,
    after: Any,
    limit: int,
    now: datetime,
    as_of: datetime,
    expected: int | None = None,
) -> tuple[str, list[Any]]:
    """The first statement of a list and its parameters. `expected`: how many incidents hold the words."""
    query = Query(tenant_id)
    query.expected = expected
    return arm(query, filters, column, descending, after, limit, now, as_of), query.args


def arm(
    query: Query,
    filters: Filters,
    column: str,
    descending: bool,
    after: Any,
    limit: int,
    now: datetime,
    as_of: datetime,
) -> str:
    """The ids and sort keys of a page: a statement, or an arm of a larger one that shares its parameters."""
    way = "desc" if descending else "asc"
    before, lists = apart(query, filters, column)
    if lists:
        arms = [arm(each, wanted, column, descending, after, limit, now, as_of) for each, wanted in lists]
        return merged(before, arms, way, limit)
    source = narrowed(query, filters, now, f"{column} {way}")
    if column == "created_at" and query.key[0] != "i.created_at":
        return _by_words(query, source, way, after, limit)
    if query.holding and column in _WALKED and not filters.only_open:
        return _by_sort(query, source, column, way, after, limit)
    short = is_short(filters, column, now, descending=descending)
    if source.rstrip() == "incidents i" and not short and is_long(filters, column):
        return glanced(query, filters, column, way, after, limit)
    before, source = _read_first(query, filters, source, column, is_short=short)
    return before + _page(query, filters, source, column, way, after, limit, as_of)


def _page(
    query: Query, filters: Filters, source: str, column: str, way: str, after: Any, limit: int, as_of: datetime
) -> str:
    if column == "due_at":
        dated = _dated if after is None or after[0] is not None else None
        return _nulls_last(query, source, column, way, after, limit, dated)
    if column == "next_due_at":
        has_dated = not filters.only_closed and (after is None or after[0] is not None)
        left = _by_time_left(as_of) if has_dated else None
        return _nulls_last(query, source, column, way, after, limit, left)
    if after is not None:
        query.parts.append(query.behind(column, way, after))
    where = " and ".join(query.parts)
    page = f"select i.id, i.{column} as key from {source} where {where}"
    return f"{page} order by i.{column} {way}, i.id {way} limit {limit}"


def _read_first(query: Query, filters: Filters, source: str, column: str, *, is_short: bool) -> tuple[str, str]:
    """What is read as a whole before it is sorted (`with …`, or empty), and what the list reads from then."""
    if query.holding:
        source = source.replace(WORDS, f"({query.holding} offset 0)")
    elif not is_short:
        return "", source
    found = f"select {needed(filters, column)} from {source} where {' and '.join(query.parts)}"
    query.parts = ["true"]
    return f"with few as materialized ({found}) ", "few i"


def _by_words(query: Query, source: str, way: str, after: Any, limit: int) -> str:
    """A list by creation, in the order of the words' own table: only what is shown is looked up among the incidents."""
    moment, one = query.key
    further = ""
    if after is not None:
        sign, mark = "<" if way == "desc" else ">", query.arg(after[0], "timestamptz")
        further = f" and ({moment}, {one}) {sign} ({mark}, {query.arg(after[1], 'uuid')})"
    order = f"order by {moment} {way}, {one} {way} limit {limit}"
    page = f"select i.id, {moment} as key from {source} where {' and '.join(query.parts)}"
    if query.ways is None:
        return f"{page}{further} {order}"
    arms = (f"({page.replace(WORDS, part)} {order})" for part in query.ways.both(way, further))
    return f"select id, key from ({' union all '.join(arms)}) page limit {limit}"


def _by_sort(query: Query, source: str, column: str, way: str, after: Any, limit: int) -> str:
    """A list that few words narrow, by what every incident has: a stretch of its index is compared with those that hold the
    words, and all of these are looked up only when that has not filled the page.
    """
    further = "i.tenant_id = $1"
    if after is not None:
        further += " and " + query.behind(column, way, after)
    order = f"order by i.{column} {way}, i.id {way}"
    walked = f"select i.id, i.{column} from incidents i where {further} {order}"
    held = "(select i.id as incident_id from ({} limit {}) i where i.id in (select w.incident_id from few w))"
    last = f"select l.{column}, l.id from ({walked} offset {STRETCH - 1} limit 1) l"
    beyond = f" and {further} and (i.{column}, i.id) {'<' if way == 'desc' else '>'} ({last})"
    page = f"select i.id, i.{column} as key from {source} where {' and '.join(query.parts)}"
    arms = (
        f"({page.replace(WORDS, held.format(walked, STRETCH))} {order} limit {limit})",
        f"({page.replace(WORDS, 'few')}{beyond} {order} limit {limit})",
    )
    before = f"with few as materialized ({query.holding}) "
    return f"{before}select id, key from ({' union all '.join(arms)}) page limit {limit}"


Dated = Callable[[Query, str, str, str, Any, int], str]
"""The arm of the rows that have a time: `dated(query, source, column, way, after, limit)`."""


def _nulls_last(query: Query, source: str, column: str, way: str, after: Any, limit: int, dated: Dated | None) -> str:
    """Two arms, each along the index: rows with a time (`dated`, None where none can come), then rows without."""
    sign = "<" if way == "desc" else ">"
    without = f"{' and '.join(query.parts)} and i.{column} is null"
    if after is not None and after[0] is None:
        without += f" and i.id {sign} {query.arg(after[1], 'uuid')}"
    arm = f"select i.id, i.{column} as key from {source} where {without} order by i.id {way} limit {limit}"
    if dated is None:
        return arm
    first = dated(query, source, column, way, after, limit)
    return f"select id, key from (({first}) union all ({arm})) page limit {limit}"


def _dated(query: Query, source: str, column: str, way: str, after: Any, limit: int) -> str:
    where = f"{' and '.join(query.parts)} and i.{column} is not null"
    if after is not None:
        where += " and " + query.behind(column, way, after)
    return f"select i.id, i.{column} as key from {source} where {where} order by i.{column} {way}, i.id {way} limit {limit}"


def _by_time_left(as_of: datetime) -> Dated:
    """Running clocks by their due time, and among them the paused ones by what they have left as of a moment.

    Only open incidents have a next due time, which is said literally for the partial index.
    """

    def dated(query: Query, source: str, column: str, way: str, after: Any, limit: int) -> str:
        split, since = query.arg(AWAKE_UNTIL, "timestamptz"), query.arg(as_of, "timestamptz")
        asleep = query.arg(ASLEEP, "timestamptz")
        shift = f"(i.{column} at time zone 'UTC' - {asleep} at time zone 'UTC')"
        keys = (
            (f"i.{column} < {split}", f"i.{column}", after),
            (
                f"i.{column} >= {split}",
                f"({since} at time zone 'UTC' + {shift}) at time zone 'UTC'",
                (ASLEEP + (after[0] - as_of), after[1]) if after is not None else None,
            ),
        )
        arms = []
        for condition, key, behind in keys:
            where = f"{' and '.join(query.parts)} and i.is_open and {condition}"
            if behind is not None:
                where += " and " + query.behind(column, way, behind)
            order = f"order by i.{column} {way}, i.id {way} limit {limit}"
            arms.append(f"(select i.id, {key} as key from {source} where {where} {order})")
        return f"select id, key from ({' union all '.join(arms)}) left_of order by key {way}, id {way} limit {limit}"

    return dated


def narrowed(query: Query, filters: Filters, now: datetime, order: str = "") -> str:
    """What a list reads from; its conditions are added to the query. `order` is the page's, for words."""
    source = read_from(query, filters)
    _conditions(query, filters, filters.as_of or now)
    narrow(query, filters, filters.as_of or now)
    ask(query, filters, filters.as_of or now)
    return f"{source} {seek(query, filters, order)}"


def _conditions(query: Query, filters: Filters, now: datetime) -> None:
    if filters.nothing:
        query.parts.append("false")
    if filters.only_open or filters.overdue or filters.next_due_before is not None:
        query.parts.append("i.is_open")
    _any_of(query, "status_id", filters.statuses, "uuid")
    _any_of(query, "priority_id", filters.priorities, "uuid")
    _any_of(query, "category_id", filters.categories, "uuid")
    _any_of(query, "source", filters.sources, "text")
    if filters.sources is not None:
        query.parts.append(ANYWHERE)
    _is(query, "assigned_to_id", filters.assigned_to)
    _is(query, "team_id", filters.team)
    if filters.team_of is not None:
        query.where(TEAM_OF, filters.team_of, "uuid")
    _is(query, "reported_by_id", filters.reporter)
    if filters.reported_via is not None:
        query.where("i.reported_via = {}", filters.reported_via, "text")
    if filters.breached is not None:
        query.parts.append("i.is_breached" if filters.breached else "not i.is_breached")
    if filters.outcomes is not None:
        query.parts.append(became(query, filters.outcomes, now))
    if filters.overdue is not None:
        _overdue(query, filters, now)
    if filters.major is not None:
        query.parts.append(is_so(filters, "major", answer=filters.major))
    _of_people(query, filters)
    if filters.tags is not None:
        query.parts.append(with_tags(query, filters.tags))
    query.parts += [with_custom(query, wanted) for wanted in filters.custom]
    for template, value in (
        ("i.due_at >= {}", filters.due_after),
        ("i.due_at < {}", filters.due_before),
        ("i.next_due_at < {}", filters.next_due_before),
        ("i.created_at >= {}", filters.created_after),
        ("i.created_at < {}", filters.created_before),
        ("i.updated_at >= {}", filters.updated_after),
    ):
        if value is not None:
            query.where(template, value, "timestamptz")


def _of_people(query: Query, filters: Filters) -> None:
    """Watched by somebody, or handed on by them (who delegates, watches): their own few first, by the primary key."""
    if filters.watcher is not None:
        query.parts.append(WATCHED.format(query.arg(filters.watcher, "uuid")))
    if filters.delegated_by is not None:
        query.parts.append(DELEGATED.format(query.arg(filters.delegated_by, "uuid")))


def _any_of(query: Query, column: str, values: list[Any] | None, kind: str) -> None:
    if values is None:
        return
    if len(values) == 1:
        query.where(f"i.{column} = {{}}", values[0], kind)
    else:
        query.where(f"i.{column} = any ({{}})", values, f"{kind}[]")


def _is(query: Query, column: str, value: UUID | str | None) -> None:
    if value == "none":
        query.parts.append(f"i.{column} is null")
    elif value is not None:
        query.where(f"i.{column} = {{}}", value, "uuid")


def _overdue(query: Query, filters: Filters, now: datetime) -> None:
    """Past its due time and still running: neither resolved nor paused."""
    late = f"i.due_at < {query.arg(now, 'timestamptz')}"
    if filters.pausing:
        late += f" and i.status_id <> all ({query.arg(filters.pausing, 'uuid[]')})"
    query.parts.append(late if filters.overdue else f"not (i.is_open and i.due_at is not null and {late})")
