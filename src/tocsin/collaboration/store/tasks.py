"""SQL of `incident_tasks`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.base.manifest import INCLUDED as LIMIT
from tocsin.db.tx import Tx

ORDER_LIMIT = 1_000_000_000
_SELECT = (
    "select t.*, u.name as assigned_to_name, case when exists (select 1 from incident_task_dependencies d"
    "   where d.tenant_id = $1 and d.task_id = t.id) then (select jsonb_agg(jsonb_build_array(o.id, o.title, o.status)"
    "   order by o.sort_order, o.id) from incident_task_dependencies d join incident_tasks o on o.tenant_id = $1"
    "   and o.id = d.depends_on_id where d.tenant_id = $1 and d.task_id = t.id) end as waits from incident_tasks t"
    " left join users u on u.tenant_id = $1 and u.id = t.assigned_to_id"
)

INCLUDED = (
    f"(select jsonb_agg(to_jsonb(x) order by x.sort_order, x.id) from ({_SELECT} where t.tenant_id = $1"
    f" and t.incident_id = p.id order by t.sort_order, t.id limit {LIMIT + 1}) x)"
)

HAS = "(not {public} and exists (select 1 from incident_tasks k where k.tenant_id = $1 and k.incident_id = i.id))"
"""Whether an incident `i` has tasks; the reporter is not told of them."""


async def page(tx: Tx, incident_id: UUID, after: tuple[int, UUID] | None, limit: int) -> list[Any]:
    """A page of an incident's tasks in their order."""
    return await tx.rows(
        f"{_SELECT} where t.tenant_id = $1 and t.incident_id = $2"
        " and ($3::integer is null or (t.sort_order, t.id) > ($3::integer, $4::uuid))"
        " order by t.sort_order, t.id limit $5",
        *(tx.tenant_id, incident_id, *(after or (None, None)), limit),
    )


async def get(tx: Tx, incident_id: UUID, task_id: UUID) -> Any:
    """One task of an incident, or None."""
    return await tx.row(
        f"{_SELECT} where t.tenant_id = $1 and t.incident_id = $2 and t.id = $3", tx.tenant_id, incident_id, task_id
    )


_OWN = f"""
select x.*, coalesce(x.due_at, x.created_at) as place, i.reference_code, i.title as about
from ({_SELECT} where t.tenant_id = $1 and t.assigned_to_id = $2 and t.status in ('open', 'in_progress')) x
join incidents i on i.tenant_id = $1 and i.id = x.incident_id and i.deleted_at is null
where $3::boolean is null or (x.due_at is null, coalesce(x.due_at, x.created_at), x.id) > ($3, $4::timestamptz, $5::uuid)
order by x.due_at is null, coalesce(x.due_at, x.created_at), x.id limit $6
"""


async def own(tx: Tx, user_id: UUID, after: tuple[bool, datetime, UUID] | None, limit: int) -> list[Any]:
    """A page of somebody's unfinished tasks with their incidents: by due time, then those without by when they came."""
    return await tx.rows(_OWN, tx.tenant_id, user_id, *(after or (None, None, None)), limit)


async def ids(tx: Tx, incident_id: UUID) -> list[UUID]:
    """The tasks of an incident in their order."""
    rows = await tx.rows(
        "select id from incident_tasks where tenant_id = $1 and incident_id = $2 order by sort_order, id",
        tx.tenant_id,
        incident_id,
    )
    return [row["id"] for row in rows]


async def open_titles(tx: Tx, incident_id: UUID) -> list[str]:
    """The titles of an incident's tasks that are neither done nor cancelled, in their order."""
    rows = await tx.rows(
        "select title from incident_tasks where tenant_id = $1 and incident_id = $2"
        " and status in ('open', 'in_progress') order by sort_order, id",
        *(tx.tenant_id, incident_id),
    )
    return [row["title"] for row in rows]


async def last_order(tx: Tx, incident_id: UUID) -> int:
    """The highest sort order of an incident's tasks, 0 when it has none."""
    found = await tx.value(
        "select max(sort_order) from incident_tasks where tenant_id = $1 and incident_id = $2",
        tx.tenant_id,
        incident_id,
    )
    return int(found or 0)


async def insert(tx: Tx, values: dict[str, Any]) -> None:
    """Write a new task. Column names come from the code, never from a client."""
    names = ", ".join(values)
    marks = ", ".join(f"${n + 2}" for n in range(len(values)))
    await tx.run(
        f"insert into incident_tasks (tenant_id, {names}) values ($1, {marks})", tx.tenant_id, *values.values()
    )


