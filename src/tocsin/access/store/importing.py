"""SQL of members and teams that come with an import: found by their names, added by the dozen."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from tocsin.db.tx import Tx


async def lock(tx: Tx) -> None:
    """Let one import at a time add members and teams to the tenant, until the commit."""
    await tx.rows("select pg_advisory_xact_lock(hashtextextended('access.import:' || $1::text, 0))", str(tx.tenant_id))


async def people(tx: Tx, names: Sequence[str]) -> dict[str, UUID]:
    """Persons of these names without a login or an e-mail address; of several by one name the first added."""
    rows = await tx.rows(
        "select name, id from users where tenant_id = $1 and kind = 'person' and email is null and account_id is null"
        " and name = any ($2) order by id desc",
        *(tx.tenant_id, list(names)),
    )
    return {row["name"]: row["id"] for row in rows}


async def add_people(tx: Tx, made: dict[str, UUID]) -> None:
    """Add inactive persons of whom only the name is known."""
    await tx.run_many(
        "insert into users (tenant_id, id, name, kind, is_active, created_at, updated_at)"
        " values ($1, $2, $3, 'person', false, $4, $4)",
        [(tx.tenant_id, user_id, name, tx.now) for name, user_id in made.items()],
    )


async def teams(tx: Tx, names: Sequence[str]) -> dict[str, UUID]:
    """Teams of these names, active or not; of several by one name the first added."""
    rows = await tx.rows(
        "select name, id from teams where tenant_id = $1 and name = any ($2) order by id desc",
        *(tx.tenant_id, list(names)),
    )
    return {row["name"]: row["id"] for row in rows}


async def team_slugs(tx: Tx) -> set[str]:
    """The slugs that teams of the tenant have."""
    return {row["slug"] for row in await tx.rows("select slug from teams where tenant_id = $1", tx.tenant_id)}


async def add_teams(tx: Tx, made: Sequence[tuple[UUID, str, str]]) -> None:
    """Add teams without members: id, slug, name."""
    await tx.run_many(
        "insert into teams (tenant_id, id, slug, name, created_at, updated_at) values ($1, $2, $3, $4, $5, $5)",
        [(tx.tenant_id, *team, tx.now) for team in made],
    )
