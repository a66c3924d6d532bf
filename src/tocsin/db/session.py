"""Getting at a database: whichever server the settings name, at this version's schema, through a safe role."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg

from tocsin.base.errors import SettingError, Unavailable
from tocsin.base.settings import Settings
from tocsin.db.migrate import migrate, status
from tocsin.db.roles import refuse_unsafe_role
from tocsin.db.tx import Closer, Database
from tocsin.db.urls import DatabaseUrls, urls_from_settings, without_password

PATIENCE_SECONDS = 30.0
"""How long a process waits at its start for a database that is briefly away."""
_BRIEFLY_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.CannotConnectNowError,
    asyncpg.PostgresConnectionError,
    asyncpg.TooManyConnectionsError,
)
_LOST = (
    ConnectionRefusedError,
    ConnectionResetError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresConnectionError,
)
"""What a command meets when the server goes away under it."""

Report = Callable[[str], None]


@contextmanager
def database_urls(settings: Settings) -> Iterator[DatabaseUrls]:
    """The URLs of the operator's server, or of the embedded one, which runs at least as long as this is open."""
    urls = urls_from_settings(settings)
    if urls is not None:
        yield urls
        return
    from tocsin.db.embedded import ensure_running  # noqa: PLC0415  who brings a server never loads this

    with ensure_running(settings.home, settings.pg_bin) as server:
        yield server.urls


async def require_schema(settings: Settings, urls: DatabaseUrls, report: Report | None = None) -> bool:
    """Make sure of this version's schema; whether the database was empty. The embedded server is migrated at once.

    Raises `SettingError` for another server that is behind: there the operator says when.
    """
    found = await status(urls.app)
    if not found.pending:
        return False
    if settings.database_url is not None:
        raise SettingError(
            f"The database is at revision {found.revision or 'none'}, this version needs {found.head}: run `tocsin db migrate`."
        )
    if report is not None:
        report(f"Migrating the database to revision {found.head}.")
    await migrate(urls.owner)
    return found.revision is None


async def connect(
    url: str,
    *,
    size: int,
    closer: Closer | None = None,
    patience: float = PATIENCE_SECONDS,
    name: str = "tocsin",
) -> Database:
    """A pool on `url`, once the database answers and its role is safe. Raises `SettingError` with one line.

    `patience` is how many seconds it may be away; `name` is what the server's own lists show of us.
    """
    deadline = time.monotonic() + patience
    database: Database | None = None
    while database is None:
        try:
            database = await Database.connect(url, size=size, closer=closer, application_name=name)
        except _BRIEFLY_AWAY as error:
            if time.monotonic() >= deadline:
                raise _no_way_in(url, error) from None
            await asyncio.sleep(0.25)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
            raise _no_way_in(url, error) from None
    try:
        async with database.globally() as tx:
            await refuse_unsafe_role(tx.conn)  # type: ignore[arg-type]  # the pool's proxy of one
    except BaseException:
        await database.close()
        raise
    return database


def _no_way_in(url: str, error: Exception) -> SettingError:
    return SettingError(f"Cannot log in at {without_password(url)}: {str(error) or type(error).__name__}")


async def close(database: Database, seconds: float = 5.0) -> None:
    """Close a pool; connections that are not back within `seconds` are cut."""
    try:
        async with asyncio.timeout(seconds):
            await database.close()
    except TimeoutError:
        database.pool.terminate()


class OperatorContext:
    """What commands of the operator start from (`@click.pass_obj`). `wire` loads every feature and gives the closer."""

    def __init__(self, settings: Settings, wire: Callable[[], Closer]) -> None:
        self.settings = settings
        self._wire = wire

    @asynccontextmanager
    async def database(self, size: int = 4) -> AsyncIterator[Database]:
        """The database, migrated where it is the embedded one, with every feature wired.

        Raises `SettingError` when there is no way in, `Unavailable` when it is lost while it is used.
        """
        with database_urls(self.settings) as urls:
            await require_schema(self.settings, urls)
            database = await connect(urls.app, size=size, closer=self._wire(), patience=0, name="tocsin cli")
            try:
                yield database
            except _LOST as error:
                raise Unavailable(
                    "The database went away in the middle; run the command again. ({why})", why=error
                ) from None
            finally:
                await close(database)

    @asynccontextmanager
    async def connection(self, role: str = "app") -> AsyncIterator[asyncpg.Connection[Any]]:
        """A single connection as one of the roles: app, owner, sweeper or backup."""
        with database_urls(self.settings) as urls:
            conn = await asyncpg.connect(getattr(urls, role))
            try:
                yield conn
            finally:
                await conn.close()
