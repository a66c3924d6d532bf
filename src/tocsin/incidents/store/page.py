"""SQL of the incident list: first the ids of the page through the right index, then everything shown of them.

Measured at a million incidents (docs/decisions, benchmarks): the first statement is planned for its very parameters
(custom plan), the second has one generic plan; the keyset is a row comparison so that it is an index condition.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tocsin.db.tx import Tx
from tocsin.incidents.model import Filters
from tocsin.incidents.store.record import JOINS, SHOWN

SORTS = {
    "created_at": "created_at",
    "updated_at": "updated_at",
    "due_at": "due_at",
    "priority": "priority_level",
    "reference_code": "reference_no",
    "time_left": "next_due_at",
}
NULLABLE = ("due_at", "next_due_at")
_KEY_TYPES = {
    "created_at": "timestamptz",
    "updated_at": "timestamptz",
    "due_at": "timestamptz",
    "next_due_at": "timestamptz",
    "priority_level": "integer",
    "reference_no": "bigint",
}
_FENCE = timedelta(days=92)

Parts = Sequence[tuple[str, str]]
"""Names, and sub-selects over the incident `p` that answer a jsonb list ($1: the tenant, $3: internal work is hidden)."""

_FROM_IDS = (
    "from unnest($2::uuid[]) with ordinality p (id, place) join incidents i on i.tenant_id = $1 and i.id = p.id{}"
    f" {JOINS} order by p.place"
)
ROWS = f"{SHOWN} {_FROM_IDS.format('')}"


class Query:
    """A statement being put together: conditions and their parameters, the tenant always first."""

    def __init__(self, tenant_id: UUID) -> None:
        self.args: list[Any] = [tenant_id]
        self.parts: list[str] = ["i.tenant_id = $1", "i.deleted_at is null"]

    def arg(self, value: Any, kind: str) -> str:
        """Add a parameter; its placeholder with a cast."""
        self.args.append(value)
        return f"${len(self.args)}::{kind}"

    def where(self, template: str, value: Any, kind: str) -> None:
        """Add a condition whose `{}` is a parameter."""
        self.parts.append(template.format(self.arg(value, kind)))


async def ids(
    tx: Tx, filters: Filters, sort: str, *, descending: bool, after: tuple[Any, UUID] | None, limit: int
) -> list[Any]:
    """The ids and sort keys of a page. `after` is the key of the last row before it."""
    sql, args = ids_sql(tx.tenant_id, filters, SORTS[sort], descending, after, limit, tx.now)
    await tx.plan("custom")
    return await tx.rows(sql, *args)


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
    after: tuple[Any, UUID] | None,
    limit: int,
    now: datetime,
) -> tuple[str, list[Any]]:
    """The first statement of a list and its parameters."""
    query = Query(tenant_id)
    _conditions(query, filters, now)
    source = "incidents i"
    if filters.words is not None:
        doc = "coalesce(f.doc_public, f.doc)" if filters.public_words else "f.doc"
        source += " join incident_search f on f.tenant_id = $1 and f.incident_id = i.id"
        query.where(f"{doc} @@ websearch_to_tsquery('simple', {{}})", filters.words, "text")
    way = "desc" if descending else "asc"
    if column in NULLABLE:
        return _nulls_last(query, source, column, way, after, limit), query.args
    if _fenced(filters, column, now):
        source = f"(select i.* from {source} where {' and '.join(query.parts)} offset 0) i"
        query.parts = ["true"]
    if after is not None:
        query.parts.append(_keyset(query, column, way, after))
    where = " and ".join(query.parts)
    sql = f"select i.id, i.{column} as key from {source} where {where} order by i.{column} {way}, i.id {way} limit {limit}"
    return sql, query.args


def _keyset(query: Query, column: str, way: str, after: tuple[Any, UUID]) -> str:
    sign = "<" if way == "desc" else ">"
    return f"(i.{column}, i.id) {sign} ({query.arg(after[0], _KEY_TYPES[column])}, {query.arg(after[1], 'uuid')})"


def _nulls_last(query: Query, source: str, column: str, way: str, after: tuple[Any, UUID] | None, limit: int) -> str:
    """Two arms, each along the index: rows with a due time, then rows without."""
    where = " and ".join(query.parts)
    sign = "<" if way == "desc" else ">"
    without = f"{where} and i.{column} is null"
    if after is not None and after[0] is None:
        without += f" and i.id {sign} {query.arg(after[1], 'uuid')}"
    shown = f"select i.id, i.{column} as key from {source} where"
    arm = f"{shown} {without} order by i.id {way} limit {limit}"
    if after is not None and after[0] is None:
        return arm
    dated = f"{where} and i.{column} is not null"
    if after is not None:
        dated += " and " + _keyset(query, column, way, after)
    first = f"{shown} {dated} order by i.{column} {way}, i.id {way} limit {limit}"
    return f"select id, key from (({first}) union all ({arm})) page limit {limit}"


def _fenced(filters: Filters, column: str, now: datetime) -> bool:
    """A range of creation with another sort: the range first, else half of the sort's index is walked."""
    if filters.created_after is None or column == "created_at":
        return False
    return (filters.created_before or now) - filters.created_after <= _FENCE


def _conditions(query: Query, filters: Filters, now: datetime) -> None:
    if filters.nothing:
        query.parts.append("false")
    if filters.only_open or filters.overdue:
        query.parts.append("i.is_open")
    _any_of(query, "status_id", filters.statuses, "uuid")
    _any_of(query, "priority_id", filters.priorities, "uuid")
    _any_of(query, "category_id", filters.categories, "uuid")
    _any_of(query, "source", filters.sources, "text")
    _is(query, "assigned_to_id", filters.assigned_to)
    _is(query, "team_id", filters.team)
    _is(query, "reported_by_id", filters.reporter)
    if filters.reported_via is not None:
        query.where("i.reported_via = {}", filters.reported_via, "text")
    if filters.breached is not None:
        query.parts.append("i.is_breached" if filters.breached else "not i.is_breached")
    if filters.overdue is not None:
        _overdue(query, filters, now)
    if filters.watcher is not None:
        query.where(
            "exists (select 1 from incident_watchers w where w.tenant_id = $1 and w.incident_id = i.id and w.user_id = {})",
            filters.watcher,
            "uuid",
        )
    for template, value in (
        ("i.due_at < {}", filters.due_before),
        ("i.created_at >= {}", filters.created_after),
        ("i.created_at < {}", filters.created_before),
        ("i.updated_at >= {}", filters.updated_after),
    ):
        if value is not None:
            query.where(template, value, "timestamptz")


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
