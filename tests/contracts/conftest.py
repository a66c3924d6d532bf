"""What the contract suites share: two filled tenants, and clients that hold exactly what a test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, cast
from uuid import UUID

import httpx
import pytest
from litestar import Litestar

from tests.contracts.docs import documented
from tests.contracts.samples import World, fill, kinds_in_use
from tocsin import wiring
from tocsin.access import permissions, rules
from tocsin.base.ids import new_id
from tocsin.db.tx import Database
from tocsin.tenancy import service as tenancy
from tocsin.web import docs
from tocsin.web.app import build_app

BASE = "http://tocsin.test"
Client = Callable[..., httpx.AsyncClient]


async def issue_token(database: Database, tenant_id: UUID, held: set[str] | None = None) -> str:
    """A token of a fresh service member with the administrator's role, cut down to `held` when given."""
    token, secret_hash = rules.new_credential(tenant_id)
    async with database.tenant(tenant_id) as tx:
        user_id, role_id = (
            new_id(),
            await tx.value("select id from roles where tenant_id = $1 and slug = 'admin'", tenant_id),
        )
        await tx.run(
            "insert into users (tenant_id, id, name, kind, created_at, updated_at) values ($1, $2, 'Contract', 'service', $3, $3)",
            *(tenant_id, user_id, tx.now),
        )
        await tx.run(
            "insert into api_tokens (tenant_id, id, name, secret_hash, user_id, role_id, permissions, created_at)"
            " values ($1, $2, 'Contract', $3, $4, $5, $6, $7)",
            *(tenant_id, new_id(), secret_hash, user_id, role_id, sorted(held) if held is not None else None, tx.now),
        )
    return token


@pytest.fixture(scope="session")
async def whole_app(app: Litestar) -> Litestar:
    """The application with its documentation, on the session's services."""
    modules = wiring.modules()
    endpoints = [endpoint for module in modules for endpoint in module.endpoints]

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        yield

    titles = {module.name: module.title for module in modules}
    found = build_app(endpoints, docs.handlers(documented(), titles), lifespan)
    found.state.services = app.state.services
    return found


@pytest.fixture(scope="session")
async def reach(whole_app: Litestar) -> AsyncIterator[Client]:
    """Makes clients of the application: `reach(token)`."""
    opened: list[httpx.AsyncClient] = []

    def make(token: str | None = None) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        transport = httpx.ASGITransport(cast("Any", whole_app), raise_app_exceptions=False)
        opened.append(httpx.AsyncClient(transport=transport, base_url=BASE, headers=headers))
        return opened[-1]

    yield make
    for client in opened:
        await client.aclose()


@pytest.fixture(scope="session")
async def worlds(database: Database, reach: Client) -> tuple[World, World]:
    """Two tenants with one of everything in each. What they hold may be read, not spoilt: use `anew()` to change things."""
    found = []
    for prefix, marker in (("contract-a", "Aardvark"), ("contract-b", "Basilisk")):
        slug = f"{prefix}-{new_id().hex[-8:]}"
        tenant = await tenancy.create(database, slug, f"{marker} Ltd")
        world = World(database, tenant.id, slug, reach(await issue_token(database, tenant.id)), marker)
        for kind in sorted(kinds_in_use()):
            await world.id(kind)
        await fill(world)
        found.append(world)
    return found[0], found[1]


@pytest.fixture(scope="session")
async def stranger(reach: Client) -> httpx.AsyncClient:
    """A client without credentials."""
    return reach()


@pytest.fixture(scope="session")
async def holding(database: Database, reach: Client) -> Callable[[World, set[str]], Awaitable[httpx.AsyncClient]]:
    """`await holding(world, permissions)`: a client whose token has exactly these permissions."""
    known: dict[tuple[UUID, frozenset[str]], httpx.AsyncClient] = {}
    lock = asyncio.Lock()

    async def get(world: World, held: set[str]) -> httpx.AsyncClient:
        assert held <= set(permissions.ALL)
        mark = (world.tenant_id, frozenset(held))
        async with lock:
            if mark not in known:
                known[mark] = reach(await issue_token(database, world.tenant_id, held))
        return known[mark]

    return get
