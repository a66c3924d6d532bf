"""How commands of the operator get at the database: the command line registers the way, features only ask."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from tocsin.db.tx import Database

Opener = Callable[[], AbstractAsyncContextManager[Database]]

_OPENERS: list[Opener] = []


def register(opener: Opener) -> None:
    """Say how a database is opened for commands; the last one to say so counts."""
    _OPENERS[:] = [opener]


@asynccontextmanager
async def operator() -> AsyncIterator[Database]:
    """A database for the commands of one operator, with every feature wired; started if it is the embedded one."""
    if not _OPENERS:
        raise RuntimeError("operator() is for commands; nothing was registered in this process")
    async with _OPENERS[0]() as database:
        yield database
