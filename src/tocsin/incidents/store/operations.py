"""SQL of `incident_operations` and `incident_operation_items`: what one request did, to which incidents, and how these were."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.db.tx import Tx

DUE = """
select o.tenant_id, o.id, o.next_run_at as due_at from incident_operations o join tenants t on t.id = o.tenant_id
where o.next_run_at <= $1 and t.state = 'active' and t.kind = 'live' and not 'incidents' = any (t.disabled_modules)
order by o.next_run_at, o.tenant_id, o.id limit $2
"""
NEXT_DUE = "select id, next_run_at as due_at from incident_operations where tenant_id = $1 and false"
"""A sandbox's clock moves no job: there the caller waits for all of it."""

_COLUMNS = (
    *("tenant_id", "id", "kind", "verb", "given", "may", "held", "actor_id", "source", "state", "total", "created_at"),
    *("recorded_at", "finished_at", "undo_until", "next_run_at"),
)
_ITEM = ("tenant_id", "operation_id", "place", "ref", "incident_id", "status", "problem", "version", "image", "moved")
_INSERT = (
    f"insert into incident_operations ({', '.join(_COLUMNS)})"
    f" values ({', '.join(f'${n + 1}' for n in range(len(_COLUMNS)))})"
)
_INSERT_ITEM = f"insert into incident_operation_items ({', '.join(_ITEM)}) values ({', '.join(f'${n + 1}' for n in range(len(_ITEM)))})"
_FIRST = len(_COLUMNS)
_BOTH = (
    f"with o as ({_INSERT}) insert into incident_operation_items ({', '.join(_ITEM)})"
    f" values ($1, $2, {', '.join(f'${_FIRST + n + 1}' for n in range(len(_ITEM) - 2))})"
)


async def insert(tx: Tx, values: dict[str, Any], items: Sequence[dict[str, Any]]) -> None:
    """Write an operation with its incidents; one of one incident, which most are, in one statement."""
    row = [tx.tenant_id, *(values.get(name) for name in _COLUMNS[1:])]
    if len(items) == 1:
        await tx.run(_BOTH, *row, *(items[0].get(name) for name in _ITEM[2:]))
        return
    await tx.run(_INSERT, *row)
    if items:
        await tx.run_many(
            _INSERT_ITEM, [(tx.tenant_id, values["id"], *(item.get(name) for name in _ITEM[2:])) for item in items]
        )


async def get(tx: Tx, operation_id: UUID, *, lock: bool = False) -> Any:
    """An operation with its progress, or None; locked until the commit when asked."""
    tail = " for update of o" if lock else ""
    return await tx.row(
        "select o.*, u.name as actor_name, b.name as undone_by_name from incident_operations o"
        " left join users u on u.tenant_id = $1 and u.id = o.actor_id"
        " left join users b on b.tenant_id = $1 and b.id = o.undone_by_id"
        f" where o.tenant_id = $1 and o.id = $2{tail}",
        *(tx.tenant_id, operation_id),
    )


async def progress(tx: Tx, operation_id: UUID) -> Any:
    """How many of its incidents are through, how many were done, and the same of undoing it."""
    return await tx.row(
        "select count(*) filter (where status is not null"
        " and problem->>'type' is distinct from 'urn:tocsin:problem:cancelled') as done, count(*) filter (where status < 300) as succeeded,"
        " count(*) filter (where status < 300 and image is not null) as undoable,"
        " count(*) filter (where undo_status is not null) as undo_done,"
        " count(*) filter (where undo_status < 300) as undone"
        " from incident_operation_items where tenant_id = $1 and operation_id = $2",
        *(tx.tenant_id, operation_id),
    )


async def items(tx: Tx, operation_id: UUID, after: int, limit: int) -> list[Any]:
    """A page of the incidents of an operation, in the order in which they were given."""
    return await tx.rows(
        "select place, ref, incident_id, status, problem, undo_status, undo_problem from incident_operation_items"
        " where tenant_id = $1 and operation_id = $2 and place > $3 order by place limit $4",
        *(tx.tenant_id, operation_id, after, limit),
    )


async def undoable(tx: Tx, operation_id: UUID) -> list[int]:
    """The places of the incidents that can be put back and haven't been, the last first."""
    rows = await tx.rows(
        "select place from incident_operation_items where tenant_id = $1 and operation_id = $2 and status < 300"
        " and undo_status is null and image is not null order by place desc",
        *(tx.tenant_id, operation_id),
    )
    return [row["place"] for row in rows]


async def item(tx: Tx, operation_id: UUID, place: int) -> Any:
    """One incident of an operation, locked until the commit."""
    return await tx.row(
        "select * from incident_operation_items where tenant_id = $1 and operation_id = $2 and place = $3 for update",
        *(tx.tenant_id, operation_id, place),
    )


