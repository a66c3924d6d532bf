from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from tests.sla.world import World
from tocsin.base.ids import new_id
from tocsin.sla import service as sla
from tocsin.tenancy import service as tenancy


def shape(fired: list[sla.Fired]) -> list[tuple[str, int | None]]:
    return [(item.clock, item.percent) for item in fired]


async def check(world: World, incident_id: UUID, minutes: float) -> list[tuple[str, int | None]]:
    async with world.at(minutes) as tx:
        return shape(await sla.check(tx, incident_id))


async def test_both_clocks_start_with_one_statement(world: World) -> None:
    async with world.at(0) as tx:
        incident_id = await world.incident(tx)
        await sla.asks(tx)  # as every request has done that came before
        statements: list[str] = []
        tx.conn.add_query_logger(lambda query: statements.append(query.query))
        targets = sla.Case(20, 100, "high")
        clocks = await sla.start(tx, incident_id, targets, started_at=tx.now)
        await asyncio.sleep(0)  # the driver tells its loggers a turn later
        assert [sql.split()[0] for sql in statements] == ["insert"]
        assert clocks is not None
        assert clocks == await sla.first_clocks(tx, targets, tx.now)
        assert clocks.resolution_due_at == world.time(100)
        assert clocks.response_due_at == world.time(20)
        assert (clocks.response_target_minutes, clocks.resolution_target_minutes) == (20, 100)
        assert not clocks.is_breached
    async with world.at(1) as tx:
        assert await sla.get(tx, incident_id) == clocks
        policy = await tx.value("select policy from incident_slas where tenant_id = $1", world.tenant_id)
    assert policy == {
        "version": 1,
        "calendar": "24x7",
        "targets": {"response_minutes": 20, "resolution_minutes": 100, "priority": "high", "update_minutes": None},
        "warning_percents": [75, 90],
        "extensions": None,
        "sources": [],
    }


async def test_a_tenant_sets_its_warnings(world: World) -> None:
    await world.change_tenant("settings = $2", {"warning_percents": [80, 50, 80]})
    incident_id = await world.started(targets=sla.Case(None, 100, "high"))
    assert await check(world, incident_id, 85) == [("resolution", 50), ("resolution", 80)]


async def test_everything_is_told_once(world: World) -> None:
    incident_id = await world.started()
    assert await check(world, incident_id, 14) == []
    assert await check(world, incident_id, 15) == [("response", 75)]
    assert await check(world, incident_id, 15) == []
    assert await check(world, incident_id, 80) == [("response", 90), ("response", None), ("resolution", 75)]
    async with world.at(100.5) as tx:
        fired = await sla.check(tx, incident_id)
    assert [(f.kind, f.clock, f.percent, f.due_at, f.at, f.late_seconds) for f in fired] == [
        ("warning", "resolution", 90, world.time(100), world.time(90), 630),
        ("breach", "resolution", None, world.time(100), world.time(100), 30),
    ]
    async with world.at(101) as tx:
        clocks = await sla.get(tx, incident_id)
    assert clocks is not None
    assert clocks.is_breached
    assert (clocks.breached_at, clocks.resolution_breached_at) == (world.time(20), world.time(100))
    assert await world.due(10_000) == []


async def test_two_looks_at_once_tell_once(world: World) -> None:
    incident_id = await world.started()
    told = await asyncio.gather(*(check(world, incident_id, 20) for _ in range(4)))
    assert sorted(told) == [[], [], [], [("response", 75), ("response", 90), ("response", None)]]


