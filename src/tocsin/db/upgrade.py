"""Alembic at work: `tocsin.db.migrate` loads this only when there is something to apply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection as SyncConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from tocsin.base.errors import SettingError
from tocsin.db.migrate import MIGRATIONS
from tocsin.db.roles import connect_as_operator

if TYPE_CHECKING:
    from asyncpg import Connection

LOCK_TIMEOUT = "5s"  # a step that waits longer for a table gives up, rather than hold everybody behind it


async def upgrade(owner_url: str) -> None:
    """Apply every missing revision as the owner. The caller holds the migration lock.

    Raises `SettingError` when a table stays busy.
    """

    async def connect() -> Connection[Any]:
        conn = await connect_as_operator(owner_url)
        await conn.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
        return conn

    # asyncpg reads the URL itself: SQLAlchemy knows its sockets under other names.
    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_run_alembic)
    except (DBAPIError, asyncpg.LockNotAvailableError) as error:
        if _sqlstate(error) != asyncpg.LockNotAvailableError.sqlstate:
            raise
        raise SettingError(
            f"A table stayed busy for {LOCK_TIMEOUT}, so the migration gave way; nothing of this step remains. Run it again."
        ) from None
    finally:
        await engine.dispose()


def _sqlstate(error: DBAPIError | asyncpg.PostgresError) -> str | None:
    return getattr(error.orig if isinstance(error, DBAPIError) else error, "sqlstate", None)


def _run_alembic(connection: SyncConnection) -> None:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    command.upgrade(config, "head")
