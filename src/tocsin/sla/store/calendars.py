"""SQL of `sla_calendars` and their versions. A version is added with every change and never changed itself."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tocsin.db.tx import Tx

_MADE_OF = ("time_zone", "hours", "holidays")


async def insert(tx: Tx, calendar_id: UUID, version_id: UUID, values: dict[str, Any]) -> bool:
    """Add a calendar with its first version; False when its slug is taken."""
    columns = {**values, "version_id": version_id, "created_at": tx.now, "updated_at": tx.now}
    marks = ", ".join(f"${n + 3}" for n in range(len(columns)))
    sql = (
        f"insert into sla_calendars (tenant_id, id, {', '.join(columns)}) values ($1, $2, {marks})"
        " on conflict (tenant_id, slug) do nothing"
    )
    if await tx.run(sql, tx.tenant_id, calendar_id, *columns.values()) != 1:
        return False
    await _add_version(tx, calendar_id, version_id, 1, values)
    return True


async def update(
    tx: Tx, calendar_id: UUID, values: dict[str, Any], *, version: tuple[UUID, int, dict[str, Any]] | None
) -> None:
    """Set columns of a calendar; with a `version` (id, number, what it is made of) that one is in force from now on."""
    columns = {**values, "updated_at": tx.now}
    if version is not None:
        await _add_version(tx, calendar_id, *version)
        columns |= {"version_id": version[0], "version": version[1]}
    sets = ", ".join(f"{name} = ${n + 3}" for n, name in enumerate(columns))
    await tx.run(
        f"update sla_calendars set {sets} where tenant_id = $1 and id = $2",
        tx.tenant_id,
        calendar_id,
        *columns.values(),
    )


async def _add_version(tx: Tx, calendar_id: UUID, version_id: UUID, version: int, values: dict[str, Any]) -> None:
    await tx.run(
        "insert into sla_calendar_versions (tenant_id, id, calendar_id, version, name, time_zone, hours, holidays, created_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        *(tx.tenant_id, version_id, calendar_id, version, values["name"]),
        *(values[name] for name in _MADE_OF),
        tx.now,
    )


async def lock(tx: Tx) -> None:
    """Let one change of calendars at a time pass in this tenant."""
    await tx.rows("select id from sla_calendars where tenant_id = $1 order by id for update", tx.tenant_id)


async def clear_default(tx: Tx) -> None:
    """Take the mark from whichever calendar has it."""
    await tx.run("update sla_calendars set is_default = false where tenant_id = $1 and is_default", tx.tenant_id)


async def get(tx: Tx, calendar_id: UUID) -> Any:
    """A calendar by its id, or None."""
    return await tx.row("select * from sla_calendars where tenant_id = $1 and id = $2", tx.tenant_id, calendar_id)


async def by_slug(tx: Tx, slug: str) -> Any:
    """A calendar by its slug, or None."""
    return await tx.row("select * from sla_calendars where tenant_id = $1 and slug = $2", tx.tenant_id, slug)


async def page(tx: Tx, *, is_active: bool | None, after: tuple[str, UUID] | None, limit: int) -> list[Any]:
    """A page of calendars, by name."""
    where, args = ["tenant_id = $1"], [tx.tenant_id, limit]
    if is_active is not None:
        args.append(is_active)
        where.append(f"is_active = ${len(args)}")
    if after is not None:
        args += after
        where.append(f"(name, id) > (${len(args) - 1}, ${len(args)})")
    return await tx.rows(f"select * from sla_calendars where {' and '.join(where)} order by name, id limit $2", *args)


async def delete(tx: Tx, calendar_id: UUID) -> None:
    """Delete a calendar and its versions; foreign keys refuse one in use."""
    await tx.run(
        "delete from sla_calendar_versions where tenant_id = $1 and calendar_id = $2", tx.tenant_id, calendar_id
    )
    await tx.run("delete from sla_calendars where tenant_id = $1 and id = $2", tx.tenant_id, calendar_id)


async def version(tx: Tx, version_id: UUID) -> Any:
    """A version of a calendar, or None."""
    return await tx.row(
        "select * from sla_calendar_versions where tenant_id = $1 and id = $2", tx.tenant_id, version_id
    )


async def present(tx: Tx) -> list[Any]:
    """The version in force of every calendar, the default one marked."""
    return await tx.rows(
        "select id, version_id, is_default, time_zone, hours, holidays from sla_calendars where tenant_id = $1",
        tx.tenant_id,
    )
