"""What every test may use: a real PostgreSQL, a fresh tenant, members in it, and clients of the application."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import httpx
import hypothesis
import pytest
from litestar import Litestar

from tocsin import wiring
from tocsin.access import permissions, rules
from tocsin.access.service.gate import Gate
from tocsin.activity import service as activity
from tocsin.base.actor import Actor
from tocsin.base.ids import new_id
from tocsin.base.settings import Settings
from tocsin.db.embedded import EmbeddedServer, ensure_running
from tocsin.db.migrate import migrate
from tocsin.db.tx import Database
from tocsin.tenancy import service as tenancy
from tocsin.tenancy.model import Tenant
from tocsin.web.app import build_app
from tocsin.web.unit import Services

hypothesis.settings.register_profile("tocsin", deadline=None)  # how long a case takes says nothing on a busy machine
hypothesis.settings.load_profile("tocsin")

pytest_plugins = ["tests.plugins.pure", "tests.plugins.ids"]

BASE_URL = "http://127.0.0.1"


@dataclasses.dataclass(frozen=True)
class Member:
    """A member of a tenant with a token of theirs."""

    id: UUID
    name: str
    email: str
    token: str
    actor: Actor


NewMember = Callable[..., Awaitable[Member]]
Client = Callable[..., httpx.AsyncClient]


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The server's home for this session."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def server(home: Path) -> Iterator[EmbeddedServer]:
    """The embedded PostgreSQL of this session."""
    with ensure_running(home) as running:
        yield running


@pytest.fixture(scope="session")
def app_settings(home: Path) -> Settings:
    """Settings as a fresh installation has them, limits wide enough for tests that don't test them."""
    return Settings(home=home, public_rate_per_minute=100_000, login_rate_per_minute=100_000)


@pytest.fixture(scope="session")
async def database(server: EmbeddedServer) -> AsyncIterator[Database]:
    """The migrated database through the role of the application."""
    await migrate(server.urls.owner)
    wiring.modules()
    opened = await Database.connect(server.urls.app, size=16, closer=activity.record)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
async def app(database: Database, app_settings: Settings) -> Litestar:
    """The application on that database."""
    endpoints = [endpoint for module in wiring.modules() for endpoint in module.endpoints]

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        yield

    application = build_app(endpoints, [], lifespan)
    gate = Gate(app_settings.session_hours)
    application.state.services = Services(database, gate, app_settings, {})
    return application


@pytest.fixture(scope="session")
async def connect(app: Litestar) -> AsyncIterator[Client]:
    """`connect(token)`: a client of the application; without a token a stranger."""
    opened: list[httpx.AsyncClient] = []

    def make(token: str | None = None, **headers: str) -> httpx.AsyncClient:
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        transport = httpx.ASGITransport(cast("Any", app), raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url=BASE_URL, headers=headers)
        opened.append(client)
        return client

    yield make
    for client in opened:
        await client.aclose()


async def make_tenant(database: Database, **options: Any) -> Tenant:
    """A fresh tenant with its seeds."""
    slug = f"t-{new_id().hex[-12:]}"
    return await tenancy.create(database, slug, f"Tenant {slug}", **options)


@pytest.fixture
async def tenant(database: Database) -> Tenant:
    """A fresh tenant with its seeds, for one test."""
    return await make_tenant(database)


@pytest.fixture
async def other_tenant(database: Database) -> Tenant:
    """Another one, whose things must not exist for the first."""
    return await make_tenant(database)


async def make_member(
    database: Database, tenant: Tenant, role: str = "agent", name: str | None = None, *, active: bool = True
) -> Member:
    """A person with a role and a token, written straight into the tables."""
    user_id, token_hash = new_id(), rules.new_credential(tenant.id)
    token, secret_hash = token_hash
    name = name or f"{role.title()} {user_id.hex[-4:]}"
    email = f"{user_id.hex[-12:]}@{tenant.slug}.example"
    async with database.tenant(tenant.id) as tx:
        await tx.run(
            "insert into users (tenant_id, id, name, email, is_active, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $6)",
            *(tenant.id, user_id, name, email, active, tx.real_now),
        )
        role_id = await tx.value("select id from roles where tenant_id = $1 and slug = $2", tenant.id, role)
        await tx.run(
            "insert into user_roles (tenant_id, user_id, role_id) values ($1, $2, $3)", tenant.id, user_id, role_id
        )
        await tx.run(
            "insert into api_tokens (tenant_id, id, name, secret_hash, user_id, created_at) values ($1, $2, 'test', $3, $4, $5)",
            *(tenant.id, new_id(), secret_hash, user_id, tx.real_now),
        )
    held = frozenset(permissions.SEEDED_ROLES[role][1])
    return Member(user_id, name, email, token, Actor(tenant.id, user_id, name, "person", held))


@pytest.fixture
def member(database: Database, tenant: Tenant) -> NewMember:
    """`await member("manager")`: a new person of a role in the test's tenant."""

    async def make(
        role: str = "agent", name: str | None = None, *, of: Tenant | None = None, active: bool = True
    ) -> Member:
        return await make_member(database, of or tenant, role, name, active=active)

    return make


@pytest.fixture
async def client(member: NewMember, connect: Client) -> Callable[..., Awaitable[httpx.AsyncClient]]:
    """`await client("admin")`: a client of a new person of a role in the test's tenant."""

    async def make(role: str = "admin", *, of: Tenant | None = None) -> httpx.AsyncClient:
        return connect((await member(role, of=of)).token)

    return make


@pytest.fixture
def at(database: Database, tenant: Tenant) -> Callable[[datetime], Any]:
    """`async with at(moment) as tx`: a transaction of the test's tenant at a moment."""
    return lambda moment: database.tenant(tenant.id, now=moment)
