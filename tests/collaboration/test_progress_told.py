"""Whom a progress report reaches, and the reminder when the next word is due."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from tests.incidents.steps import events, make
from tocsin.activity import service as activity
from tocsin.base.actor import Actor
from tocsin.collaboration import service
from tocsin.incidents import service as incidents
from tocsin.incidents.model import NewIncident

NOON = datetime(2031, 5, 5, 12, tzinfo=UTC)


@pytest.fixture
async def desk(database, tenant, member, at, client):
    """An incident from outside with watchers, and what a test does with it."""
    manager, watcher, quiet = await member("manager"), await member("agent", "Wanda"), await member("agent", "Quentin")
    public = Actor(tenant.id, None, "Public", "public", frozenset({"incidents.public.submit"}), "web")
    async with at(NOON) as tx:
        reporter = await incidents.find_or_add_reporter(tx, name="Ada", email="ada@example.com")
        new = NewIncident(title="Lamp", source="web", reported_via="public", reporter_id=reporter)
        incident = await incidents.create(tx, public, new)
        for user, email in ((str(watcher.id), None), (str(quiet.id), None), (None, "cc@example.com")):
            await incidents.add_watcher(tx, manager.actor, incident, user=user, team=None, email=email)
        await tx.run(
            "update incident_watchers set is_muted = true where tenant_id = $1 and user_id = $2", tenant.id, quiet.id
        )

    class Desk:
        id, by, watched_by = incident, manager, watcher

        async def report(self, minute=0, due=None, **more):
            fields = {"percent": 40, "summary": "Fuse *found*", "is_internal": False, **more}
            following = NOON + timedelta(minutes=due) if due is not None else None
            async with at(NOON + timedelta(minutes=minute)) as tx:
                return await service.report_progress(
                    tx, manager.actor, incident, **fields, next_update_due_at=following
                )

        async def sweep(self, minute, workers=1):
            async with at(NOON + timedelta(minutes=minute)) as tx:
                due = await tx.row(service.PROGRESS_NEXT, tenant.id, 1)
                if due is None or due["due_at"] > tx.now:
                    return False

            async def once():
                async with at(NOON + timedelta(minutes=minute)) as tx:
                    await service.remind_of_update(tx, due["id"])

            await asyncio.gather(*(once() for _ in range(workers)))
            return True

        async def mails(self, kind):
            async with at(NOON) as tx:
                rows = await tx.rows("select id, pending from events where tenant_id = $1", tenant.id)
                for row in rows:
                    for name in row["pending"]:
                        await activity.handle(tx, {"event": str(row["id"]), "handler": name})
                found = await tx.rows(
                    "select address, body from notification_deliveries where tenant_id = $1 and kind = $2",
                    tenant.id,
                    kind,
                )
            return {row["address"]: row["body"] for row in found}

    return Desk()


async def test_a_public_report_goes_to_reporter_and_watchers(desk):
    await desk.report(due=60)
    found = await desk.mails("ProgressReported")
    assert found.keys() == {"ada@example.com", "cc@example.com", desk.watched_by.email}
    assert all("Progress: 40 %" in body and "Fuse *found*" in body and "13:00" in body for body in found.values())


async def test_an_internal_report_goes_nowhere(desk):
    await desk.report(is_internal=True)
    assert await desk.mails("ProgressReported") == {}


async def test_the_owner_is_reminded_once_when_the_next_word_is_due(desk, at, member):
    owner = await member("agent")
    async with at(NOON) as tx:
        await incidents.assign(tx, desk.by.actor, desk.id, user=str(owner.id))
    await desk.report(due=30)
    await desk.report(minute=10, due=60)
    assert not await desk.sweep(59)
    assert await desk.sweep(60, workers=4)
    assert not await desk.sweep(600)
    assert (await desk.mails("ProgressUpdateDue")).keys() == {owner.email}
    async with at(NOON) as tx:
        told = [e for e in await activity.timeline(tx, desk.id, limit=50) if e.type == "ProgressUpdateDue"]
    assert len(told) == 1
    assert told[0].data["told"] == 1


async def test_nobody_is_reminded_once_there_was_a_word_or_the_work_is_over(desk, at):
    await desk.report(due=30)
    await desk.report(minute=10)
    assert not await desk.sweep(60)
    await desk.report(minute=70, due=90)
    async with at(NOON + timedelta(minutes=80)) as tx:
        await incidents.resolve(tx, desk.by.actor, desk.id)
    assert await desk.sweep(100)
    assert not await desk.sweep(100)
    assert await desk.mails("ProgressUpdateDue") == {}


async def test_without_an_owner_the_reporter_of_progress_is_reminded(desk):
    await desk.report(due=30)
    assert await desk.sweep(31)
    assert (await desk.mails("ProgressUpdateDue")).keys() == {desk.by.email}


async def test_the_sweep_finds_it(client, tenant, database, server):
    import asyncpg

    agent = await client("agent")
    incident = await make(agent)
    path = f"/api/incidents/v1/incidents/{incident['id']}/progress"
    soon = datetime.now(UTC) + timedelta(hours=1)
    made = await agent.post(path, json={"percent": 1, "summary": "x", "next_update_due_at": soon.isoformat()})
    conn = await asyncpg.connect(str(server.urls.sweeper))
    try:
        for moment, found in ((soon - timedelta(seconds=1), False), (soon + timedelta(seconds=1), True)):
            rows = await conn.fetch(service.PROGRESS_DUE, moment, 1000)
            assert (UUID(made.json()["id"]) in {row["id"] for row in rows}) is found
    finally:
        await conn.close()
    assert (await events(agent, incident))[-1]["type"] == "ProgressReported"
