"""Parked connections: the next taker ends the transaction before, and nothing of it is left."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from uuid import UUID

import anyio
import pytest

from tests.conftest import make_tenant
from tocsin.db.connections import LOST, PARKED_SECONDS
from tocsin.db.embedded import EmbeddedServer
from tocsin.db.tx import Database
from tocsin.tenancy.model import Tenant

PIN = "select current_setting('app.tenant_id', true)"
SEEN = "select distinct tenant_id from incident_statuses"


async def seen(database: Database, tenant_id: UUID) -> set[UUID]:
    async with database.reading(tenant_id) as tx:
        return {row["tenant_id"] for row in await tx.rows(SEEN)}


async def test_each_taker_of_a_parked_connection_sees_its_own_tenant_only(database: Database) -> None:
    tenants = [(await make_tenant(database)).id for _ in range(3)]
    for _ in range(5):
        for tenant_id in tenants:
            assert await seen(database, tenant_id) == {tenant_id}
    wanted = [tenants[n % 3] for n in range(90)]
    assert await asyncio.gather(*(seen(database, one) for one in wanted)) == [{one} for one in wanted]


async def test_nothing_stays_pinned_once_the_pool_is_quiet(database: Database, tenant: Tenant) -> None:
    await asyncio.gather(*(seen(database, tenant.id) for _ in range(8)))
    await asyncio.sleep(PARKED_SECONDS * 5)
    for _ in range(16):
        assert not await database.pool.fetchval(PIN)


async def test_a_reader_that_wrote_after_all_is_committed_at_once(
    database: Database, server: EmbeddedServer, tenant: Tenant
) -> None:
    async with database.reading(tenant.id) as tx:
        await tx.run("update tenants set name = 'Renamed' where id = $1", tenant.id)
    other = await Database.connect(server.urls.app, size=1)
    try:
        async with other.globally() as tx:
            assert await tx.value("select name from tenants where id = $1", tenant.id) == "Renamed"
    finally:
        await other.close()


async def test_a_failed_reader_is_rolled_back(database: Database, tenant: Tenant) -> None:
    with pytest.raises(ValueError, match="stop"):
        async with database.reading(tenant.id) as tx:
            await tx.value("update tenants set name = 'Gone' where id = $1 returning name", tenant.id)
            raise ValueError("stop")
    async with database.globally() as tx:
        assert await tx.value("select name from tenants where id = $1", tenant.id) == tenant.name


async def test_waiting_work_gets_a_connection_as_soon_as_a_reader_is_done(
    database: Database, server: EmbeddedServer, tenant: Tenant
) -> None:
    small = await Database.connect(server.urls.app, size=1)
    try:
        assert await asyncio.gather(*(seen(small, tenant.id) for _ in range(20))) == [{tenant.id}] * 20
        async with small.tenant(tenant.id) as tx:
            assert await tx.value(PIN) == str(tenant.id)
    finally:
        await small.close()


async def test_a_parked_connection_that_was_cut_is_replaced(
    database: Database, server: EmbeddedServer, tenant: Tenant
) -> None:
    alone = await Database.connect(server.urls.app, size=1)
    try:
        for work in (alone.tenant, alone.reading):
            async with alone.reading(tenant.id) as tx:
                pid = await tx.value("select pg_backend_pid()")
            await database.pool.fetchval("select pg_terminate_backend($1)", pid)
            with suppress(*LOST):  # a reader may find out by its own first statement: the client is told to try again
                async with work(tenant.id) as tx:
                    assert await tx.value(PIN) == str(tenant.id)
            assert await seen(alone, tenant.id) == {tenant.id}
    finally:
        await alone.close()


async def test_a_reader_of_the_same_tenant_goes_on_in_the_open_transaction_and_sees_what_is_new(
    database: Database, server: EmbeddedServer, tenant: Tenant
) -> None:
    alone = await Database.connect(server.urls.app, size=1)
    begun, names = set(), []
    try:
        for name in ("One", "Two", "Three"):
            async with database.tenant(tenant.id) as tx:
                await tx.run("update tenants set name = $2 where id = $1", tenant.id, name)
            async with alone.reading(tenant.id) as tx:
                begun.add(await tx.value("select now()"))  # when the transaction began
                names.append(await tx.value("select name from tenants where id = $1", tenant.id))
    finally:
        await alone.close()
    assert names == ["One", "Two", "Three"]
    assert len(begun) < 3


async def test_a_cancelled_stream_leaves_no_open_transaction(
    server: EmbeddedServer, tenant: Tenant, caplog: pytest.LogCaptureFixture
) -> None:
    """A response that nobody reads any more is cancelled by a scope that cancels each wait anew, the rollback's too."""
    small = await Database.connect(server.urls.app, size=1)
    try:
        with anyio.CancelScope() as scope:
            async with small.tenant(tenant.id) as tx:
                await tx.run("update tenants set name = 'Gone' where id = $1", tenant.id)
                scope.cancel()
                await tx.value("select pg_sleep(10)")
        assert not await small.pool.fetchval(PIN)
        async with small.globally() as tx:
            assert await tx.value("select name from tenants where id = $1", tenant.id) == tenant.name
    finally:
        await small.close()
    assert "active transaction" not in caplog.text
