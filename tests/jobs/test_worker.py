"""The whole worker on a real PostgreSQL: the library takes what our statement put on its queue."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg
import pytest

from tests.jobs.test_sweeps import until
from tests.notifications.smtp import Server
from tests.notifications.test_deliver import event_types, notify, only
from tocsin import worker
from tocsin.activity import service as activity
from tocsin.activity.model import Event
from tocsin.base.actor import system_actor
from tocsin.base.ids import new_id
from tocsin.base.manifest import Handler
from tocsin.base.settings import Settings
from tocsin.db.session import connect
from tocsin.db.tx import Database
from tocsin.jobs import queue
from tocsin.jobs.worker import Job
from tocsin.tenancy import service as tenancy
from tocsin.web import store as web_store


class Happened(Event):
    """Something for these tests."""


@asynccontextmanager
async def working(server, settings, jobs=()):
    """A worker on connections of its own, as the process has them; `jobs` are (name, module, run)."""
    database = await connect(server.urls.app, size=8, closer=activity.record)
    sweeper = await connect(server.urls.sweeper, size=2)
    built = worker.build(settings, server.urls.app, database, sweeper)
    built._jobs.update({name: Job(module, run) for name, module, run in jobs})  # type: ignore[attr-defined]
    task = asyncio.create_task(built.run())
    try:
        yield built
    finally:
        built.stop()
        await asyncio.wait_for(task, 10)
        await database.close()
        await sweeper.close()


@pytest.fixture
def listener():
    """A handler of `Happened`; `runs` notes its runs, `fail` lets it raise."""

    class Listener:
        runs: list = []
        fail = 0

    async def run(tx, event):
        if Listener.fail:
            Listener.fail -= 1
            raise RuntimeError("not now")
        Listener.runs.append((tx.tenant_id, event.facts["n"] if hasattr(event, "facts") else event.data["n"]))

    name = f"test.{new_id().hex}"
    activity.SUBSCRIPTIONS.add("activity", [Handler("Happened", name, run)], [])
    yield Listener
    activity.SUBSCRIPTIONS.handlers["Happened"].clear()
    del activity.SUBSCRIPTIONS.by_name[name]
    Listener.runs.clear()


async def emit(database: Database, tenant, n=1):
    async with database.tenant(tenant.id) as tx:
        tx.emit(Happened(actor=system_actor(tenant.id), facts={"n": n}))


async def forget_jobs(database):
    async with database.globally() as tx:
        await tx.run("delete from pgqueuer")


@pytest.fixture(autouse=True)
async def quiet(server, database):
    """Nothing left to do of other tests, which share the database: the worker would see to all of that first."""
    conn = await asyncpg.connect(server.admin_url)
    try:
        await conn.execute("truncate pgqueuer; update events set pending = '{}' where pending <> '{}'")
    finally:
        await conn.close()


async def test_an_events_handler_runs_once(server, database, tenant, app_settings, listener):
    async with working(server, app_settings):
        await emit(database, tenant, 7)
        await until(lambda: listener.runs)
        async with database.tenant(tenant.id) as tx:  # the same job again, as a stalled heartbeat would make it
            event = await tx.value("select id from events where tenant_id = $1 and type = 'Happened'", tenant.id)
            name = activity.SUBSCRIPTIONS.handlers["Happened"][0][1].name
            await queue.enqueue(tx, [(activity.RUN_HANDLER, {"event": str(event), "handler": name})])
        await asyncio.sleep(0.5)
    assert listener.runs == [(tenant.id, 7)]


async def test_a_lost_queue_loses_nothing(server, database, tenant, app_settings, listener):
    await emit(database, tenant, 3)
    await forget_jobs(database)
    async with working(server, app_settings):
        await until(lambda: listener.runs, 10)
    assert listener.runs == [(tenant.id, 3)]


async def test_a_handler_that_fails_runs_again_and_the_queue_keeps_no_data(
    server, database, tenant, app_settings, listener
):
    listener.fail = 1
    async with working(server, app_settings):
        await emit(database, tenant, 5)
        await until(lambda: listener.runs, 12)
    assert listener.runs == [(tenant.id, 5)]
    async with database.globally() as tx:
        assert await tx.value("select count(*) from pgqueuer_log where traceback is not null") == 0


async def test_a_suspended_tenants_jobs_rest_until_it_is_back(server, database, tenant, app_settings, listener):
    await emit(database, tenant, 9)
    await tenancy.set_state(database, tenant.slug, "suspended")
    async with working(server, app_settings):
        await asyncio.sleep(0.8)
        assert listener.runs == []
        await tenancy.set_state(database, tenant.slug, "active")
        await until(lambda: listener.runs, 10)
    assert listener.runs == [(tenant.id, 9)]


async def test_a_job_runs_in_its_tenant_and_a_bad_one_harms_nobody(server, database, tenant, app_settings):
    seen: list = []

    async def job(tx, args):
        if args.get("bad"):
            raise RuntimeError("bad")
        seen.append((tx.tenant_id, args))

    async with working(server, app_settings, [("test.job", "notifications", job)]):
        async with database.tenant(tenant.id) as tx:
            await queue.enqueue(tx, [("test.job", {"bad": True}), ("test.job", {"n": 1})])
        await until(lambda: seen)
        async with database.globally() as tx:
            await tx.run(
                "insert into pgqueuer (priority, entrypoint, payload, status) values (0, 'test.job', 'x', 'queued')"
            )
        await asyncio.sleep(0.3)
        async with database.tenant(tenant.id) as tx:
            await queue.enqueue(tx, [("test.job", {"n": 2})])
        await until(lambda: len(seen) == 2)
    assert seen == [(tenant.id, {"n": 1}), (tenant.id, {"n": 2})]


async def test_a_notification_leaves_within_a_moment(server, database, tenant):
    smtp = Server()
    await smtp.start()
    try:
        async with working(server, Settings(smtp_url=smtp.url)):
            await asyncio.sleep(0.5)
            began = time.monotonic()
            await notify(database, tenant)
            await until(lambda: smtp.handler.mails)
            assert time.monotonic() - began < 0.9, "the job wakes the sweep"
    finally:
        await smtp.stop()
    row = await only(database, tenant)
    assert (row["state"], row["attempts"]) == ("sent", 1)
    assert await event_types(database, tenant) == []


async def test_it_connects_anew_when_its_connections_are_cut(server, database, tenant, app_settings, listener):
    async with working(server, app_settings):
        await emit(database, tenant, 1)
        await until(lambda: len(listener.runs) == 1)
        async with database.globally() as tx:
            cut = await tx.value(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity where pid <> pg_backend_pid() and usename = current_user"
            )
        assert cut > 1
        await asyncio.sleep(0.1)
        await emit(database, tenant, 2)
        await until(lambda: len(listener.runs) == 2, 6)


async def test_tidying_up(database, tenant, member):
    ann = await member("agent")
    async with database.tenant(tenant.id) as tx:
        await web_store.claim_key(tx, ann.id, "new", b"x")
        await web_store.claim_key(tx, ann.id, "old", b"x")
        await tx.run(
            "update idempotency_keys set created_at = $2 where tenant_id = $1 and key = 'old'",
            tenant.id,
            tx.now - timedelta(hours=25),
        )
        await web_store.count_hit(tx, b"old", tx.now - timedelta(hours=2))
        await web_store.count_hit(tx, b"new", tx.now)
    for chore in worker.CHORES:
        await chore.run(database)
    async with database.tenant(tenant.id) as tx:
        kept = await tx.rows("select key from idempotency_keys where tenant_id = $1", tenant.id)
        assert [row["key"] for row in kept] == ["new"]
        hits = await tx.rows("select key from rate_counters where key = any ($1)", [b"old", b"new"])
        assert [row["key"] for row in hits] == [b"new"]


async def test_jobs_run_one_at_a_time_while_timers_are_behind(server, database, tenant, app_settings, monkeypatch):
    running, most, done = 0, 0, 0

    async def run(_tx, _args):
        nonlocal running, most, done
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        done += 1

    async with working(server, app_settings, [("test.slow", "activity", run)]) as built:
        monkeypatch.setattr(built, "_is_hurried", lambda: True)
        async with database.tenant(tenant.id) as tx:
            await queue.enqueue(tx, [("test.slow", {})] * 10)
        await until(lambda: done == 10)
    assert most == 1