async def test_the_whole_life_of_the_clocks(world: World) -> None:
    incident_id = await world.started()

    async def act(minutes: float, verb: Any, *given: Any) -> sla.Clocks:
        async with world.at(minutes) as tx:
            clocks = await verb(tx, incident_id, *given)
        async with world.at(minutes) as tx:
            assert await sla.get(tx, incident_id) == clocks
        assert isinstance(clocks, sla.Clocks)
        return clocks

    clocks = await act(5, sla.respond, world.time(5))
    assert clocks.first_response_at == world.time(5)
    assert (await act(6, sla.respond, world.time(6))).first_response_at == world.time(5)
    clocks = await act(10, sla.pause, world.time(10))
    assert (clocks.paused_at, clocks.resolution_due_at) == (world.time(10), world.time(100))
    assert await world.next_due() is None
    clocks = await act(11, sla.retarget, sla.Case(5, 200, "low"))
    assert (clocks.resolution_due_at, clocks.response_due_at) == (world.time(200), world.time(20))
    clocks = await act(40, sla.resume, world.time(40))
    assert (clocks.paused_at, clocks.resolution_due_at) == (None, world.time(230))
    assert await world.next_due() == world.time(180)
    clocks = await act(50, sla.resolve, world.time(50))
    assert clocks.resolution_at == world.time(50)
    assert await world.next_due() is None
    clocks = await act(150, sla.reopen, world.time(150))
    assert (clocks.resolution_at, clocks.resolution_due_at) == (None, world.time(330))
    clocks = await act(151, sla.fix_due, world.time(300))
    assert clocks.resolution_due_at == world.time(300)
    clocks = await act(152, sla.retarget, sla.Case(20, 60, "high"))
    assert clocks.resolution_due_at == world.time(300)
    clocks = await act(153, sla.fix_due, None)
    assert clocks.resolution_due_at == world.time(190)
    await act(160, sla.stop, world.time(160))
    assert await world.due(10_000) == []
    clocks = await act(200, sla.restart, world.time(200))
    assert (clocks.is_breached, clocks.breached_at) == (True, world.time(190))
    assert await check(world, incident_id, 10_000) == []


async def test_an_import_is_settled_in_silence(world: World) -> None:
    async with world.at(0) as tx:
        incident_id = await world.incident(tx)
        await sla.start(tx, incident_id, sla.Case(20, 100, "high"), started_at=world.time(-500))
        await sla.resolve(tx, incident_id, world.time(-300))
        clocks = await sla.settle(tx, incident_id)
        assert clocks is not None
        assert (clocks.response_breached_at, clocks.resolution_breached_at) == (world.time(-480), world.time(-400))
        assert await sla.check(tx, incident_id) == []
    assert await world.due(10_000) == []


async def test_a_past_replayed_in_memory_is_the_past_lived_through(world: World) -> None:
    later = sla.Case(20, 400, "low")
    async with world.at(300) as tx:
        lived, replayed = await world.incident(tx), await world.incident(tx)
        await sla.start(tx, lived, sla.Case(20, 100, "high"), started_at=world.time(0))
        moments = []
        acts: list[tuple[Any, int]] = [("pause", 10), ("respond", 15), ("resume", 30), ("resolve", 50), ("reopen", 90)]
        for verb, minutes in acts:
            await getattr(sla, verb)(tx, lived, world.time(minutes))
            moments.append(sla.Moment(verb, world.time(minutes)))
        await sla.settle(tx, lived)
        await sla.retarget(tx, lived, later)
        clocks = await sla.settle(tx, lived)
        moments.append(sla.Moment("retarget", world.time(250), later))
        history = await sla.replay(tx, sla.Case(20, 100, "high"), started_at=world.time(0), moments=moments)
        assert history is not None
        assert await sla.record(tx, replayed, history) == clocks
    assert clocks is not None
    assert (clocks.resolution_breached_at, clocks.resolution_due_at) == (world.time(160), world.time(460))
    async with world.at(300) as tx:
        assert await sla.get(tx, lived) == await sla.get(tx, replayed) == clocks


