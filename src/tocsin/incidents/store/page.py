"""SQL of the incident list: first the ids of the page through the right index, then everything shown of them.

Measured at a million incidents (docs/decisions, benchmarks): the first statement is planned for its very parameters
(custom plan), the second has one generic plan; the keyset is a row comparison so that it is an index condition.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.db.tx import Tx
from tocsin.incidents.model import Filters
from tocsin.incidents.store import along
from tocsin.incidents.store.along import Slice
from tocsin.incidents.store.asked import ANYWHERE, DELEGATED, TEAM_OF, WATCHED, ask, became, is_so
from tocsin.incidents.store.known import narrow, source as read_from
from tocsin.incidents.store.labels import with_custom, with_tags
from tocsin.incidents.store.ranges import in_range, ranged
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

    def behind(self, wanted: Slice, after: tuple[Any, UUID] | None = None, *, by_id: bool = False) -> str:
        """The condition that an incident stands behind a row of the list, if not the one given by its key."""
        key = after or wanted.after
        if by_id:
            return f"i.id {wanted.sign} {self.arg(key[1], 'uuid')}"
        marks = f"{self.arg(key[0], _KEY_TYPES[wanted.column])}, {self.arg(key[1], 'uuid')}"
        return f"(i.{wanted.column}, i.id) {wanted.sign} ({marks})"

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
    query = Query(tx.tenant_id)
    query.expected = expected
    wanted = Slice(SORTS[sort], "desc" if descending else "asc", after, limit, tx.now, as_of)
    return await tx.rows(arm(query, filters, wanted), *query.args)


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


def arm(query: Query, filters: Filters, wanted: Slice) -> str:
    """The ids and sort keys of a page: a statement, or an arm of a larger one that shares its parameters."""
    column = wanted.column
    before, lists = apart(query, filters, column)
    if lists:
        return merged(before, [arm(each, narrower, wanted) for each, narrower in lists], wanted)
    source = narrowed(query, filters, wanted.now, f"{column} {wanted.way}")
    if column == "created_at" and query.key[0] != "i.created_at":
        return _by_words(query, source, wanted)
    if query.holding and column in _WALKED and not filters.only_open:
        return _by_sort(query, source, wanted)
    short = is_short(filters, wanted)
    if source.rstrip() == "incidents i" and not short:
        held = ranged(query, filters)
        if held is not None:
            few = query.like("")
            return in_range(query, filters, held[0], few, narrowed(few, held[1], wanted.now), wanted)
        if is_long(filters, column):
            return glanced(query, filters, wanted)
    before, source = _read_first(query, filters, source, column, is_short=short)
    return before + along.page(query, filters, source, wanted)


def _read_first(query: Query, filters: Filters, source: str, column: str, *, is_short: bool) -> tuple[str, str]:
    """What is read as a whole before it is sorted (`with …`, or empty), and what the list reads from then."""
    if query.holding:
        source = source.replace(WORDS, f"({query.holding} offset 0)")
    elif not is_short:
        return "", source
    found = f"select {needed(filters, column)} from {source} where {' and '.join(query.parts)}"
    query.parts = ["true"]
    return f"with few as materialized ({found}) ", "few i"


def _by_words(query: Query, source: str, wanted: Slice) -> str:
    """A list by creation, in the order of the words' own table: only what is shown is looked up among the incidents."""
    moment, one = query.key
    further = ""
    if wanted.after is not None:
        mark = query.arg(wanted.after[0], "timestamptz")
        further = f" and ({moment}, {one}) {wanted.sign} ({mark}, {query.arg(wanted.after[1], 'uuid')})"
    order = f"order by {moment} {wanted.way}, {one} {wanted.way} limit {wanted.limit}"
    page = f"select i.id, {moment} as key from {source} where {' and '.join(query.parts)}"
    if query.ways is None:
        return f"{page}{further} {order}"
    arms = (f"({page.replace(WORDS, part)} {order})" for part in query.ways.both(wanted.way, further))
    return f"select id, key from ({' union all '.join(arms)}) page limit {wanted.limit}"


def _by_sort(query: Query, source: str, wanted: Slice) -> str:
    """A list that few words narrow, by what every incident has: a stretch of its index is compared with those that hold the
    words, and all of these are looked up only when that has not filled the page.
    """
    column, order, limit = wanted.column, wanted.order, wanted.limit
    further = "i.tenant_id = $1"
    if wanted.after is not None:
        further += " and " + query.behind(wanted)
    walked = f"select i.id, i.{column} from incidents i where {further} {order}"
    held = "(select i.id as incident_id from ({} limit {}) i where i.id in (select w.incident_id from few w))"
    last = f"select l.{column}, l.id from ({walked} offset {STRETCH - 1} limit 1) l"
    beyond = f" and {further} and (i.{column}, i.id) {wanted.sign} ({last})"
    page = f"select i.id, i.{column} as key from {source} where {' and '.join(query.parts)}"
    arms = (
        f"({page.replace(WORDS, held.format(walked, STRETCH))} {order} limit {limit})",
        f"({page.replace(WORDS, 'few')}{beyond} {order} limit {limit})",
    )
    before = f"with few as materialized ({query.holding}) "
    return f"{before}select id, key from ({' union all '.join(arms)}) page limit {limit}"


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
