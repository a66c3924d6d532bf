"""SQL that asks whether incidents fit queries, and which do."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from tocsin.db.tx import Tx
from tocsin.incidents.model import Filters
from tocsin.incidents.store.page import Query, narrowed
from tocsin.incidents.store.words import tsquery


async def which_fit(tx: Tx, incident_id: UUID, lists: Sequence[Filters]) -> list[bool]:
    """For each of some lists whether it holds an incident, in one statement."""
    query = Query(tx.tenant_id)
    one = query.arg(incident_id, "uuid")
    parts = []
    for number, filters in enumerate(lists):
        each = Query(tx.tenant_id, query.args)
        source = narrowed(each, filters, tx.now)
        found = f"select 1 from {source} where i.id = {one} and {' and '.join(each.parts)}"
        parts.append(f"exists ({found}) as c{number}")
    await tx.plan("custom")
    row = await tx.row(f"select {', '.join(parts)}", *query.args)
    return list(row.values()) if row is not None else []


async def ids(tx: Tx, filters: Filters, after: UUID | None, limit: int) -> list[UUID]:
    """The ids of a list in the order of creation, after an id."""
    query = Query(tx.tenant_id)
    source = narrowed(query, filters, tx.now)
    if after is not None:
        query.where("i.id > {}", after, "uuid")
    where = " and ".join(query.parts)
    await tx.plan("custom")
    rows = await tx.rows(f"select i.id from {source} where {where} order by i.id limit {limit}", *query.args)
    return [row["id"] for row in rows]


def marking(tenant_id: UUID, filters: Filters) -> tuple[str, list[object]]:
    """SQL of a full-text query that hits whatever the words of a list hit, in any text, and its parameters."""
    query = Query(tenant_id)
    parts = [tsquery(query, one, filters.language, ("words", "plain")) for one in filters.sought if one.wanted]
    return " || ".join(parts), query.args
