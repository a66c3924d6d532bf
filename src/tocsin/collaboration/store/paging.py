"""A page of an incident's children by creation time, oldest or newest first."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.db.tx import Tx

After = tuple[datetime, UUID] | None


async def page(
    tx: Tx, select: str, incident_id: UUID, *, public_only: bool, descending: bool, after: After, limit: int
) -> list[Any]:
    """Rows of `select` (a constant that names the table `x` and $1 as its tenant) after a key."""
    way, sign = ("desc", "<") if descending else ("asc", ">")
    return await tx.rows(
        f"{select} where x.tenant_id = $1 and x.incident_id = $2 and (not $3::boolean or not x.is_internal)"
        f" and ($4::timestamptz is null or (x.created_at, x.id) {sign} ($4::timestamptz, $5::uuid))"
        f" order by x.created_at {way}, x.id {way} limit $6",
        *(tx.tenant_id, incident_id, public_only, *(after or (None, None)), limit),
    )