async def next_item(tx: Tx, operation_id: UUID) -> Any:
    """The next incident of a job that nobody works at, locked until the commit; None when there is none."""
    return await tx.row(
        "select * from incident_operation_items where tenant_id = $1 and operation_id = $2 and status is null"
        " order by place limit 1 for update skip locked",
        *(tx.tenant_id, operation_id),
    )


async def set_item(tx: Tx, operation_id: UUID, place: int, values: dict[str, Any]) -> None:
    """Set columns of one incident of an operation. Column names come from the code, never from a client."""
    sets = ", ".join(f"{name} = ${n + 4}" for n, name in enumerate(values))
    await tx.run(
        f"update incident_operation_items set {sets} where tenant_id = $1 and operation_id = $2 and place = $3",
        *(tx.tenant_id, operation_id, place, *values.values()),
    )


async def follow(tx: Tx, incident_id: UUID, before: int, now: int) -> None:
    """What brought a locked incident to a version has brought it to where it is now: what came after is undone.

    One that somebody is just about to undo is left to them: they hold it, and wait for the incident.
    """
    await tx.run(
        "update incident_operation_items o set version = $4 from (select operation_id, place from incident_operation_items"
        " where tenant_id = $1 and incident_id = $2 and version = $3 and undo_status is null for update skip locked) n"
        " where o.tenant_id = $1 and o.operation_id = n.operation_id and o.place = n.place",
        *(tx.tenant_id, incident_id, before, now),
    )


async def refuse_item(tx: Tx, operation_id: UUID, place: int, values: dict[str, Any]) -> None:
    """Note why an incident was refused, unless somebody has done it since."""
    sets = ", ".join(f"{name} = ${n + 4}" for n, name in enumerate(values))
    await tx.run(
        f"update incident_operation_items set {sets}"
        " where tenant_id = $1 and operation_id = $2 and place = $3 and status is null",
        *(tx.tenant_id, operation_id, place, *values.values()),
    )


async def release(tx: Tx, operation_id: UUID, now: datetime) -> None:
    """Let anybody go on with an operation that is not over."""
    await tx.run(
        "update incident_operations set next_run_at = $3 where tenant_id = $1 and id = $2 and next_run_at is not null",
        *(tx.tenant_id, operation_id, now),
    )


async def skip_rest(tx: Tx, operation_id: UUID, problem: dict[str, Any], status: int) -> None:
    """What a cancelled job has not come to."""
    await tx.run(
        "update incident_operation_items set status = $3, problem = $4"
        " where tenant_id = $1 and operation_id = $2 and status is null",
        *(tx.tenant_id, operation_id, status, problem),
    )


async def update(tx: Tx, operation_id: UUID, values: dict[str, Any]) -> None:
    """Set columns of an operation. Column names come from the code, never from a client."""
    sets = ", ".join(f"{name} = ${n + 3}" for n, name in enumerate(values))
    await tx.run(
        f"update incident_operations set {sets} where tenant_id = $1 and id = $2",
        *(tx.tenant_id, operation_id, *values.values()),
    )


async def add_rights(tx: Tx, operation_id: UUID, may: list[str]) -> None:
    """Let undoing take further permissions."""
    await tx.run(
        "update incident_operations set may = array(select distinct unnest(may || $3::text[]) order by 1)"
        " where tenant_id = $1 and id = $2",
        *(tx.tenant_id, operation_id, may),
    )


async def forget(tx: Tx, images_before: datetime, before: datetime) -> None:
    """Drop the images of operations that can't be undone any more, and operations of long ago."""
    await tx.run(
        "update incident_operation_items i set image = null, moved = null from incident_operations o"
        " where i.tenant_id = $1 and o.tenant_id = $1 and o.id = i.operation_id and o.recorded_at < $2 and i.image is not null",
        *(tx.tenant_id, images_before),
    )
    await tx.run(
        "delete from incident_operations where tenant_id = $1 and recorded_at < $2 and next_run_at is null",
        *(tx.tenant_id, before),
    )


async def forget_undo(tx: Tx, operation_id: UUID) -> None:
    """Nothing of an operation could be undone: it may be tried again."""
    await tx.run(
        "update incident_operation_items set undo_status = null, undo_problem = null"
        " where tenant_id = $1 and operation_id = $2",
        *(tx.tenant_id, operation_id),
    )


async def merge_of(tx: Tx, incident_id: UUID) -> UUID | None:
    """The last operation that merged an incident and can be undone now, or None."""
    found: UUID | None = await tx.value(
        "select i.operation_id from incident_operation_items i"
        " join incident_operations o on o.tenant_id = $1 and o.id = i.operation_id"
        " where i.tenant_id = $1 and i.incident_id = $2 and i.moved is not null and i.undo_status is null"
        " and o.undone_at is null and o.undo_until >= $3 order by i.operation_id desc limit 1",
        *(tx.tenant_id, incident_id, tx.now),
    )
    return found
