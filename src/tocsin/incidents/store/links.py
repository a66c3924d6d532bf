"""SQL of `incident_links`: a link is one row, read from either end."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.base.ids import new_id
from tocsin.db.tx import Tx

_SHOWN = """
select l.id, l.type, l.from_id = $2 as is_outgoing, l.created_at, l.created_by_id, u.name as created_by_name,
  o.id as other_id, o.reference_code, o.title, o.status_id, o.priority_id, o.is_open, o.assigned_to_id, a.name as owner_name
from incident_links l
join incidents o on o.tenant_id = $1 and o.id = case when l.from_id = $2 then l.to_id else l.from_id end and o.deleted_at is null
left join users u on u.tenant_id = $1 and u.id = l.created_by_id
left join users a on a.tenant_id = $1 and a.id = o.assigned_to_id
"""


async def lock_structure(tx: Tx) -> None:
    """Let one change of the tenant's links at a time pass: two of them could close a circle that neither sees."""
    await tx.rows("select pg_advisory_xact_lock(hashtextextended('links ' || $1::text, 0))", str(tx.tenant_id))


async def page(tx: Tx, incident_id: UUID, after: tuple[datetime, UUID] | None, limit: int) -> list[Any]:
    """A page of an incident's links of both directions, the first made first."""
    at, last = after or (None, None)
    return await tx.rows(
        f"{_SHOWN} where l.tenant_id = $1 and l.id in (select id from incident_links where tenant_id = $1 and from_id = $2"
        " union all select id from incident_links where tenant_id = $1 and to_id = $2)"
        " and ($3::timestamptz is null or (l.created_at, l.id) > ($3, $4::uuid)) order by l.created_at, l.id limit $5",
        *(tx.tenant_id, incident_id, at, last, limit),
    )


async def get(tx: Tx, incident_id: UUID, link_id: UUID) -> Any:
    """One link of an incident, from either end; None for none."""
    return await tx.row(
        f"{_SHOWN} where l.tenant_id = $1 and l.id = $3 and (l.from_id = $2 or l.to_id = $2)",
        *(tx.tenant_id, incident_id, link_id),
    )


async def exists(tx: Tx, from_id: UUID, to_id: UUID, kind: str, *, either_way: bool) -> bool:
    """Whether two incidents are linked so already."""
    return bool(
        await tx.value(
            "select exists (select 1 from incident_links where tenant_id = $1 and type = $4"
            " and ((from_id = $2 and to_id = $3) or ($5::boolean and from_id = $3 and to_id = $2)))",
            *(tx.tenant_id, from_id, to_id, kind, either_way),
        )
    )


async def parent_of(tx: Tx, incident_id: UUID) -> UUID | None:
    """What an incident is part of, or None."""
    found: UUID | None = await tx.value(
        "select to_id from incident_links where tenant_id = $1 and from_id = $2 and type = 'child_of'",
        *(tx.tenant_id, incident_id),
    )
    return found


async def leads_to(tx: Tx, start: UUID, goal: UUID, kind: str) -> bool:
    """Whether links of a kind lead from one incident to another, over whichever others."""
    return bool(
        await tx.value(
            "with recursive w as (select $2::uuid as id union select l.to_id from w join incident_links l"
            " on l.tenant_id = $1 and l.from_id = w.id and l.type = $4) select exists (select 1 from w where id = $3)",
            *(tx.tenant_id, start, goal, kind),
        )
    )


async def insert(tx: Tx, from_id: UUID, to_id: UUID, kind: str, by: UUID | None) -> UUID:
    """Link two incidents."""
    link_id = new_id()
    await tx.run(
        "insert into incident_links (tenant_id, id, from_id, to_id, type, created_by_id, created_at)"
        " values ($1, $2, $3, $4, $5, $6, $7)",
        *(tx.tenant_id, link_id, from_id, to_id, kind, by, tx.now),
    )
    return link_id


async def delete(tx: Tx, link_id: UUID) -> None:
    """Take a link away."""
    await tx.run("delete from incident_links where tenant_id = $1 and id = $2", tx.tenant_id, link_id)


async def lock_open_family(tx: Tx, incident_id: UUID) -> list[UUID]:
    """The open incidents below one (children, theirs, and so on), which are locked with it in the order of their ids."""
    rows = await tx.rows(
        "with recursive w as (select $2::uuid as id union select l.from_id from w join incident_links l"
        " on l.tenant_id = $1 and l.to_id = w.id and l.type = 'child_of') select id from w",
        *(tx.tenant_id, incident_id),
    )
    found = await tx.rows(
        "select id, is_open from incidents where tenant_id = $1 and id = any ($2) and deleted_at is null order by id for update",
        *(tx.tenant_id, [row["id"] for row in rows]),
    )
    return [row["id"] for row in found if row["is_open"] and row["id"] != incident_id]


async def count_open_below(tx: Tx, incident_id: UUID) -> int:
    """How many open incidents there are below one."""
    found = await tx.value(
        "with recursive w as (select $2::uuid as id union select l.from_id from w join incident_links l"
        " on l.tenant_id = $1 and l.to_id = w.id and l.type = 'child_of')"
        " select count(*) from w join incidents i on i.tenant_id = $1 and i.id = w.id"
        " where w.id <> $2 and i.is_open and i.deleted_at is null",
        *(tx.tenant_id, incident_id),
    )
    return int(found)
