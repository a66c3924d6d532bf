"""How a member wants the console: kept, validated, and heard of by what admits requests."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import NewMember
from tocsin.access import service as access
from tocsin.base.actor import system_actor
from tocsin.base.errors import Forbidden, Invalid
from tocsin.db.tx import Database
from tocsin.tenancy.model import Tenant


async def test_changes_are_put_over_what_there_was(database: Database, tenant: Tenant, member: NewMember) -> None:
    actor = (await member()).actor
    async with database.tenant(tenant.id) as tx:
        assert await access.set_preferences(tx, actor, {"theme": "dark", "keys": False}) == {
            "theme": "dark",
            "keys": False,
        }
        found = await access.set_preferences(tx, actor, {"columns": ["status", "owner"], "theme": None})
    assert found == {"columns": ["status", "owner"], "keys": False}


async def test_processes_hear_of_it(database: Database, tenant: Tenant, member: NewMember) -> None:
    heard: list[Any] = []
    actor = (await member()).actor
    database.on_change.append(heard.append)
    try:
        async with database.tenant(tenant.id) as tx:
            await access.set_preferences(tx, actor, {"density": "compact"})
            assert heard == []
    finally:
        database.on_change.remove(heard.append)
    assert heard == [tenant.id]


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"theme": "neon"}, "theme"),
        ({"density": 3}, "density"),
        ({"keys": "yes"}, "keys"),
        ({"columns": ["Owner; drop"]}, "columns[0]"),
        ({"columns": ["a"] * 61}, "columns"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_bad_ones_are_named(
    database: Database, tenant: Tenant, member: NewMember, changes: dict[str, Any], name: str
) -> None:
    actor = (await member()).actor
    async with database.tenant(tenant.id) as tx:
        with pytest.raises(Invalid) as refused:
            await access.set_preferences(tx, actor, changes)
    assert [error.field for error in refused.value.errors] == [name]


async def test_only_members_have_any(database: Database, tenant: Tenant) -> None:
    async with database.tenant(tenant.id) as tx:
        with pytest.raises(Forbidden):
            await access.set_preferences(tx, system_actor(tenant.id), {"theme": "dark"})
