"""How an incident stands, as one image: its row, who works on it, who watches it, its clocks, and what other features keep.

It is kept as long as an act can be undone, and holds no more than such acts change.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.db.images import put_row_back
from tocsin.db.tx import Tx

_LEFT_OUT = ("import_key", "tracking_hash")
_OF_THE_ROW = frozenset(
    ("reference_no", "reference_code", "version", "updated_at", "created_at", "next_due_at", "is_breached")
)
"""What the row keeps whatever is undone: its names, and what is mirrored from the clocks."""
_ASSIGNMENTS = (
    "(select jsonb_agg(to_jsonb(a) order by a.id) from incident_assignments a"
    " where a.tenant_id = $1 and a.incident_id = $2 and a.is_active)"
)
_WATCHERS = "(select jsonb_agg(to_jsonb(w) order by w.id) from incident_watchers w where w.tenant_id = $1 and w.incident_id = $2)"
_OWN = (("assignments", _ASSIGNMENTS), ("watchers", _WATCHERS))


def image_sql(parts: Iterable[tuple[str, str]]) -> str:
    """The statement that answers the image of incident $2; `parts` are names and SQL of what else is kept."""
    every = ", ".join(f"'{name}', {sql}" for name, sql in (*_OWN, *parts))
    left_out = ", ".join(f"'{name}'" for name in _LEFT_OUT)
    return (
        f"select jsonb_build_object('incident', to_jsonb(i) - array[{left_out}], {every})"
        " from incidents i where i.tenant_id = $1 and i.id = $2"
    )


async def read(tx: Tx, sql: str, incident_id: UUID) -> dict[str, Any]:
    """The image of a locked incident."""
    found: dict[str, Any] = await tx.value(sql, tx.tenant_id, incident_id)
    return found


async def put_incident_back(tx: Tx, incident_id: UUID, image: dict[str, Any]) -> None:
    """Set the row of a locked incident to an image; its version goes on by `store.record.update`."""
    await put_row_back(tx, "incidents", incident_id, image, _OF_THE_ROW)


async def drop_watchers(tx: Tx, incident_id: UUID, since: datetime, kept: list[UUID]) -> None:
    """Take those off who came to watch at a moment, except some."""
    await tx.run(
        "delete from incident_watchers where tenant_id = $1 and incident_id = $2 and created_at = $3"
        " and not id = any ($4::uuid[])",
        *(tx.tenant_id, incident_id, since, kept),
    )
