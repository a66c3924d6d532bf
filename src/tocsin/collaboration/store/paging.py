"""A page of an incident's children by creation time, oldest or newest first."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.base.manifest import INCLUDED
from tocsin.db.tx import Tx


def included(select: str, *, descending: bool = False) -> str:
    """The first rows of `select` for the incident `p`, as a jsonb list (`base.manifest.Include`)."""
    way = "desc" if descending else "asc"
    return f"(select jsonb_agg(to_jsonb(y) order by y.created_at {way}, y.id {way}) from ({first(select, way)}) y)"


def first(select: str, way: str = "asc") -> str:
    """The first rows of `select` for the incident `p`; $3 hides internal ones."""
    return (
        f"{select} where x.tenant_id = $1 and x.incident_id = p.id and (not $3::boolean or not x.is_internal)"
        f" order by x.created_at {way}, x.id {way} limit {INCLUDED + 1}"
    )


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
