"""Telling every process what happened in another: NOTIFY with a commit, heard on one connection a process.

Two channels. `RIGHTS`: rights or settings of a tenant changed, so what a process keeps of it in memory is dropped (the
sender's own before its answer goes out, the others' as the commit returns). `NEWS`: events were recorded, for browsers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

import asyncpg
import structlog

from tocsin.db.tx import Tx

RIGHTS = "tocsin_rights"
NEWS = "tocsin_news"
PULSE_SECONDS = 5.0
"""How often the listening connection is tried: a lost one is noticed within twice this time."""
_IDS_IN_A_NOTICE = 200

log = structlog.get_logger()


class Hearer(Protocol):
    """Who is told of news: the hub of live updates (`web.live`)."""

    def hears(self, tenant_id: UUID) -> bool:
        """Whether news of a tenant matter here: most don't, and their ids are not even read."""

    def heard(self, tenant_id: UUID, event_ids: list[UUID]) -> None:
        """These events of a tenant were committed."""

    def missed(self, since: datetime) -> None:
        """News may have been missed since a moment of the real time."""


def announce(tx: Tx) -> None:
    """Tell all processes, once this transaction commits, to forget what they keep of its tenant."""
    tenant_id, database = tx.tenant_id, tx.database
    tx.notify(RIGHTS, str(tenant_id))

    def forget() -> None:
        for call in database.on_change:
            call(tenant_id)

    tx.after_commit(forget)


def tell(tx: Tx, event_ids: Sequence[UUID]) -> None:
    """Tell all processes, once this transaction commits, that it recorded these events."""
    for start in range(0, len(event_ids), _IDS_IN_A_NOTICE):
        some = event_ids[start : start + _IDS_IN_A_NOTICE]
        tx.notify(NEWS, " ".join(one.hex for one in (tx.tenant_id, *some)))


class Listener:
    """One connection that hears everything. While it is down, `is_live` is false and nothing may be kept."""

    def __init__(
        self, url: str, forget: Callable[[UUID], None], forget_all: Callable[[], None], hearer: Hearer | None = None
    ) -> None:
        self.url = url
        self.forget = forget
        self.forget_all = forget_all
        self.hearer = hearer
        self.is_live = False
        self._sound_at = datetime.now(UTC)

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
            await conn.add_listener(RIGHTS, self._rights)
            if self.hearer is not None:
                await conn.add_listener(NEWS, self._news)
                self.hearer.missed(self._sound_at)
            self.forget_all()
            self.is_live = True
            while True:
                self._sound_at = datetime.now(UTC)
                await asyncio.sleep(PULSE_SECONDS)
                await conn.fetchval("select 1", timeout=PULSE_SECONDS)
        finally:
            self.is_live = False
            await conn.close(timeout=2)

    def _rights(self, _conn: Any, _pid: int, _channel: str, payload: Any) -> None:
        self.forget(UUID(payload))

    def _news(self, _conn: Any, _pid: int, _channel: str, payload: Any) -> None:
        assert self.hearer is not None
        tenant, *events = payload.split(" ")
        if self.hearer.hears(tenant_id := UUID(tenant)):
            self.hearer.heard(tenant_id, [UUID(event) for event in events])
