"""Databases for the tests of this folder: fresh ones on a server that the whole session shares."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
from alembic import command

from tocsin.db import upgrade
from tocsin.db.embedded import EmbeddedServer
from tocsin.db.migrate import revisions
from tocsin.db.roles import ROLES, init_database
from tocsin.db.urls import DatabaseUrls, with_database

DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")

_numbers = itertools.count(1)


def passwords_of(urls: DatabaseUrls) -> dict[str, str]:
    """The passwords the four roles have on the server: fresh databases must not change them."""
    found = [urlsplit(url) for url in (urls.owner, urls.app, urls.sweeper, urls.backup or "")]
    return {parts.username or "": parts.password or "" for parts in found if parts.username in ROLES}


async def fresh_database(server: EmbeddedServer) -> DatabaseUrls:
    """A new database with its roles and no table."""
    admin = with_database(server.admin_url, "postgres")
    return await init_database(admin, f"test_{next(_numbers)}", passwords_of(server.urls))


async def upgrade_to_before(revision: str, owner_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bring a database to how it was before a step: what that finds there can be written then."""
    order = list(revisions())
    before, original = order[order.index(revision) - 1], command.upgrade
    with monkeypatch.context() as patched:
        patched.setattr(command, "upgrade", lambda config, _head: original(config, before))
        await upgrade.upgrade(owner_url)


@asynccontextmanager
async def login(url: str) -> AsyncIterator[asyncpg.Connection[Any]]:
    """A connection that is closed at the end."""
    conn = await asyncpg.connect(url)
    try:
        yield conn
    finally:
        await conn.close()
