"""SQL of the changes feed: events in the order of their places, with the codes of their incidents."""

from __future__ import annotations

from typing import Any

from tocsin.db.tx import Tx


async def page(tx: Tx, after: int, limit: int) -> list[Any]:
    """What has a place after `after`, in order; of deleted incidents too."""
    return await tx.rows(
        "select e.pos, e.type, e.at, e.incident_id, i.reference_code from events e"
        " left join incidents i on i.tenant_id = $1 and i.id = e.incident_id"
        " where e.tenant_id = $1 and e.pos > $2 and e.incident_id is not null order by e.pos limit $3",
        tx.tenant_id,
        after,
        limit,
    )
