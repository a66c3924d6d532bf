"""SQL of `stored_files`, once for each content, and of `file_stores`, once for each tenant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.collaboration.model import StoredFile
from tocsin.db.tx import Tx


async def find(tx: Tx, sha256: bytes) -> Any:
    """The stored file of a content, held until the commit so that nobody takes it away meanwhile; None."""
    return await tx.row(
        "select * from stored_files where tenant_id = $1 and sha256 = $2 for key share", tx.tenant_id, sha256
    )


async def insert(
    tx: Tx, file_id: UUID, file: StoredFile, *, scan: str, thumbnail: str, due_at: datetime | None
) -> bool:
    """Remember a stored file; False when one of the same content came at the same moment."""
    return (
        await tx.run(
            "insert into stored_files (tenant_id, id, disk, path, mime_type, size_bytes, sha256, scan, thumbnail, due_at,"
            " created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing",
            *(tx.tenant_id, file_id, file.disk, file.path, file.mime_type, file.size_bytes, file.sha256),
            *(scan, thumbnail, due_at, tx.real_now),
        )
        == 1
    )


async def drop_unnamed(tx: Tx, file_id: UUID) -> Any:
    """Forget a stored file that no attachment names any more; its row, None where one does."""
    await tx.row("select 1 from stored_files where tenant_id = $1 and id = $2 for update", tx.tenant_id, file_id)
    return await tx.row(
        "delete from stored_files f where tenant_id = $1 and id = $2"
        " and not exists (select 1 from incident_attachments a where a.tenant_id = $1 and a.file_id = f.id) returning *",
        tx.tenant_id,
        file_id,
    )


# ------------------------------------------------------------------------------------------- scanning, thumbnails


async def take(tx: Tx, file_id: UUID, now: datetime, until: datetime) -> Any:
    """Take a due file on until a time; None when it is not due any more, or somebody else is at it."""
    row = await tx.row(
        "select * from stored_files where tenant_id = $1 and id = $2 and due_at <= $3 for update skip locked",
        *(tx.tenant_id, file_id, now),
    )
    if row is not None:
        await put_off(tx, file_id, until)
    return row


async def put_off(tx: Tx, file_id: UUID, until: datetime) -> None:
    """Look at a file again at a time."""
    await tx.run(
        "update stored_files set due_at = $3, attempts = attempts + 1 where tenant_id = $1 and id = $2",
        *(tx.tenant_id, file_id, until),
    )


async def lock_up(tx: Tx, file_id: UUID, due_at: datetime) -> None:
    """Let the scanner judge a file that it has not seen."""
    await tx.run(
        "update stored_files set scan = 'waiting', due_at = $3, attempts = 0"
        " where tenant_id = $1 and id = $2 and scan = 'none'",
        *(tx.tenant_id, file_id, due_at),
    )


async def judge(tx: Tx, file_id: UUID, scan: str, found: str | None, due_at: datetime | None) -> bool:
    """Keep the scanner's verdict; False when there is one already, or the file is gone."""
    return (
        await tx.run(
            "update stored_files set scan = $3, scan_found = $4, due_at = $5, attempts = 0"
            " where tenant_id = $1 and id = $2 and scan = 'waiting'",
            *(tx.tenant_id, file_id, scan, found, due_at),
        )
        == 1
    )


async def pictured(tx: Tx, file_id: UUID, thumbnail: str) -> bool:
    """Whether a file has a thumbnail is settled; False when the file is gone."""
    return (
        await tx.run(
            "update stored_files set thumbnail = $3, due_at = null, attempts = 0 where tenant_id = $1 and id = $2",
            *(tx.tenant_id, file_id, thumbnail),
        )
        == 1
    )


async def named_by(tx: Tx, file_id: UUID) -> list[Any]:
    """The attachments that name a file."""
    return await tx.rows(
        "select id, incident_id, comment_id, is_internal, filename from incident_attachments"
        " where tenant_id = $1 and file_id = $2 order by id",
        *(tx.tenant_id, file_id),
    )


DUE = """
select f.tenant_id, f.id, f.due_at from stored_files f join tenants t on t.id = f.tenant_id
where f.due_at <= $1 and t.state = 'active' and t.kind = 'live' and not 'collaboration' = any (t.disabled_modules)
order by f.due_at, f.tenant_id, f.id limit $2
"""
NEXT_DUE = (
    "select id, due_at from stored_files where tenant_id = $1 and due_at is not null order by due_at, id limit $2"
)


# ---------------------------------------------------------------------------------------------- a tenant's store


async def add_store(tx: Tx, link_key: bytes, next_sweep_at: datetime) -> None:
    """Begin a tenant's part of the store."""
    await tx.run(
        "insert into file_stores (tenant_id, link_key, next_sweep_at) values ($1, $2, $3) on conflict do nothing",
        *(tx.tenant_id, link_key, next_sweep_at),
    )


async def link_key(tx: Tx) -> bytes:
    """The key of the tenant's download links."""
    found: bytes = await tx.value("select link_key from file_stores where tenant_id = $1", tx.tenant_id)
    return found


async def take_sweep(tx: Tx, now: datetime, until: datetime) -> bool:
    """Take on the sweeping that is due; False when it is not due any more, or somebody else is at it."""
    row = await tx.row(
        "select 1 from file_stores where tenant_id = $1 and next_sweep_at <= $2 for update skip locked",
        *(tx.tenant_id, now),
    )
    if row is None:
        return False
    await tx.run("update file_stores set next_sweep_at = $2 where tenant_id = $1", tx.tenant_id, until)
    return True


UNNAMED = """
select p.path from unnest($2::text[]) p (path) where not exists (select 1 from stored_files f
where f.tenant_id = $1 and f.path = any (array[p.path, regexp_replace(p.path, '\\.thumbnail$', '')]))
"""


async def unknown(tx: Tx, paths: Sequence[str]) -> list[str]:
    """Those of some paths that no stored file has, nor has as its thumbnail."""
    return [row["path"] for row in await tx.rows(UNNAMED, tx.tenant_id, list(paths))]


async def unnamed(tx: Tx, before: datetime, limit: int) -> list[UUID]:
    """Stored files that were written before a time and that no attachment names."""
    rows = await tx.rows(
        "select f.id from stored_files f where f.tenant_id = $1 and f.created_at < $2 and not exists"
        " (select 1 from incident_attachments a where a.tenant_id = $1 and a.file_id = f.id) order by f.id limit $3",
        *(tx.tenant_id, before, limit),
    )
    return [row["id"] for row in rows]


SWEEPS_DUE = """
select s.tenant_id, s.tenant_id as id, s.next_sweep_at as due_at from file_stores s join tenants t on t.id = s.tenant_id
where s.next_sweep_at <= $1 and t.state = 'active' and t.kind = 'live' and not 'collaboration' = any (t.disabled_modules)
order by s.next_sweep_at, s.tenant_id limit $2
"""
NEXT_SWEEP = "select tenant_id as id, next_sweep_at as due_at from file_stores where tenant_id = $1"


# ------------------------------------------------------------------------- what `tocsin doctor` asks, as tocsin_backup

LOCKED_UP = """
select t.slug, count(*) as n, min(f.created_at) as since from stored_files f join tenants t on t.id = f.tenant_id
where f.scan = 'waiting' and f.created_at < $1 and t.state = 'active' group by 1 order by 2 desc, 1 limit 20
"""
WITH_FILES = "select s.tenant_id, t.slug from file_stores s join tenants t on t.id = s.tenant_id order by t.slug"
LYING = "select disk, path from stored_files where tenant_id = $1 and created_at < $2 order by path"
