"""What `tocsin doctor` looks at: whether the scanner answers, what waits for it, and whether store and database agree.

It asks as the role of backups: nobody else sees the files of all tenants.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tocsin.base.errors import Unavailable
from tocsin.base.settings import Settings
from tocsin.collaboration.adapters import files, scanner
from tocsin.collaboration.service.stored import GRACE, SWEEP_EVERY
from tocsin.collaboration.store.files import LOCKED_UP, LYING, UNNAMED, WITH_FILES
from tocsin.db.roles import connect_as_operator
from tocsin.db.urls import DatabaseUrls
from tocsin.jobs.health import Symptom, ago

if TYPE_CHECKING:
    from asyncpg import Connection

LONG = timedelta(minutes=15)
"""A file that waits this long for the scanner is missed by somebody."""
NAMED_AT_ONCE = 5
_NO_ROLE = "needs the role backup, whose URL is not set"


async def examine(settings: Settings, urls: DatabaseUrls) -> list[Symptom]:
    """Look at the scanner and at the store of files. Raises `SettingError` without a login."""
    found = [await the_scanner(settings)]
    if urls.backup is None:
        return [
            *found,
            *(Symptom(name, skipped=_NO_ROLE) for name in ("files locked up", "lost files", "orphaned files")),
        ]
    conn = await connect_as_operator(urls.backup)
    try:
        return [*found, await locked_up(conn, settings), *await the_store(conn, settings)]
    finally:
        await conn.close()


async def the_scanner(settings: Settings) -> Symptom:
    """Whether the scanner is there, where there is to be one."""
    if settings.clamd_url is None:
        return Symptom("malware scanner", skipped="TOCSIN_CLAMD_URL is not set: files are not scanned")
    try:
        await scanner.ping(settings.clamd_url)
    except scanner.ScannerAway as error:
        why = "start clamd, or set TOCSIN_CLAMD_URL right: until then every new file stays locked up"
        return Symptom("malware scanner", [f"{settings.clamd_url} does not answer: {error}"], why)
    return Symptom("malware scanner")


async def locked_up(conn: Connection[Any], settings: Settings) -> Symptom:
    """What has waited long for the scanner, by tenant."""
    now = datetime.now(UTC)
    lines = [
        f"{row['n']} of {row['slug']}, the oldest for {ago(now - row['since'])}"
        for row in await conn.fetch(LOCKED_UP, now - LONG)
    ]
    why = "nobody gets them before they are scanned: the worker's log says why the scanner did not judge"
    if settings.clamd_url is None:
        why = "they came while there was a scanner: set TOCSIN_CLAMD_URL again, and they are scanned"
    return Symptom("files locked up", lines, why)


async def the_store(conn: Connection[Any], settings: Settings) -> list[Symptom]:
    """Files that the database names and the store has not, and the other way round, by tenant."""
    lost: list[str] = []
    orphans: list[str] = []
    before = datetime.now(UTC) - GRACE - SWEEP_EVERY
    try:
        for row in await conn.fetch(WITH_FILES):
            gone, unnamed = await _compare(conn, settings, row["tenant_id"], before)
            lost += _line(row["slug"], gone)
            orphans += _line(row["slug"], unnamed)
    except Unavailable as error:
        away = Symptom("lost files", [str(error)], "see TOCSIN_FILES_URL and the credentials of the store")
        return [away, Symptom("orphaned files", skipped="the store does not answer")]
    return [
        Symptom("lost files", lost, "the store has not what attachments name: bring it back from its backup"),
        Symptom("orphaned files", orphans, "no attachment names them: a worker removes them once a day", grave=False),
    ]


async def _compare(
    conn: Connection[Any], settings: Settings, tenant_id: Any, before: datetime
) -> tuple[list[str], list[str]]:
    """Paths of one tenant's files that are not there, and of old ones that nobody names."""
    began = datetime.now(UTC)
    there: set[str] = set()
    unnamed: list[str] = []
    async for batch in files.listed(settings, f"{tenant_id}/"):
        there.update(path for path, _at in batch)
        old = [path for path, written_at in batch if written_at < before]
        unnamed += [row["path"] for row in await conn.fetch(UNNAMED, tenant_id, old)] if old else []
    here = files.disk(settings)
    gone = [
        path if disk == here else f"{path} on {disk}"
        for disk, path in await conn.fetch(LYING, tenant_id, began)
        if disk != here or path not in there
    ]
    return gone, unnamed


def _line(slug: str, paths: list[str]) -> list[str]:
    if not paths:
        return []
    more = len(paths) - NAMED_AT_ONCE
    return [f"{len(paths)} of {slug}: {', '.join(paths[:NAMED_AT_ONCE])}{f' and {more} more' if more > 0 else ''}"]
