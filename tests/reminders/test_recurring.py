"""Reminders that recur, are put off, wait through quiet hours: on a real PostgreSQL, with the time given, whatever crashes."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from tests.reminders.world import MINUTE, NOON, World
from tocsin.base.actor import system_actor
from tocsin.base.errors import Invalid, Refused
from tocsin.incidents import service as incidents
from tocsin.reminders import service
from tocsin.reminders.model import Draft, Reminder, Snooze
from tocsin.tenancy import service as tenancy
from tocsin.tenancy.service import TenantChange

DAY = 1440
DAILY = "FREQ=DAILY;COUNT=3"


async def setting(world: World, **wanted: Any) -> None:
    async with world.at(-1) as tx:
        await tenancy.change(tx, system_actor(world.tenant.id), TenantChange(settings=wanted))


async def zone(world: World, name: str) -> None:
    async with world.at(-1) as tx:
        await tenancy.change(tx, system_actor(world.tenant.id), TenantChange(time_zone=name))


async def snooze(world: World, minute: float, incident: UUID, reminder: UUID, **given: Any) -> Reminder:
    async with world.at(minute) as tx:
        wanted = msgspec.convert(given, Snooze)
        return await service.snooze_reminder(tx, world.actor, str(incident), str(reminder), wanted)


async def test_each_time_goes_out_once_and_the_last_ends_it(world: World, member: Any) -> None:
    agent = await member()
    incident = await world.incident(assigned_to=str(agent.id))
    made = await world.remind(0, incident, at=30, rrule=DAILY)
    assert (made.rrule, made.scheduled_for, made.occurrence) == (DAILY, NOON + 30 * MINUTE, 0)
    for day, number in ((0, 1), (1, 2), (2, 3)):
        assert await world.sweep(day * DAY + 29) == 0
        assert await world.sweep(day * DAY + 30, workers=3) == 1
        assert len(await world.sent()) == number
        (reminder,) = await world.reminders(incident)
        assert reminder.occurrence == number
        assert reminder.sent_at == NOON + (day * DAY + 30) * MINUTE
        assert reminder.state == ("scheduled" if day < 2 else "sent")
    assert await world.sweep(10 * DAY) == 0


async def test_the_wall_time_is_the_tenants_when_clocks_change(world: World, member: Any) -> None:
    agent = await member()
    await zone(world, "Europe/Berlin")
    incident = await world.incident(assigned_to=str(agent.id))
    spring = (NOON.replace(month=3, day=28, hour=8, minute=0) - NOON) / MINUTE
    if spring < 0:
        spring = (NOON.replace(year=NOON.year + 1, month=3, day=27, hour=8, minute=0) - NOON) / MINUTE
    await world.remind(0, incident, at=spring, rrule="FREQ=DAILY")
    await world.sweep(spring)
    (reminder,) = await world.reminders(incident)
    assert reminder.scheduled_for is not None
    gone = reminder.scheduled_for - (NOON + spring * MINUTE)
    assert gone in (timedelta(hours=23), timedelta(hours=24))


async def test_a_worker_that_was_down_sends_one_not_a_storm(world: World, member: Any) -> None:
    agent = await member()
    incident = await world.incident(assigned_to=str(agent.id))
    await world.remind(0, incident, at=30, rrule="FREQ=DAILY")
    assert await world.sweep(5 * DAY) == 1
    assert len(await world.sent()) == 1
    (reminder,) = await world.reminders(incident)
    assert reminder.scheduled_for == NOON + (5 * DAY + 30) * MINUTE
    async with world.at(0) as tx:
        data = await tx.value("select facts from events where tenant_id = $1 and type = 'ReminderDue'", world.tenant.id)
    assert (data["occurrence"], data["missed"]) == (1, 4)


async def test_a_crash_before_the_commit_sends_nothing_and_loses_nothing(world: World, member: Any) -> None:
    agent = await member()
    incident = await world.incident(assigned_to=str(agent.id))
    made = await world.remind(0, incident, at=30, rrule=DAILY)

    class Crashed(Exception):
        pass

    with pytest.raises(Crashed):
        async with world.at(31) as tx:
            await service.remind(tx, made.id)
            raise Crashed
    assert await world.sent() == []
    assert await world.sweep(31, workers=2) == 1
    assert len(await world.sent()) == 1
    async with world.at(32) as tx:
        await service.remind(tx, made.id)
    assert len(await world.sent()) == 1


async def test_it_is_put_off_and_comes_once_more_after_it_went_out(world: World, member: Any) -> None:
    agent = await member()
    incident = await world.incident(assigned_to=str(agent.id))
    made = await world.remind(0, incident, at=30)
    put_off = await snooze(world, 10, incident, made.id, **{"for": "PT1H"})
    assert (put_off.scheduled_for, put_off.snoozed_until) == (NOON + 70 * MINUTE, NOON + 70 * MINUTE)
    assert await world.sweep(69) == 0
    assert await world.sweep(70) == 1
    again = await snooze(world, 80, incident, made.id, until=(NOON + 90 * MINUTE).isoformat())
    assert again.state == "scheduled"
    assert await world.sweep(90, workers=2) == 1
    assert len(await world.sent()) == 2
    (reminder,) = await world.reminders(incident)
    assert (reminder.state, reminder.occurrence, reminder.snoozed_until) == ("sent", 2, None)


async def test_one_time_of_a_series_is_put_off_the_others_stay(world: World, member: Any) -> None:
    agent = await member()
    incident = await world.incident(assigned_to=str(agent.id))
    made = await world.remind(0, incident, at=30, rrule="FREQ=DAILY")
    await snooze(world, 10, incident, made.id, **{"for": "PT2H"})
    assert await world.sweep(130) == 1
    (reminder,) = await world.reminders(incident)
    assert reminder.scheduled_for == NOON + (DAY + 30) * MINUTE


async def test_one_by_the_due_time_stays_where_it_was_put_off_to(world: World, member: Any) -> None:
    agent = await member()
    incident = await world.incident(assigned_to=str(agent.id))
    made = await world.remind(0, incident, before_due="PT30M")
    put_off = await snooze(world, 1, incident, made.id, **{"for": "PT5M"})
    async with world.at(2) as tx:
        await incidents.update(tx, world.actor, incident, incidents.Change(priority="low"))
    (reminder,) = await world.reminders(incident)
    assert reminder.scheduled_for == put_off.scheduled_for
    assert await world.sweep(6) == 1


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"until": NOON.isoformat(), "for": "PT1H"},
        {"for": "1 hour"},
        {"for": "PT0S"},
        {"for": "P400D"},
        {"until": NOON.isoformat()},
    ],
)
async def test_it_is_not_put_off_to_nowhere(world: World, given: dict[str, str]) -> None:
    incident = await world.incident()
    made = await world.remind(0, incident, at=30)
    with pytest.raises(Invalid):
        await snooze(world, 10, incident, made.id, **given)


async def test_closing_ends_a_series_and_then_nothing_is_put_off(world: World, member: Any) -> None:
    agent = await member()
    incident = await world.incident(assigned_to=str(agent.id))
    made = await world.remind(0, incident, at=30, rrule="FREQ=DAILY")
    await world.sweep(30)
    async with world.at(40) as tx:
        await incidents.close(tx, world.actor, incident)
    (reminder,) = await world.reminders(incident)
    assert reminder.state == "cancelled"
    assert await world.sweep(3 * DAY) == 0
    with pytest.raises(Refused):
        await snooze(world, 50, incident, made.id, **{"for": "PT1H"})


async def test_quiet_hours_hold_back_what_is_not_urgent(world: World, member: Any) -> None:
    agent = await member()
    await setting(world, quiet_hours=["12:10", "13:00"])
    incident = await world.incident(assigned_to=str(agent.id))
    burning = await world.incident(assigned_to=str(agent.id), priority="critical")
    await world.remind(0, incident, at=30, rrule="FREQ=DAILY")
    await world.remind(0, incident, at=30, is_urgent=True)
    await world.remind(0, burning, at=30)
    assert await world.sweep(30, workers=2) == 3
    assert len(await world.sent()) == 2
    assert await world.sweep(59) == 0
    assert await world.sweep(60, workers=2) == 1
    assert len(await world.sent()) == 3
    series = next(one for one in await world.reminders(incident) if one.rrule is not None)
    assert series.scheduled_for == NOON + (DAY + 30) * MINUTE


async def test_a_series_is_changed_and_made_single_again(world: World) -> None:
    incident = await world.incident()
    made = await world.remind(0, incident, at=30, rrule="FREQ=DAILY")

    async def change(**given: Any) -> Reminder:
        async with world.at(1) as tx:
            return await service.change_reminder(
                tx, world.actor, str(incident), str(made.id), msgspec.convert(given, Draft)
            )

    moved = await change(scheduled_for=(NOON + 90 * MINUTE).isoformat())
    assert (moved.rrule, moved.scheduled_for) == ("FREQ=DAILY", NOON + 90 * MINUTE)
    weekly = await change(rrule="FREQ=WEEKLY")
    assert (weekly.rrule, weekly.scheduled_for) == ("FREQ=WEEKLY", NOON + 90 * MINUTE)
    single = await change(rrule=None)
    assert (single.rrule, single.scheduled_for) == (None, NOON + 90 * MINUTE)
    with pytest.raises(Invalid, match="never comes"):
        await change(rrule="FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")
    due = await change(before_due="PT30M")
    assert due.before_due == "PT30M"
    with pytest.raises(Invalid):
        await change(rrule="FREQ=DAILY")


async def test_two_at_once_put_off_and_sent_agree(world: World, member: Any) -> None:
    agent = await member()
    incident = await world.incident(assigned_to=str(agent.id))
    made = await world.remind(0, incident, at=30)

    async def send() -> None:
        async with world.at(30) as tx:
            await service.remind(tx, made.id)

    await asyncio.gather(send(), snooze(world, 30, incident, made.id, **{"for": "PT1H"}), send())
    assert len(await world.sent()) <= 1
    await world.sweep(91)
    assert len(await world.sent()) in (1, 2)
    (reminder,) = await world.reminders(incident)
    assert (reminder.state, reminder.occurrence) == ("sent", len(await world.sent()))
