"""SQL that imports need beside the ordinary statements: what is there already, numbers and reporters by the dozen."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from tocsin.base.ids import new_id
from tocsin.db.tx import Database, Tx


async def lock(tx: Tx) -> None:
    """Let one import at a time write into the tenant, until the commit."""
    await tx.rows(
        "select pg_advisory_xact_lock(hashtextextended('incidents.import:' || $1::text, 0))", str(tx.tenant_id)
    )


async def known_keys(tx: Tx, keys: Sequence[str]) -> set[str]:
    """Those of the import keys that incidents of the tenant carry."""
    rows = await tx.rows(
        "select import_key from incidents where tenant_id = $1 and import_key = any ($2)", tx.tenant_id, list(keys)
    )
    return {row["import_key"] for row in rows}


async def next_numbers(database: Database, tenant_id: UUID, count: int) -> range:
    """The next `count` reference numbers, taken at once in a transaction of their own (as `record.next_number` does)."""
    async with database.aside(tenant_id) as tx:
        last = await tx.value(
            "insert into incident_counters as c (tenant_id, last_no) values ($1, $2)"
            " on conflict (tenant_id) do update set last_no = c.last_no + $2 returning last_no",
            *(tenant_id, count),
        )
    return range(int(last) - count + 1, int(last) + 1)


async def reporters(tx: Tx, names: Sequence[str]) -> dict[str, UUID]:
    """The reporters of these names that have no e-mail address; of several by one name the first recorded."""
    rows = await tx.rows(
        "select name, id from incident_reporters where tenant_id = $1 and email is null and name = any ($2)"
        " order by id desc",
        *(tx.tenant_id, list(names)),
    )
    return {row["name"]: row["id"] for row in rows}


async def add_reporters(tx: Tx, names: Sequence[str]) -> dict[str, UUID]:
    """Record people outside of whom only the name is known."""
    made = {name: new_id() for name in names}
    await tx.run_many(
        "insert into incident_reporters (tenant_id, id, name, created_at, updated_at) values ($1, $2, $3, $4, $4)",
        [(tx.tenant_id, reporter_id, name, tx.now) for name, reporter_id in made.items()],
    )
    return made
