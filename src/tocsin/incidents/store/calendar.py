"""SQL of the calendar: what is due on each day, the first few and the number of all, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.db.tx import Tx
from tocsin.incidents.model import Filters
from tocsin.incidents.store.page import Query, narrowed


async def due(tx: Tx, filters: Filters, starts: Sequence[datetime], most: int) -> list[Any]:
    """The first `most` incidents due on each day, by their time; `day` counts from 0, `total` is all of that day.

    `starts` are the moments at which the days begin, and the end of the last.
    """
    sql, args = due_sql(tx.tenant_id, filters, starts, most, tx.now)
    await tx.plan("custom")
    return await tx.rows(sql, *args)


def due_sql(
    tenant_id: UUID, filters: Filters, starts: Sequence[datetime], most: int, now: datetime
) -> tuple[str, list[Any]]:
    """The statement and its parameters. Days are given by their moments, so that none of them depends on the server's zones."""
    query = Query(tenant_id)
    source = narrowed(query, filters, now)
    query.where("i.due_at >= {}", starts[0], "timestamptz")
    query.where("i.due_at < {}", starts[-1], "timestamptz")
    days = query.arg(list(starts[:-1]), "timestamptz[]")
    where = " and ".join(query.parts)
    sql = f"""
with placed as (select i.id, i.due_at, width_bucket(i.due_at, {days}) - 1 as day from {source} where {where}),
ranked as (select id, day, row_number() over (partition by day order by due_at, id) as n,
    count(*) over (partition by day) as total from placed)
select r.day, r.total, i.id, i.reference_code, i.title, i.status_id, i.priority_id, i.assigned_to_id, u.name as owner, i.due_at
from ranked r join incidents i on i.tenant_id = $1 and i.id = r.id
left join users u on u.tenant_id = $1 and u.id = i.assigned_to_id
where r.n <= {most} order by r.day, r.n"""
    return sql, query.args
