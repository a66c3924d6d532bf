"""SQL of `incident_comments` and `incident_comment_versions`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.base.ids import new_id
from tocsin.collaboration.store import attachments, paging
from tocsin.db.tx import Tx

_SELECT = (
    "select x.*, coalesce(u.name, r.name) as author_name, d.name as deleted_by_name,"
    " (select jsonb_agg(jsonb_build_array(m.user_id, p.name) order by p.name, p.id) from incident_comment_mentions m"
    "   join users p on p.tenant_id = $1 and p.id = m.user_id where m.tenant_id = $1 and m.comment_id = x.id) as mentions"
    " from incident_comments x"
    " left join users d on d.tenant_id = $1 and d.id = x.deleted_by_id"
    " left join users u on u.tenant_id = $1 and u.id = x.user_id"
    " left join incident_reporters r on r.tenant_id = $1 and r.id = x.reporter_id"
)

INCLUDED = (
    "(select jsonb_agg(to_jsonb(c) || jsonb_build_object('attachments', coalesce("
    f"{attachments.OF_COMMENT}, '[]')) order by c.created_at, c.id) from ({paging.first(_SELECT)}) c)"
)


async def page(
    tx: Tx, incident_id: UUID, *, public_only: bool, descending: bool, after: paging.After, limit: int
) -> list[Any]:
    """A page of an incident's comments."""
    return await paging.page(
        tx, _SELECT, incident_id, public_only=public_only, descending=descending, after=after, limit=limit
    )


async def get(tx: Tx, incident_id: UUID, comment_id: UUID) -> Any:
    """One comment of an incident, or None."""
    return await tx.row(
        f"{_SELECT} where x.tenant_id = $1 and x.incident_id = $2 and x.id = $3",
        *(tx.tenant_id, incident_id, comment_id),
    )


async def some(tx: Tx, incident_id: UUID, comments: list[UUID], *, public_only: bool) -> list[Any]:
    """Some comments of an incident by their ids."""
    return await tx.rows(
        f"{_SELECT} where x.tenant_id = $1 and x.incident_id = $2 and x.id = any ($3::uuid[])"
        " and (not $4::boolean or not x.is_internal)",
        *(tx.tenant_id, incident_id, comments, public_only),
    )


async def insert(
    tx: Tx,
    comment_id: UUID,
    incident_id: UUID,
    *,
    user_id: UUID | None,
    reporter_id: UUID | None,
    body: str,
    body_html: str,
    is_internal: bool,
) -> None:
    """Write a new comment."""
    await tx.run(
        "insert into incident_comments (tenant_id, id, incident_id, user_id, reporter_id, body, body_html, is_internal,"
        " created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
        *(tx.tenant_id, comment_id, incident_id, user_id, reporter_id, body, body_html, is_internal, tx.now),
    )


async def move_all(tx: Tx, source_id: UUID, target_id: UUID) -> list[Any]:
    """Give the comments of one incident to another; their rows, in the order they came."""
    rows = await tx.rows(
        "update incident_comments set incident_id = $3 where tenant_id = $1 and incident_id = $2"
        " returning id, body, is_internal, user_id, reporter_id, created_at, deleted_at",
        *(tx.tenant_id, source_id, target_id),
    )
    return sorted(rows, key=lambda row: (row["created_at"], row["id"]))


async def move(tx: Tx, comments: list[UUID], source_id: UUID, target_id: UUID) -> None:
    """Give some comments of one incident to another."""
    await tx.run(
        "update incident_comments set incident_id = $3 where tenant_id = $1 and incident_id = $2 and id = any ($4::uuid[])",
        *(tx.tenant_id, source_id, target_id, comments),
    )


async def rewrite(tx: Tx, comment: Any, *, body: str, body_html: str) -> None:
    """Put a text in place of a comment's, which is kept as its former version."""
    await tx.run(
        "insert into incident_comment_versions (tenant_id, id, comment_id, body, body_html, written_at, replaced_at)"
        " values ($1, $2, $3, $4, $5, $6, $7)",
        *(tx.tenant_id, new_id(), comment["id"], comment["body"], comment["body_html"]),
        *(comment["edited_at"] or comment["created_at"], tx.now),
    )
    await tx.run(
        "update incident_comments set body = $3, body_html = $4, edited_at = $5, updated_at = $5"
        " where tenant_id = $1 and id = $2",
        *(tx.tenant_id, comment["id"], body, body_html, tx.now),
    )


async def bury(tx: Tx, comment_id: UUID, by: UUID | None) -> None:
    """Take away what a comment says, now and before, and whom it mentions; that it was there stays."""
    await tx.run(
        "delete from incident_comment_versions where tenant_id = $1 and comment_id = $2", tx.tenant_id, comment_id
    )
    await tx.run(
        "delete from incident_comment_mentions where tenant_id = $1 and comment_id = $2", tx.tenant_id, comment_id
    )
    await tx.run(
        "update incident_comments set body = '', body_html = '', deleted_at = $3, deleted_by_id = $4, updated_at = $3"
        " where tenant_id = $1 and id = $2",
        *(tx.tenant_id, comment_id, tx.now, by),
    )


async def versions(tx: Tx, comment_id: UUID, *, after: tuple[datetime, UUID] | None, limit: int) -> list[Any]:
    """A page of what a comment said before, the oldest first."""
    return await tx.rows(
        "select id, body, body_html, written_at, replaced_at from incident_comment_versions"
        " where tenant_id = $1 and comment_id = $2"
        " and ($3::timestamptz is null or (written_at, id) > ($3::timestamptz, $4::uuid))"
        " order by written_at, id limit $5",
        *(tx.tenant_id, comment_id, *(after or (None, None)), limit),
    )


async def words(tx: Tx, incident_id: UUID) -> list[tuple[str, bool]]:
    """What all comments of an incident say, in order, and which are internal."""
    rows = await tx.rows(
        "select body, is_internal from incident_comments where tenant_id = $1 and incident_id = $2 and deleted_at is null"
        " order by created_at, id",
        *(tx.tenant_id, incident_id),
    )
    return [(row["body"], row["is_internal"]) for row in rows]


MOST_SEARCHED = 200
"""The newest comments of an incident: older ones are not looked through for a text to show."""
SAID = (
    "(select string_agg(m.body, E'\\n' order by m.created_at desc) from (select c.body, c.created_at from incident_comments c"
    " where c.tenant_id = $1 and c.incident_id = i.id and (c.is_internal is false or not {public}) and c.body <> ''"
    f" order by c.created_at desc, c.id desc limit {MOST_SEARCHED}) m)"
)
"""What the comments of an incident `i` say, the newest first; `{public}`: SQL of whether only public ones count."""

HAS = (
    "exists (select 1 from incident_comments c where c.tenant_id = $1 and c.incident_id = i.id and c.body <> ''"
    " and (c.is_internal is false or not {public}))"
)
"""Whether an incident `i` has comments that may be told of."""

_TEXTS = """
select p.id, c.body, c.is_internal from unnest($2::uuid[]) p (id) cross join lateral (
  select m.body, m.is_internal from incident_comments m
  where m.tenant_id = $1 and m.incident_id = p.id and m.body <> '' order by m.created_at desc, m.id desc limit $3) c
"""


async def texts(tx: Tx, incidents: Sequence[UUID], most: int) -> list[tuple[UUID, str, bool]]:
    """What the newest comments of some incidents say, and whether each is internal."""
    rows = await tx.rows(_TEXTS, tx.tenant_id, list(incidents), most)
    return [(row["id"], row["body"], row["is_internal"]) for row in rows]
