"""SQL of the palette: incidents by their number and by beginnings of words, shown, in one statement."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tocsin.db.tx import Tx
from tocsin.incidents.store.record import JOINS, SHOWN

_AMONG = 40
"""The newest that match; of these the open ones come first."""


async def find(tx: Tx, number: int | None, words: str | None, reporter: UUID | None, limit: int) -> list[Any]:
    """The incident of a number, then those that hold all words (a tsquery). `reporter`: only theirs, and public words."""
    doc, own = ("coalesce(f.doc_public, f.doc)", "i.reported_by_id = $5") if reporter is not None else ("f.doc", "true")
    sql = (
        "with found as (select id, min(place) as place, bool_or(is_open) as is_open, max(created_at) as created_at from ("
        "  (select i.id, 0 as place, i.is_open, i.created_at from incidents i"
        f"   where i.tenant_id = $1 and i.deleted_at is null and i.reference_no = $2::bigint and {own})"
        "  union all"
        "  (select i.id, 1, i.is_open, i.created_at from incident_search f"
        "   join incidents i on i.tenant_id = $1 and i.id = f.incident_id"
        f"   where f.tenant_id = $1 and i.deleted_at is null and {doc} @@ to_tsquery('simple', $3) and {own}"
        f"   order by f.created_at desc, f.incident_id desc limit {_AMONG})"
        " ) both_ways group by id order by place, is_open desc, created_at desc limit $4)"
        f" {SHOWN} from found p join incidents i on i.tenant_id = $1 and i.id = p.id {JOINS}"
        " order by p.place, p.is_open desc, p.created_at desc"
    )
    await tx.plan("custom")
    mine = (reporter,) if reporter is not None else ()
    return await tx.rows(sql, tx.tenant_id, number, words, limit, *mine)
