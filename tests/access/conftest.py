"""Administrators, and people with passwords."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx
import pytest

from tests.conftest import BASE_URL, NewMember
from tocsin.access.service import NewUser, create_user
from tocsin.base.actor import system_actor
from tocsin.base.ids import new_id
from tocsin.db.tx import Database
from tocsin.tenancy.model import Tenant

API = "/api/access/v1"


@dataclass(frozen=True)
class Person:
    id: str
    email: str
    password: str


NewPerson = Callable[..., Awaitable[Person]]


@pytest.fixture
def person(database: Database, tenant: Tenant) -> NewPerson:
    """`await person("agent")`: somebody whom the operator gave a password."""

    async def make(*roles: str, of: Tenant | None = None, email: str | None = None) -> Person:
        home = of or tenant
        email = email or f"{new_id().hex[-12:]}@example.com"
        new = NewUser(
            name="Paula Person", email=email, roles=list(roles or ["agent"]), password="correct horse battery"
        )
        async with database.tenant(home.id) as tx:
            made = await create_user(tx, system_actor(home.id), new)
        return Person(str(made.id), email, "correct horse battery")

    return make


async def log_in(browser: httpx.AsyncClient, person: Person, **more: str) -> httpx.Response:
    return await browser.post(
        f"{API}/login", json={"email": person.email, "password": person.password, **more}, headers={"Origin": BASE_URL}
    )


@pytest.fixture
async def admin(member: NewMember, connect: Callable[..., httpx.AsyncClient]) -> httpx.AsyncClient:
    return connect((await member("admin")).token)