async def update(tx: Tx, task_id: UUID, values: dict[str, Any]) -> None:
    """Set columns of a task."""
    sets = "".join(f", {name} = ${n + 4}" for n, name in enumerate(values))
    await tx.run(
        f"update incident_tasks set updated_at = $3{sets} where tenant_id = $1 and id = $2",
        *(tx.tenant_id, task_id, tx.now, *values.values()),
    )


async def reorder(tx: Tx, tasks: Sequence[UUID]) -> None:
    """Number tasks 1, 2, 3, … in the order given."""
    await tx.run(
        "update incident_tasks t set sort_order = o.place, updated_at = $3"
        " from unnest($2::uuid[]) with ordinality o (id, place)"
        " where t.tenant_id = $1 and t.id = o.id and t.sort_order <> o.place",
        *(tx.tenant_id, list(tasks), tx.now),
    )


async def waits(tx: Tx, incident_id: UUID) -> dict[UUID, list[UUID]]:
    """What each task of an incident waits for; those that wait for nothing are left out."""
    rows = await tx.rows(
        "select d.task_id, array_agg(d.depends_on_id) as ids from incident_task_dependencies d"
        " join incident_tasks t on t.tenant_id = $1 and t.id = d.task_id"
        " where d.tenant_id = $1 and t.incident_id = $2 group by d.task_id",
        *(tx.tenant_id, incident_id),
    )
    return {row["task_id"]: row["ids"] for row in rows}


async def set_waits(tx: Tx, task_id: UUID, depends_on: Sequence[UUID]) -> None:
    """What a task waits for, instead of what it did before."""
    await tx.run(
        "delete from incident_task_dependencies where tenant_id = $1 and task_id = $2", *(tx.tenant_id, task_id)
    )
    await tx.run_many(
        "insert into incident_task_dependencies (tenant_id, task_id, depends_on_id) values ($1, $2, $3)",
        [(tx.tenant_id, task_id, other) for other in depends_on],
    )


async def titles(tx: Tx, tasks: Sequence[UUID]) -> dict[UUID, str]:
    """What some tasks are called."""
    rows = await tx.rows(
        "select id, title from incident_tasks where tenant_id = $1 and id = any ($2)", tx.tenant_id, list(tasks)
    )
    return {row["id"]: row["title"] for row in rows}


async def delete(tx: Tx, task_id: UUID) -> None:
    """Take a task away."""
    await tx.run("delete from incident_tasks where tenant_id = $1 and id = $2", tx.tenant_id, task_id)


async def part(tx: Tx, tasks: list[UUID]) -> None:
    """Let no task of one incident wait for one of another: some have left."""
    await tx.run(
        "delete from incident_task_dependencies d using incident_tasks t, incident_tasks o where d.tenant_id = $1"
        " and t.tenant_id = $1 and t.id = d.task_id and o.tenant_id = $1 and o.id = d.depends_on_id"
        " and t.incident_id <> o.incident_id and (t.id = any ($2::uuid[]) or o.id = any ($2::uuid[]))",
        *(tx.tenant_id, tasks),
    )


async def move(tx: Tx, tasks: list[tuple[UUID, int]], source_id: UUID, target_id: UUID) -> None:
    """Give tasks of one incident to another, each with its sort order there."""
    await tx.run(
        "update incident_tasks t set incident_id = $3, sort_order = o.place"
        " from unnest($4::uuid[], $5::integer[]) o (id, place)"
        " where t.tenant_id = $1 and t.incident_id = $2 and t.id = o.id",
        *(tx.tenant_id, source_id, target_id, [task for task, _ in tasks], [place for _, place in tasks]),
    )


IMAGE = "(select jsonb_agg(t.id order by t.id) from incident_tasks t where t.tenant_id = $1 and t.incident_id = $2)"
"""Which tasks incident $2 has."""


async def drop_new(tx: Tx, incident_id: UUID, kept: list[UUID], since: datetime) -> None:
    """Take the tasks away that came at a moment, except some."""
    await tx.run(
        "delete from incident_tasks where tenant_id = $1 and incident_id = $2 and created_at = $3"
        " and not id = any ($4::uuid[])",
        *(tx.tenant_id, incident_id, since, kept),
    )
