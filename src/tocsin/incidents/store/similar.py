"""SQL of likely duplicates: titles of the newest open incidents compared by their trigrams.

An index over the trigrams of all open titles costs every create and grows with the open set (measured: 43 to 350 ms at 82,000
open); the newest few thousand are read along an index that is there already, and cost the same whatever lies behind them.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tocsin.db.tx import Tx

_TITLES = """
select c.id, c.alike from (
  select o.id, similarity(o.title, $2) as alike from (
    select i.id, i.title from incidents i
    where i.tenant_id = $1 and i.is_open and i.deleted_at is null and i.created_at >= $3{own}
    order by i.created_at desc, i.id desc limit $4) o
  where $5::uuid is null or o.id <> $5) c
where c.alike >= $6 order by c.alike desc, c.id desc limit 10
"""


async def titles(
    tx: Tx, text: str, *, reporter: UUID | None, since: datetime, among: int, least: float, but: UUID | None
) -> list[tuple[UUID, float]]:
    """The incidents whose title is most similar to a text, and how similar. `reporter`: only theirs."""
    sql = _TITLES.format(own="" if reporter is None else " and i.reported_by_id = $7")
    await tx.plan("custom")
    rows = await tx.rows(sql, tx.tenant_id, text, since, among, but, least, *([reporter] if reporter else []))
    return [(row["id"], row["alike"]) for row in rows]
