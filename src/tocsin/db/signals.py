"""Telling every process that rights or settings of a tenant changed, so that what they keep in memory is dropped.

`announce` sends a NOTIFY with the transaction; each web process holds one `Listener`. What the sender's own process keeps
is dropped before its answer goes out; the others hear of it as the commit returns.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from tocsin.db.tx import Tx

CHANNEL = "tocsin_rights"
PULSE_SECONDS = 5.0
"""How often the listening connection is tried: a lost one is noticed within twice this time."""

log = structlog.get_logger()


async def announce(tx: Tx) -> None:
    """Tell all processes, once this transaction commits, to forget what they keep of its tenant."""
    tenant_id, database = tx.tenant_id, tx.database
    await tx.value("select pg_notify($1, $2)", CHANNEL, str(tenant_id))

    def forget() -> None:
        for call in database.on_change:
            call(tenant_id)

    tx.after_commit(forget)


class Listener:
    """One connection that hears every announcement. While it is down, `is_live` is false and nothing may be kept."""

    def __init__(self, url: str, forget: Callable[[UUID], None], forget_all: Callable[[], None]) -> None:
        self.url = url
        self.forget = forget
        self.forget_all = forget_all
        self.is_live = False

    async def run(self) -> None:
        """Listen until cancelled, through every loss of the connection."""
        while True:
            try:
                await self._listen()
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.info("the listening connection was lost; opening another", error=str(error))
            finally:
                self.is_live = False
                self.forget_all()
            await asyncio.sleep(0.5)

    async def _listen(self) -> None:
        conn = await asyncpg.connect(self.url, timeout=5, server_settings={"application_name": "tocsin listener"})
        try:
            await conn.add_listener(CHANNEL, self._heard)
            self.forget_all()
            self.is_live = True
            while True:
                await asyncio.sleep(PULSE_SECONDS)
                await conn.fetchval("select 1", timeout=PULSE_SECONDS)
        finally:
            self.is_live = False
            await conn.close(timeout=2)

    def _heard(self, _conn: Any, _pid: int, _channel: str, payload: Any) -> None:
        self.forget(UUID(payload))
