"""SQL of `roles`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tocsin.db.tx import Tx

_COLUMNS = "id, slug, name, permissions, is_seeded, created_at"


async def page(tx: Tx, *, after: tuple[str, UUID] | None, limit: int) -> list[Any]:
    """A page of roles by name."""
    name, last = after or (None, None)
    return await tx.rows(
        f"select {_COLUMNS} from roles where tenant_id = $1 and ($2::text is null or (name, id) > ($2, $3::uuid))"
        " order by name, id limit $4",
        tx.tenant_id,
        name,
        last,
        limit,
    )


async def find(tx: Tx, *, role_id: UUID | None = None, slug: str | None = None) -> Any:
    """A role by id or by slug, or None."""
    return await tx.row(
        f"select {_COLUMNS} from roles where tenant_id = $1 and ($2::uuid is null or id = $2) and ($3::text is null or slug = $3)",
        tx.tenant_id,
        role_id,
        slug,
    )


async def names(tx: Tx, ids: list[UUID]) -> dict[UUID, str]:
    """The names of roles by id."""
    rows = await tx.rows("select id, name from roles where tenant_id = $1 and id = any ($2)", tx.tenant_id, ids)
    return {row["id"]: row["name"] for row in rows}


async def permissions_of(tx: Tx, slug: str) -> list[str] | None:
    """The permissions of a role by slug, or None."""
    sql = "select permissions from roles where tenant_id = $1 and slug = $2"
    found: list[str] | None = await tx.value(sql, tx.tenant_id, slug)
    return found


async def lock_all(tx: Tx) -> None:
    """Let one change of rights at a time pass in this tenant: two administrators can't take each other's away at once."""
    await tx.rows("select id from roles where tenant_id = $1 order by id for no key update", tx.tenant_id)


async def insert(
    tx: Tx, role_id: UUID, slug: str, name: str, permissions: list[str], *, is_seeded: bool = False
) -> bool:
    """Add a role; False when its slug is taken."""
    sql = (
        "insert into roles (tenant_id, id, slug, name, permissions, is_seeded, created_at, updated_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $7) on conflict (tenant_id, slug) do nothing"
    )
    return await tx.run(sql, tx.tenant_id, role_id, slug, name, permissions, is_seeded, tx.now) == 1


async def update(tx: Tx, role_id: UUID, name: str, permissions: list[str]) -> None:
    """Set a role's name and permissions."""
    sql = "update roles set name = $3, permissions = $4, updated_at = $5 where tenant_id = $1 and id = $2"
    await tx.run(sql, tx.tenant_id, role_id, name, permissions, tx.now)


async def in_use(tx: Tx, role_id: UUID) -> bool:
    """Whether a member or a token that works has the role."""
    sql = (
        "select exists (select 1 from user_roles where tenant_id = $1 and role_id = $2)"
        " or exists (select 1 from api_tokens where tenant_id = $1 and role_id = $2 and revoked_at is null)"
    )
    return bool(await tx.value(sql, tx.tenant_id, role_id))


async def delete(tx: Tx, role_id: UUID) -> None:
    """Delete a role; tokens that were revoked forget it, the foreign keys refuse one in use."""
    sql = "update api_tokens set role_id = null where tenant_id = $1 and role_id = $2 and revoked_at is not null"
    await tx.run(sql, tx.tenant_id, role_id)
    await tx.run("delete from roles where tenant_id = $1 and id = $2", tx.tenant_id, role_id)
