"""What `tocsin doctor` says of the engine, each on a database where it is so."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import msgspec
import pytest

from tests.conftest import make_tenant
from tests.db.servers import fresh_database
from tocsin import wiring
from tocsin.activity import service as activity
from tocsin.base.actor import system_actor
from tocsin.db.migrate import migrate
from tocsin.db.tx import Database
from tocsin.escalation import service as escalation
from tocsin.escalation.service import Draft
from tocsin.incidents import service as incidents
from tocsin.incidents.model import NewIncident
from tocsin.jobs import health


@pytest.fixture(scope="module")
async def ward(server):
    """A database of its own, with a tenant and an incident whose clocks started a day ago."""
    urls = await fresh_database(server)
    await migrate(urls.owner)
    wiring.modules()
    database = await Database.connect(urls.app, size=4, closer=activity.record)
    tenant = await make_tenant(database)
    yield urls, database, tenant
    await database.close()


async def symptom(urls, name):
    found = {one.name: one for one in await health.examine(urls, wiring.sweeps())}
    assert found.keys() == {"clock skew", "overdue timers", "stuck runs", "failed deliveries"}
    return found[name]


async def test_a_fresh_database_is_well(ward):
    urls, _, _ = ward
    for one in await health.examine(urls, wiring.sweeps()):
        assert not one.lines, one


async def test_overdue_timers_are_named_and_explained(ward):
    urls, database, tenant = ward
    actor = system_actor(tenant.id)
    async with database.tenant(tenant.id, now=datetime.now(UTC) - timedelta(days=3)) as tx:
        await incidents.create(tx, actor, NewIncident(title="Old", priority="critical"))
    found = await symptom(urls, "overdue timers")
    assert any(line.startswith(f"sla.clocks of {tenant.slug}: 1, the oldest due ") for line in found.lines), found.lines
    assert any("days ago" in line for line in found.lines)
    assert "no worker is connected" in found.why
    assert found.grave
    conn = await asyncpg.connect(urls.app, server_settings={"application_name": health.WORKER})
    try:
        assert "a worker is connected and does not get them done" in (await symptom(urls, "overdue timers")).why
    finally:
        await conn.close()


async def test_a_run_that_contradicts_its_incident_is_found(ward):
    urls, database, tenant = ward
    actor = system_actor(tenant.id)
    body = {
        "name": "Night",
        "trigger": {"on": "unassigned", "after": "PT15M"},
        "steps": [{"after": "PT10M", "actions": [{"do": "raise_priority"}]}],
    }
    async with database.tenant(tenant.id) as tx:
        await escalation.add_policy(tx, actor, msgspec.convert(body, Draft))
        incident = await incidents.create(tx, actor, NewIncident(title="Stuck"))
    assert (await symptom(urls, "stuck runs")).lines == []
    async with database.tenant(tenant.id) as tx:
        sql = "update escalation_runs set paused_at = $3, remaining = '1 hour', next_step_at = null where tenant_id = $1 and incident_id = $2"
        assert await tx.run(sql, tenant.id, incident, tx.now) == 1
    found = await symptom(urls, "stuck runs")
    assert found.lines == [f"escalation of INC-000002 ({tenant.slug}): it waits, and its incident does not"]
    async with database.tenant(tenant.id) as tx:
        await tx.run(
            "update incidents set is_open = false, status_id = (select id from incident_statuses where tenant_id = $1"
            " and slug = 'resolved') where tenant_id = $1 and id = $2",
            *(tenant.id, incident),
        )
        sql = "update escalation_runs set paused_at = null, remaining = null, next_step_at = $3 where tenant_id = $1 and incident_id = $2"
        await tx.run(sql, tenant.id, incident, tx.now + timedelta(hours=1))
    found = await symptom(urls, "stuck runs")
    assert "it is at work, and its incident is Resolved" in found.lines[0]


async def test_failed_deliveries_are_counted_by_reason(ward):
    urls, database, tenant = ward
    async with database.tenant(tenant.id) as tx:
        for n in range(3):
            await tx.run(
                "insert into notification_deliveries (tenant_id, id, dedupe_key, kind, channel, subject, body, state,"
                " last_error, created_at) values ($1, $2, $3, 'x', 'email', 'x', 'x', 'failed', $4, $5)",
                *(tenant.id, uuid4(), str(n), "550 no such user" if n else "timed out", tx.now),
            )
    found = await symptom(urls, "failed deliveries")
    assert [line.split(":", 1)[1].strip() for line in found.lines] == ["550 no such user", "timed out"]
    assert found.lines[0].startswith(f"2 by email ({tenant.slug}), the last ")
    assert not found.grave


async def test_clocks_that_differ_are_told(ward, monkeypatch):
    urls, _, _ = ward

    class Late(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) - timedelta(seconds=90)

    monkeypatch.setattr(health, "datetime", Late)
    conn = await asyncpg.connect(urls.app)
    try:
        found = await health.clock_skew(conn)
    finally:
        await conn.close()
    assert found.lines == ["the database's clock is 90.0 s ahead of this machine's"]
    assert "NTP" in found.why


async def test_without_the_role_of_backups_two_looks_are_skipped(ward):
    urls, _, _ = ward
    found = await health.examine(dataclasses.replace(urls, backup=None), wiring.sweeps())
    assert [one.name for one in found if one.skipped] == ["stuck runs", "failed deliveries"]
