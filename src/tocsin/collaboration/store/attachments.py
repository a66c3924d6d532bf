"""SQL of `incident_attachments`: the rows; the files lie in the object store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from tocsin.collaboration.model import StoredFile
from tocsin.collaboration.store import paging
from tocsin.db.tx import Tx

_SELECT = (
    "select x.*, f.scan, f.scan_found, f.thumbnail, x.uploaded_by_id as user_id, x.uploaded_by_reporter_id as reporter_id,"
    " coalesce(u.name, r.name) as author_name from incident_attachments x"
    " join stored_files f on f.tenant_id = $1 and f.id = x.file_id"
    " left join users u on u.tenant_id = $1 and u.id = x.uploaded_by_id"
    " left join incident_reporters r on r.tenant_id = $1 and r.id = x.uploaded_by_reporter_id"
)

INCLUDED = paging.included(_SELECT)
OF_COMMENT = (
    f"(select jsonb_agg(to_jsonb(y) order by y.created_at, y.id) from ({_SELECT} where x.tenant_id = $1"
    " and x.incident_id = p.id and x.comment_id = c.id and (not $3::boolean or not x.is_internal)) y)"
)
"""The files of the comment `c` of the incident `p`, as a jsonb list."""

HAS = (
    "exists (select 1 from incident_attachments a where a.tenant_id = $1 and a.incident_id = i.id"
    " and (a.is_internal is false or not {public}))"
)
"""Whether an incident `i` has files that may be told of."""


async def page(
    tx: Tx, incident_id: UUID, *, public_only: bool, descending: bool, after: paging.After, limit: int
) -> list[Any]:
    """A page of an incident's attachments, those of its comments included."""
    return await paging.page(
        tx, _SELECT, incident_id, public_only=public_only, descending=descending, after=after, limit=limit
    )


async def of_comments(tx: Tx, incident_id: UUID, comments: Sequence[UUID], *, public_only: bool) -> list[Any]:
    """The attachments of some comments, in the order they came."""
    return await tx.rows(
        f"{_SELECT} where x.tenant_id = $1 and x.incident_id = $2 and x.comment_id = any ($3::uuid[])"
        " and (not $4::boolean or not x.is_internal) order by x.created_at, x.id",
        *(tx.tenant_id, incident_id, list(comments), public_only),
    )


async def get(tx: Tx, incident_id: UUID, attachment_id: UUID) -> Any:
    """One attachment of an incident, or None."""
    return await tx.row(
        f"{_SELECT} where x.tenant_id = $1 and x.incident_id = $2 and x.id = $3",
        *(tx.tenant_id, incident_id, attachment_id),
    )


async def by_id(tx: Tx, attachment_id: UUID) -> Any:
    """A public attachment of an incident that is there, or None: for who comes by a link."""
    return await tx.row(
        f"{_SELECT} join incidents i on i.tenant_id = $1 and i.id = x.incident_id and i.deleted_at is null"
        " where x.tenant_id = $1 and x.id = $2 and not x.is_internal",
        *(tx.tenant_id, attachment_id),
    )


async def insert(
    tx: Tx,
    attachment_id: UUID,
    incident_id: UUID,
    file_id: UUID,
    file: StoredFile,
    *,
    comment_id: UUID | None,
    is_internal: bool,
    user_id: UUID | None,
    reporter_id: UUID | None,
) -> None:
    """Name a stored file as an attachment."""
    await tx.run(
        "insert into incident_attachments (tenant_id, id, incident_id, comment_id, disk, path, filename, mime_type,"
        " size_bytes, sha256, is_internal, uploaded_by_id, uploaded_by_reporter_id, created_at, updated_at, file_id)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, $15)",
        *(tx.tenant_id, attachment_id, incident_id, comment_id, file.disk, file.path, file.filename, file.mime_type),
        *(file.size_bytes, file.sha256, is_internal, user_id, reporter_id, tx.now, file_id),
    )


async def delete(tx: Tx, attachment_id: UUID) -> None:
    """Take an attachment's row away."""
    await tx.run("delete from incident_attachments where tenant_id = $1 and id = $2", tx.tenant_id, attachment_id)


async def move_all(tx: Tx, source_id: UUID, target_id: UUID) -> list[UUID]:
    """Give the attachments of one incident to another; their ids."""
    rows = await tx.rows(
        "update incident_attachments set incident_id = $3 where tenant_id = $1 and incident_id = $2 returning id",
        *(tx.tenant_id, source_id, target_id),
    )
    return sorted(row["id"] for row in rows)


async def move(tx: Tx, attachments: list[UUID], source_id: UUID, target_id: UUID) -> None:
    """Give some attachments of one incident to another."""
    await tx.run(
        "update incident_attachments set incident_id = $3 where tenant_id = $1 and incident_id = $2 and id = any ($4::uuid[])",
        *(tx.tenant_id, source_id, target_id, attachments),
    )