async def test_a_manual_due_and_a_pausing_status_from_the_start(world: World) -> None:
    incident_id = await world.started(due_override=world.time(40), paused=True)
    assert await check(world, incident_id, 50) == [("response", 75), ("response", 90), ("response", None)]
    async with world.at(60) as tx:
        clocks = await sla.resume(tx, incident_id, tx.now)
    assert clocks is not None
    assert clocks.resolution_due_at == world.time(40)
    assert await check(world, incident_id, 60) == [("resolution", 75), ("resolution", 90), ("resolution", None)]


async def test_the_sweeper_lists_what_is_due_and_nothing_of_those_at_rest(world: World) -> None:
    incident_id = await world.started()
    assert await world.due(14.9) == []
    assert await world.due(15) == [(incident_id, world.time(15))]
    for change, back in (
        ("state = 'suspended'", "state = 'active'"),
        ("disabled_modules = '{sla}'", "disabled_modules = '{}'"),
        ("kind = 'sandbox', clock_at = now()", "kind = 'live', clock_at = null"),
    ):
        await world.change_tenant(change)
        assert await world.due(10_000) == []
        await world.change_tenant(back)
    await world.change_tenant("disabled_modules = '{intake}'")
    assert await world.due(10_000) == [(incident_id, world.time(15))]


async def test_the_sweeper_reads_no_more_than_when(world: World) -> None:
    conn = await asyncpg.connect(world.sweeper_url)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.fetch("select breached_at from incident_slas")
    finally:
        await conn.close()


async def test_without_the_module_an_incident_has_no_clocks(world: World) -> None:
    await world.change_tenant("disabled_modules = '{sla}'")
    async with world.at(0) as tx:
        await tenancy.current(tx)
        incident_id = await world.incident(tx)
        targets = sla.Case(20, 100, "high")
        assert await sla.first_clocks(tx, targets, tx.now) is None
        assert await sla.start(tx, incident_id, targets, started_at=tx.now) is None
        verbs: tuple[Any, ...] = (sla.respond, sla.resolve, sla.reopen, sla.pause, sla.resume, sla.stop, sla.restart)
        for verb in (*verbs, sla.fix_due):
            assert await verb(tx, incident_id, tx.now) is None
        assert await sla.retarget(tx, incident_id, targets) is None
        assert await sla.settle(tx, incident_id) is None
        assert await sla.get(tx, incident_id) is None
        assert await sla.check(tx, incident_id) == []


async def test_switched_off_later_it_keeps_time_and_tells_nothing(world: World) -> None:
    incident_id = await world.started()
    await world.change_tenant("disabled_modules = '{sla}'")
    async with world.at(30) as tx:
        await tenancy.current(tx)
        assert await sla.check(tx, incident_id) == []
        clocks = await sla.resolve(tx, incident_id, tx.now)
        assert clocks is not None
        assert clocks.resolution_at == world.time(30)
    await world.change_tenant("disabled_modules = '{}'")
    assert await check(world, incident_id, 40) == [("response", None)]


async def test_another_tenants_clocks_are_not_there(world: World) -> None:
    incident_id = await world.started()
    async with world.database.tenant(new_id(), now=world.time(20)) as tx:
        assert await sla.get(tx, incident_id) is None
        assert await sla.resolve(tx, incident_id, tx.now) is None
        assert await sla.check(tx, incident_id) == []


async def test_a_joined_row_gives_the_same_clocks(world: World) -> None:
    incident_id = await world.started()
    async with world.at(1) as tx:
        columns = ", ".join(f"s.{name}" for name in sla.Clocks.__struct_fields__ if not name.endswith("_outcome"))
        row = await tx.row(
            f"select i.title, {columns} from incidents i join incident_slas s"
            " on s.tenant_id = $1 and s.incident_id = i.id and s.is_active where i.tenant_id = $1 and i.id = $2",
            *(world.tenant_id, incident_id),
        )
        clocks = sla.clocks_from(row)
        assert clocks == await sla.get(tx, incident_id)
    assert msgspec.json.decode(msgspec.json.encode(clocks))["response_due_at"] == "2026-03-02T09:20:00Z"
