"""Sweeps over real rows: the deliveries' table serves as the timers."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import pytest

from tests.conftest import make_tenant
from tests.notifications.test_deliver import notify
from tocsin import worker
from tocsin.base.manifest import Sweep
from tocsin.db.tx import Database
from tocsin.jobs.sweeps import Sweeper, in_turns
from tocsin.notifications.jobs import DELIVERIES
from tocsin.tenancy import service as tenancy


@pytest.fixture(scope="module")
async def listing(server):
    opened = await Database.connect(server.urls.sweeper, size=2)
    yield opened
    await opened.close()


@asynccontextmanager
async def sweeping(sweep, database, listing, app_settings):
    sweeper = Sweeper(sweep, database, listing, app_settings, worker.may_sweep)
    task = asyncio.create_task(sweeper.run())
    try:
        yield sweeper
    finally:
        sweeper.stop()
        await asyncio.wait_for(task, 5)


async def until(check, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.01)


def finishing(seen, fails=()):
    """A sweep that notes what it is given and takes it off the list; for `fails` it raises."""

    async def handle(tx, delivery_id):
        seen.append((tx.tenant_id, delivery_id))
        if delivery_id in fails:
            raise RuntimeError("this row is poisoned")
        await tx.run(
            "update notification_deliveries set state = 'recorded', next_attempt_at = null where tenant_id = $1 and id = $2",
            tx.tenant_id,
            delivery_id,
        )

    return Sweep("test.sweep", "notifications", DELIVERIES.due, DELIVERIES.next_due, handle)


async def clear(database, *tenants):
    for tenant in tenants:
        async with database.tenant(tenant.id) as tx:
            await tx.run("delete from notification_deliveries where tenant_id = $1", tenant.id)


def test_tenants_take_turns():
    a, b, c = UUID(int=1), UUID(int=2), UUID(int=3)
    rows = [(a, 1), (a, 2), (a, 3), (b, 4), (c, 5), (b, 6)]
    assert in_turns(rows) == [[(a, 1)], [(b, 4)], [(c, 5)], [(a, 2)], [(b, 6)], [(a, 3)]]  # type: ignore[arg-type,comparison-overlap]
    assert in_turns(rows, 2) == [[(a, 1), (a, 2)], [(b, 4), (b, 6)], [(c, 5)], [(a, 3)]]  # type: ignore[arg-type,comparison-overlap]


async def test_each_due_row_is_handled_once(database, tenant, other_tenant, listing, app_settings):
    wanted = {(tenant.id, (await notify(database, tenant))[0]) for _ in range(6)}
    wanted |= {(other_tenant.id, (await notify(database, other_tenant))[0]) for _ in range(3)}
    seen: list = []
    async with sweeping(finishing(seen), database, listing, app_settings):
        await until(lambda: len([s for s in seen if s in wanted]) == 9)
        await asyncio.sleep(0.2)
    assert sorted(s for s in seen if s in wanted) == sorted(wanted)


async def test_a_poisoned_row_holds_up_nobody_and_does_not_spin(database, tenant, listing, app_settings):
    (bad,) = await notify(database, tenant)
    good = [(await notify(database, tenant))[0] for _ in range(5)]
    seen: list = []
    try:
        async with sweeping(finishing(seen, fails={bad}), database, listing, app_settings):
            await until(lambda: {delivery for _, delivery in seen} >= {bad, *good})
            await asyncio.sleep(2.2)
            assert [delivery for _, delivery in seen].count(bad) == 1
    finally:
        await clear(database, tenant)


async def test_one_tenants_thousands_do_not_hold_up_the_others(database, tenant, other_tenant, listing, app_settings):
    async with database.tenant(tenant.id) as tx:
        await tx.run_many(
            "insert into notification_deliveries (tenant_id, id, dedupe_key, kind, channel, subject, body, next_attempt_at,"
            " created_at) values ($1, $2, $3, 'x', 'email', 'x', 'x', $4, $4)",
            [(tenant.id, uuid4(), str(n), tx.now) for n in range(1500)],
        )
    (mine,) = await notify(database, other_tenant)
    seen: list = []
    try:
        async with sweeping(finishing(seen), database, listing, app_settings):
            await until(lambda: (other_tenant.id, mine) in seen)
            assert len(seen) < 50
            await until(lambda: len(seen) >= 1501, 30)
        assert len(set(seen)) == len(seen)
    finally:
        await clear(database, tenant)


async def test_sandboxes_suspended_tenants_and_switched_off_modules_are_left_alone(
    database, tenant, listing, app_settings
):
    suspended, off = await make_tenant(database), await make_tenant(database)
    sandbox = await make_tenant(database, sandbox=True)
    for one in (suspended, off):
        await notify(database, one)
    await tenancy.set_state(database, suspended.slug, "suspended")
    async with database.tenant(off.id) as tx:
        await tenancy.switch_module(tx, "notifications", enabled=False)
    async with database.tenant(sandbox.id) as tx:
        await tx.run(
            "insert into notification_deliveries (tenant_id, id, dedupe_key, kind, channel, subject, body, next_attempt_at,"
            " created_at) values ($1, $2, 'x', 'x', 'email', 'x', 'x', $3, $3)",
            *(sandbox.id, uuid4(), tx.real_now),
        )
    (mine,) = await notify(database, tenant)
    seen: list = []
    async with sweeping(finishing(seen), database, listing, app_settings):
        await until(lambda: (tenant.id, mine) in seen)
        await asyncio.sleep(0.1)
        assert not {one for one, _ in seen} & {suspended.id, off.id, sandbox.id}
        await tenancy.set_state(database, suspended.slug, "active")
        await until(lambda: suspended.id in {one for one, _ in seen})
    await clear(database, sandbox, off)


async def test_two_workers_do_each_row_once(database, tenant, listing, app_settings):
    done: list = []

    async def handle(tx, delivery_id):
        changed = await tx.run(
            "update notification_deliveries set state = 'recorded', next_attempt_at = null"
            " where tenant_id = $1 and id = (select id from notification_deliveries where tenant_id = $1 and id = $2"
            " and next_attempt_at is not null for update skip locked)",
            tx.tenant_id,
            delivery_id,
        )
        if changed:
            done.append(delivery_id)

    sweep = dataclasses.replace(finishing([]), handle=handle)
    wanted = {(await notify(database, tenant))[0] for _ in range(40)}
    async with sweeping(sweep, database, listing, app_settings), sweeping(sweep, database, listing, app_settings):
        await until(lambda: wanted <= set(done))
    assert len([delivery for delivery in done if delivery in wanted]) == 40


async def test_a_row_that_comes_due_behind_ten_thousand_is_next(database, tenant, other_tenant, listing, app_settings):
    async with database.tenant(tenant.id) as tx:
        await tx.run(
            "insert into notification_deliveries (tenant_id, id, dedupe_key, kind, channel, subject, body, next_attempt_at,"
            " created_at) select $1, gen_random_uuid(), n::text, 'x', 'email', 'x', 'x', $2, $2 from generate_series(1, 10000) n",
            *(tenant.id, tx.now),
        )
    seen: list = []
    try:
        async with sweeping(finishing(seen), database, listing, app_settings):
            await until(lambda: len(seen) > 20)
            (mine,) = await notify(database, other_tenant)
            began = time.monotonic()
            await until(lambda: (other_tenant.id, mine) in seen)
            waited = time.monotonic() - began
            assert len(seen) < 9000, "the others are not through yet"
        assert waited < 4  # below 2 s on a machine that does nothing else
    finally:
        await clear(database, tenant)


async def test_what_follows_up_gives_way_while_timers_are_behind(database, tenant, listing, app_settings):
    """One at a time then, and all at once as soon as the timers are through."""
    running, most, hurried = 0, {True: 0, False: 0}, True

    async def handle(tx, delivery_id):
        nonlocal running
        running += 1
        most[hurried] = max(most[hurried], running)
        await asyncio.sleep(0.02)
        await finishing([]).handle(tx, delivery_id)
        running -= 1

    for _ in range(30):
        await notify(database, tenant)
    sweep = dataclasses.replace(finishing([]), handle=handle, yields=True)
    sweeper = Sweeper(sweep, database, listing, app_settings, worker.may_sweep, lambda: hurried)
    task = asyncio.create_task(sweeper.run())
    try:
        await until(lambda: len(sweeper._resting) > 5)
        hurried = False
        await until(lambda: most[False] > 1)
    finally:
        sweeper.stop()
        await asyncio.wait_for(task, 10)
        await clear(database, tenant)
    assert most == {True: 1, False: sweep.concurrency}
