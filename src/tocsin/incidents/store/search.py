"""SQL of `incident_search`: the words of an incident, weighted, in a table of its own (a GIN on incidents slows updates).

Weight A is the title, B the description, C the comments. `doc` is what members find; `doc_public` stands only where
internal comments make the two differ. A tsvector holds at most 1 MB, so what goes in is bounded.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tocsin.db.tx import Tx

_RECORD = (
    "setweight(to_tsvector('simple', left($3::text, 1000)), 'A') ||"
    " setweight(to_tsvector('simple', left($4::text, 50000)), 'B')"
)
_COMMENT = "setweight(to_tsvector('simple', left($3::text, 10000)), 'C')"


async def add(tx: Tx, incident_id: UUID, title: str, body: str, created_at: datetime) -> None:
    """Make a new incident findable."""
    await tx.run(
        f"insert into incident_search (tenant_id, incident_id, created_at, doc) values ($1, $2, $5, {_RECORD})",
        *(tx.tenant_id, incident_id, title, body, created_at),
    )


async def rewrite(tx: Tx, incident_id: UUID, title: str, body: str) -> None:
    """Title or description changed: the comments' words stay."""
    await tx.run(
        f"update incident_search set doc = {_RECORD} || ts_filter(doc, '{{c}}'),"
        f" doc_public = {_RECORD} || ts_filter(doc_public, '{{c}}') where tenant_id = $1 and incident_id = $2",
        *(tx.tenant_id, incident_id, title, body),
    )


async def forget_comments(tx: Tx, incident_id: UUID) -> None:
    """Take the words of all comments out: those that still stand are added anew."""
    await tx.run(
        "update incident_search set doc = ts_filter(doc, '{a,b,d}'), doc_public = null where tenant_id = $1 and incident_id = $2",
        *(tx.tenant_id, incident_id),
    )


async def append(tx: Tx, incident_id: UUID, words: str, *, is_internal: bool) -> None:
    """Add a comment's words: to everybody's, or to the members' only (then the two part)."""
    public = "coalesce(doc_public, doc)" if is_internal else f"doc_public || {_COMMENT}"
    await tx.run(
        f"update incident_search set doc = doc || {_COMMENT}, doc_public = {public}"
        " where tenant_id = $1 and incident_id = $2 and length(doc) < 20000 and pg_column_size(doc) < 400000",
        *(tx.tenant_id, incident_id, words),
    )
