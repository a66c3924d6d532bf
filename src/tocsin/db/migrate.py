"""Bringing a database to the schema of this version: `tocsin db migrate`, `tocsin db status`, and the check at start."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg

from tocsin.base.errors import SettingError
from tocsin.db.roles import OWNER, connect_as_operator

if TYPE_CHECKING:
    from asyncpg import Connection

MIGRATIONS = Path(__file__).parent / "migrations"
_BEFORE = re.compile(r'^down_revision = "(\w+)"$', re.MULTILINE)
_LOCK = "hashtextextended('tocsin.migrate', 0)"


@dataclass(frozen=True, slots=True)
class MigrationReport:
    """What a migration did: from which revision (None: empty) to which, and the files it applied, in order."""

    from_revision: str | None
    to_revision: str
    applied: list[str]


@dataclass(frozen=True, slots=True)
class MigrationStatus:
    """Where a database stands (None: empty), where this version wants it, and the files between."""

    revision: str | None
    head: str
    pending: list[str]


def _silent(_line: str) -> None:
    """The default report: nobody listens."""


def revisions() -> dict[str, str]:
    """Every revision and the name of its file, oldest first: history is a line, in which each names the one before it.

    Numbers are given when work begins, places when it is done, so that a higher number may come first.
    """
    after: dict[str | None, str] = {}
    for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"):
        before = _BEFORE.search(path.read_text(encoding="utf-8"))
        after[before[1] if before else None] = path.stem
    found: dict[str, str] = {}
    last: str | None = None
    while (name := after.get(last)) is not None:
        last = name.partition("_")[0]
        found[last] = name
    return found


async def status(url: str) -> MigrationStatus:
    """Where the database stands, read by any role that may read `alembic_version`."""
    conn = await connect_as_operator(url)
    try:
        return _status(await _revision(conn))
    finally:
        await conn.close()


async def migrate(owner_url: str, report: Callable[[str], None] = _silent) -> MigrationReport:
    """Apply what is missing, each revision in a transaction of its own, as the owner.

    One at a time: a second caller waits (and says so through `report`), then finds nothing to do. Raises
    `SettingError` when the database is of a newer version, or the login is not the owner's.
    """
    conn = await connect_as_operator(owner_url)
    try:
        if not await conn.fetchval(f"SELECT pg_try_advisory_lock({_LOCK})"):
            report("Another migration is running; waiting for it to end.")
            await conn.execute(f"SELECT pg_advisory_lock({_LOCK})")
        before = _status(await _revision(conn))
        if before.pending:
            await _refuse_other_role(conn)
            from tocsin.db.upgrade import upgrade

            await upgrade(owner_url)
            after = _status(await _revision(conn))
            return MigrationReport(before.revision, after.head, before.pending)
        return MigrationReport(before.revision, before.head, [])
    finally:
        await conn.close()  # and with it the lock


def _status(revision: str | None) -> MigrationStatus:
    known = revisions()
    order = list(known)
    if revision is not None and revision not in known:
        raise SettingError(f"The database is at revision {revision}, newer than this version of Tocsin ({order[-1]}).")
    done = 0 if revision is None else order.index(revision) + 1
    return MigrationStatus(revision, order[-1], [known[step] for step in order[done:]])


async def _revision(conn: Connection[Any]) -> str | None:
    try:
        found: str | None = await conn.fetchval("SELECT version_num FROM alembic_version")
    except asyncpg.UndefinedTableError:
        return None
    return found


async def _refuse_other_role(conn: Connection[Any]) -> None:
    """Tables must belong to the owner: the rights of the other roles hang on that."""
    user = await conn.fetchval("SELECT current_user")
    if user != OWNER:
        raise SettingError(f"Migrations run as {OWNER}, not as {user}: give TOCSIN_OWNER_URL that role's login.")
