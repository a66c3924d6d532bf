"""SQL of what people put on incidents beside the record: custom values and tags, each a row that lists find it by.

The record's own columns `custom` and `tags` say what is shown; these rows follow them in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from tocsin.db.tx import Tx
from tocsin.incidents.model import CustomFilter

if TYPE_CHECKING:
    from tocsin.incidents.store.page import Query


async def add_values(tx: Tx, incident_id: UUID, found_by: Sequence[tuple[UUID, str, float | None]]) -> None:
    """Make an incident findable by custom values: field, text, number."""
    await tx.run_many(
        "insert into incident_custom_values (tenant_id, incident_id, field_id, value, number) values ($1, $2, $3, $4, $5)"
        " on conflict do nothing",
        [(tx.tenant_id, incident_id, *key) for key in found_by],
    )


async def drop_values(tx: Tx, incident_id: UUID, fields: Sequence[UUID]) -> None:
    """Forget what an incident was found by in some fields."""
    await tx.run(
        "delete from incident_custom_values where tenant_id = $1 and incident_id = $2 and field_id = any ($3)",
        *(tx.tenant_id, incident_id, list(fields)),
    )


async def add_tags(tx: Tx, incident_id: UUID, tags: Sequence[str]) -> None:
    """Make an incident findable by tags."""
    await tx.run_many(
        "insert into incident_tags (tenant_id, incident_id, tag) values ($1, $2, $3) on conflict do nothing",
        [(tx.tenant_id, incident_id, tag) for tag in tags],
    )


async def drop_tags(tx: Tx, incident_id: UUID, tags: Sequence[str]) -> None:
    """Forget that an incident had some tags."""
    await tx.run(
        "delete from incident_tags where tenant_id = $1 and incident_id = $2 and tag = any ($3)",
        *(tx.tenant_id, incident_id, list(tags)),
    )


_TAGS = """
with recursive t (tag) as (
  (select tag from incident_tags where tenant_id = $1 and tag >= $2 and ($3::text is null or tag > $3) order by tag limit 1)
  union all
  select (select n.tag from incident_tags n where n.tenant_id = $1 and n.tag > t.tag order by n.tag limit 1)
  from t where starts_with(t.tag, $2)
) select tag from t where starts_with(tag, $2) limit $4
"""


async def tags(tx: Tx, beginning: str, after: str | None, limit: int) -> list[str]:
    """Tags in use that begin so, in order: one step along the index for each, however often it is used."""
    return [row["tag"] for row in await tx.rows(_TAGS, tx.tenant_id, beginning, after, limit)]


_TAGS_BY_USE = """
with recursive t (tag) as (
  (select tag from incident_tags where tenant_id = $1 and tag >= $2 order by tag limit 1)
  union all
  select (select n.tag from incident_tags n where n.tenant_id = $1 and n.tag > t.tag order by n.tag limit 1)
  from t where starts_with(t.tag, $2)
), counted as (
  select t.tag, (select count(*) from (select 1 from incident_tags u where u.tenant_id = $1 and u.tag = t.tag limit $6) u) as n
  from t where starts_with(t.tag, $2)
) select tag, n from counted where $3::bigint is null or n < $3 or (n = $3 and tag > $4) order by n desc, tag limit $5
"""
USES_COUNTED = 200
"""As often used is used often: at a thousand tags on half a million incidents, counting all would take half a second."""


async def tags_by_use(tx: Tx, beginning: str, after: tuple[int, str] | None, limit: int) -> list[tuple[int, str]]:
    """Tags in use that begin so, the most used first, each with how many incidents have it (`USES_COUNTED` at most)."""
    n, tag = after if after is not None else (None, None)
    rows = await tx.rows(_TAGS_BY_USE, tx.tenant_id, beginning, n, tag, limit, USES_COUNTED)
    return [(row["n"], row["tag"]) for row in rows]


_TAGS_OF = """
select g.tag, count(*) as n from incidents i join incident_tags g on g.tenant_id = $1 and g.incident_id = i.id
where i.tenant_id = $1 and i.reported_by_id = $2 and i.deleted_at is null and starts_with(g.tag, $3)
group by g.tag order by g.tag
"""


async def tags_of(tx: Tx, reporter: UUID | None, beginning: str) -> list[tuple[int, str]]:
    """Tags on what somebody reported that begin so, in order, each with how many of these incidents have it."""
    return [(row["n"], row["tag"]) for row in await tx.rows(_TAGS_OF, tx.tenant_id, reporter, beginning)]


def with_tags(query: Query, tags: Sequence[str], *, negated: bool = False) -> str:
    """The condition that an incident `i` has any of some tags, or none of them.

    `exists`, since of `not in` every incident is compared with each that has them as soon as these are too many to be hashed.
    """
    mark = query.arg(list(tags), "text[]")
    return (
        f"{'not ' if negated else ''}exists"
        f" (select 1 from incident_tags g where g.tenant_id = $1 and g.incident_id = i.id and g.tag = any ({mark}))"
    )


def valued(query: Query, wanted: CustomFilter) -> str:
    """The condition that a custom value `v` is as wanted."""
    parts = [f"v.tenant_id = $1 and v.field_id = {query.arg(wanted.field, 'uuid')}"]
    if wanted.values:
        parts.append(f"v.value = any ({query.arg(list(wanted.values), 'text[]')})")
    for sign, end in ((">=", wanted.low), ("<=", wanted.high)):
        if end is not None and wanted.is_number:
            parts.append(f"v.number {sign} {query.arg(float(end), 'float8')}")
        elif end is not None:
            parts.append(f"v.value {sign} {query.arg(end, 'text')}")
    return " and ".join(parts)


def with_custom(query: Query, wanted: CustomFilter, *, negated: bool = False) -> str:
    """The condition that an incident `i` has a custom value as wanted, or that it has not."""
    found = f"(select 1 from incident_custom_values v where v.incident_id = i.id and {valued(query, wanted)})"
    return f"{'not ' if negated != wanted.unset else ''}exists {found}"
