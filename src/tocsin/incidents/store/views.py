"""SQL of `incident_views` and of `incident_view_pins`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tocsin.db.tx import Tx

MOST_SHOWN = 500

_VISIBLE = """
select v.*, o.name as owner_name, t.name as team_name, p.place
from incident_views v
join users o on o.tenant_id = $1 and o.id = v.owner_id
left join teams t on t.tenant_id = $1 and t.id = v.team_id
left join incident_view_pins p on p.tenant_id = $1 and p.view_id = v.id and p.user_id = $2
where v.tenant_id = $1 and (v.owner_id = $2 or v.scope = 'tenant' or (v.scope = 'team' and exists (
  select 1 from team_members m where m.tenant_id = $1 and m.team_id = v.team_id and m.user_id = $2)))
"""


async def visible(tx: Tx, user_id: UUID | None) -> list[Any]:
    """The views that a member may use, by name; those in their side bar with their place."""
    return await tx.rows(f"{_VISIBLE} order by v.name, v.id limit {MOST_SHOWN}", tx.tenant_id, user_id)


async def pinned(tx: Tx, user_id: UUID | None) -> list[Any]:
    """The views in a member's side bar, in their order."""
    return await tx.rows(f"{_VISIBLE} and p.place is not null order by p.place, v.name, v.id", tx.tenant_id, user_id)


async def get(tx: Tx, user_id: UUID | None, view_id: UUID, *, lock: bool = False) -> Any:
    """A view that a member may use, or None."""
    sql = f"{_VISIBLE} and v.id = $3{' for no key update of v' if lock else ''}"
    return await tx.row(sql, tx.tenant_id, user_id, view_id)


async def count_of(tx: Tx, owner_id: UUID) -> int:
    """How many views somebody has made."""
    sql = "select count(*) from incident_views where tenant_id = $1 and owner_id = $2"
    return int(await tx.value(sql, tx.tenant_id, owner_id))


async def insert(tx: Tx, view_id: UUID, values: dict[str, Any]) -> None:
    """Write a new view. Column names come from the code."""
    names = ", ".join(values)
    marks = ", ".join(f"${n + 4}" for n in range(len(values)))
    await tx.run(
        f"insert into incident_views (tenant_id, id, created_at, updated_at, {names}) values ($1, $2, $3, $3, {marks})",
        *(tx.tenant_id, view_id, tx.now, *values.values()),
    )


async def update(tx: Tx, view_id: UUID, values: dict[str, Any]) -> None:
    """Set columns of a view."""
    sets = "".join(f", {name} = ${n + 4}" for n, name in enumerate(values))
    await tx.run(
        f"update incident_views set updated_at = $3{sets} where tenant_id = $1 and id = $2",
        *(tx.tenant_id, view_id, tx.now, *values.values()),
    )


async def delete(tx: Tx, view_id: UUID) -> None:
    """Remove a view; it leaves every side bar."""
    await tx.run("delete from incident_views where tenant_id = $1 and id = $2", tx.tenant_id, view_id)


async def pin(tx: Tx, user_id: UUID, view_id: UUID) -> None:
    """Put a view last into somebody's side bar; one that stands there keeps its place."""
    await tx.run(
        "insert into incident_view_pins (tenant_id, user_id, view_id, place) values ($1, $2, $3,"
        " coalesce((select max(p.place) from incident_view_pins p where p.tenant_id = $1 and p.user_id = $2), 0) + 1)"
        " on conflict do nothing",
        *(tx.tenant_id, user_id, view_id),
    )


async def unpin(tx: Tx, user_id: UUID, view_id: UUID) -> None:
    """Take a view out of somebody's side bar."""
    await tx.run(
        "delete from incident_view_pins where tenant_id = $1 and user_id = $2 and view_id = $3",
        *(tx.tenant_id, user_id, view_id),
    )
