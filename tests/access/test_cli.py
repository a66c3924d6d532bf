"""The operator's commands of these rooms, run in process on the session's database."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import asyncpg
import pytest
from click.testing import CliRunner

from tocsin.access import cli as access_cli, rules
from tocsin.activity import service as activity
from tocsin.base.errors import TocsinError
from tocsin.base.ids import new_id
from tocsin.db.tx import Database
from tocsin.incidents import cli as audit_cli
from tocsin.jobs import runtime
from tocsin.modules import cli as modules_cli
from tocsin.tenancy import cli as tenancy_cli

COMMANDS = {
    command.name: command for cli in (tenancy_cli, access_cli, modules_cli, audit_cli) for command in cli.COMMANDS
}


@pytest.fixture
def run(server, database, monkeypatch):
    """`await run("tenant list")`: in a thread, for the command has an event loop of its own."""

    @asynccontextmanager
    async def opener():
        opened = await Database.connect(server.urls.app, size=2, closer=activity.record)
        try:
            yield opened
        finally:
            await opened.close()

    monkeypatch.setattr(runtime, "_OPENERS", [opener])

    async def call(line, **options):
        name, *rest = line.split()
        return await asyncio.to_thread(CliRunner().invoke, COMMANDS[name], rest, **options)

    return call


async def test_a_tenant_from_nothing_to_its_first_token(run, connect):
    slug = f"cli-{new_id().hex[-10:]}"
    made = await run(f"tenant create {slug} --name Acme --time-zone Europe/Berlin")
    assert made.exit_code == 0, made.output
    listed = await run("tenant list")
    assert [line.split()[1:] for line in listed.output.splitlines() if line.startswith(slug)] == [
        ["active", "live", "Acme"]
    ]
    user = await run(
        f"user create --tenant {slug} --email Boss@example.com --name Boss --role admin --password-stdin",
        input="a long password\n",
    )
    assert "boss@example.com" in user.output
    for owner in ("--role admin", "--user boss@example.com"):
        token = await run(f"token create --tenant {slug} {owner} --expires-days 3")
        assert token.exit_code == 0, token.output
        assert token.stdout.count("\n") == 1
        assert rules.parse_credential(token.stdout.strip())
        me = (await connect(token.stdout.strip()).get("/api/access/v1/me")).json()
        assert me["tenant"]["slug"] == slug
        assert "users.manage" in me["permissions"]
    answer = await connect().post(
        "/api/access/v1/login", json={"email": "boss@example.com", "password": "a long password", "tenant": slug}
    )
    assert answer.status_code == 200
    given = await run("user password Boss@example.com", input="another long password\n")
    assert given.output == "Boss@example.com has a new password.\n"
    for password, status in (("a long password", 401), ("another long password", 200)):
        wanted = {"email": "boss@example.com", "password": password, "tenant": slug}
        assert (await connect().post("/api/access/v1/login", json=wanted)).status_code == status
    assert (await run(f"tenant suspend {slug}")).output == f"Tenant {slug} is suspended.\n"
    assert (await run(f"tenant suspend {slug}")).output == f"Tenant {slug} is suspended already.\n"
    assert (await run(f"tenant resume {slug}")).exit_code == 0


async def test_refusals_are_errors(run, tenant):
    for line in (
        f"tenant create {tenant.slug} --name Again",
        "tenant create Bad_Slug --name X",
        "tenant suspend nobody-here",
        f"user create --tenant {tenant.slug} --email bad --name X --role admin",
        "user password nobody-at-all@example.com",
        f"user create --tenant {tenant.slug} --email a@example.com --name X --role nobody",
        f"token create --tenant {tenant.slug} --role nobody",
        f"module disable access --tenant {tenant.slug}",
        "audit verify --tenant nobody-here",
    ):
        result = await run(line)
        assert isinstance(result.exception, TocsinError), (line, result.output)
    for line in (f"token create --tenant {tenant.slug}", f"module enable nothing --tenant {tenant.slug}"):
        assert (await run(line)).exit_code == 2


async def test_modules_are_switched(run, tenant, client):
    viewer = await client("viewer")
    assert (await run(f"module disable incidents --tenant {tenant.slug}")).exit_code == 0
    assert (await viewer.get("/api/incidents/v1/incidents")).status_code == 403
    assert (await run(f"module enable incidents --tenant {tenant.slug}")).exit_code == 0
    assert (await viewer.get("/api/incidents/v1/incidents")).status_code == 200


async def test_the_audit_tells_the_first_broken_link(run, tenant, server):
    whole = await run(f"audit verify --tenant {tenant.slug}")
    assert whole.exit_code == 0
    assert "every chain is whole" in whole.output
    owner = await asyncpg.connect(server.admin_url)
    try:
        await owner.execute("update events set type = 'Forged' where tenant_id = $1 and seq = 1", tenant.id)
    finally:
        await owner.close()
    broken = await run(f"audit verify --tenant {tenant.slug}")
    assert broken.exit_code == 1
    assert "broken at number 1" in broken.output
