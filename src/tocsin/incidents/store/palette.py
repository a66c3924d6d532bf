"""SQL of the palette: incidents by their number and by beginnings of words, shown, in one statement.

Who types wants an answer in milliseconds, whatever the words. The newest two thousand are looked through first: common
words are found there, and the index over all words is not even asked. Only what is rarer goes there, where it is quick.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tocsin.db.tx import Tx
from tocsin.incidents.store.record import JOINS, SHOWN

_AMONG = 40
"""So many that match; of these the open ones come first."""

_ALL = f"""
  select incident_id from (
    select r.incident_id from (select f.incident_id, f.doc from incident_search f where f.tenant_id = $1
      order by f.created_at desc, f.incident_id desc limit 2000) r
    where r.doc @@ to_tsquery('simple', $3)
    union all
    (select o.incident_id from (select f.incident_id, f.created_at from incident_search f
      where f.tenant_id = $1 and f.doc @@ to_tsquery('simple', $3) limit 500) o order by o.created_at desc)
  ) either limit {_AMONG}
"""
_OWN = f"""
  select f.incident_id from (select i.id from incidents i where i.tenant_id = $1 and i.reported_by_id = $5
      order by i.created_at desc, i.id desc limit 500) mine
    join incident_search f on f.tenant_id = $1 and f.incident_id = mine.id
  where coalesce(f.doc_public, f.doc) @@ to_tsquery('simple', $3) limit {_AMONG}
"""


def _sql(worded: str, own: str) -> str:
    return f"""
with found as (
  select i.id, min(hit.place) as place, i.is_open, i.created_at from (
    select i.id, 0 as place from incidents i where i.tenant_id = $1 and i.reference_no = $2::bigint
    union all
    select incident_id, 1 from ({worded}) words
  ) hit join incidents i on i.tenant_id = $1 and i.id = hit.id
  where i.deleted_at is null and {own}
  group by i.id, i.is_open, i.created_at order by place, i.is_open desc, i.created_at desc limit $4
)
{SHOWN} from found p join incidents i on i.tenant_id = $1 and i.id = p.id {JOINS}
order by p.place, p.is_open desc, p.created_at desc
"""


_FIND, _FIND_OWN = _sql(_ALL, "true"), _sql(_OWN, "i.reported_by_id = $5")


async def find(tx: Tx, number: int | None, words: str | None, reporter: UUID | None, limit: int) -> list[Any]:
    """The incident of a number, then those that hold all words (a tsquery). `reporter`: only theirs, and public words."""
    await tx.plan("custom")
    if reporter is None:
        return await tx.rows(_FIND, tx.tenant_id, number, words, limit)
    return await tx.rows(_FIND_OWN, tx.tenant_id, number, words, limit, reporter)
