"""Putting a row back to how an earlier image of it (`to_jsonb(row)`) says it was."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tocsin.db.tx import Tx

_COLUMNS: dict[str, tuple[str, ...]] = {}
"""The columns of tables that can be written, by table: the same for all tenants as long as the process lives."""
_NEVER = frozenset(("tenant_id", "id"))


async def put_row_back(
    tx: Tx, table: str, row_id: UUID, image: dict[str, Any], besides: frozenset[str] = frozenset()
) -> None:
    """Set every column that the image holds, except those named. `table` comes from the code, never from a client.

    Columns that came with a later version of the schema stay as they are; generated ones follow by themselves.
    """
    names = [name for name in await _columns(tx, table) if name in image and name not in _NEVER | besides]
    columns = ", ".join(names)
    await tx.run(
        f"update {table} t set ({columns}) = (select {columns} from jsonb_populate_record(null::{table}, $3))"
        " where t.tenant_id = $1 and t.id = $2",
        *(tx.tenant_id, row_id, image),
    )


async def _columns(tx: Tx, table: str) -> tuple[str, ...]:
    known = _COLUMNS.get(table)
    if known is None:
        rows = await tx.rows(
            "select attname from pg_attribute where attrelid = $1::text::regclass and attnum > 0 and not attisdropped"
            " and attgenerated = '' order by attnum",
            table,
        )
        known = _COLUMNS[table] = tuple(row["attname"] for row in rows)
    return known
