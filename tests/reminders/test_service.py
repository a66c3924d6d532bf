"""Reminders on a real PostgreSQL, with the time given."""

from __future__ import annotations

from datetime import timedelta

import asyncpg
import msgspec
import pytest

from tests.reminders.world import MINUTE, NOON
from tocsin.activity import service as activity
from tocsin.incidents import service as incidents
from tocsin.incidents.service import Change
from tocsin.reminders import service
from tocsin.reminders.model import Draft


async def told(world, incident):
    async with world.at(0) as tx:
        events = await activity.timeline(tx, incident, limit=200, after=0)
    return [event for event in events if event.type.startswith("Reminder")]


async def test_it_is_sent_once_when_due_to_the_owner(world, member):
    agent = await member()
    incident = await world.incident(assigned_to=str(agent.id))
    await world.remind(0, incident, at=30, reminder_type="follow_up")
    assert await world.sweep(29.9) == 0
    assert await world.sweep(30) == 1
    assert await world.sweep(600) == 0
    ((address, body),) = await world.sent()
    assert address == agent.email
    assert "Mail is down" in body
    assert "follow_up" in body
    (reminder,) = await world.reminders(incident)
    assert (reminder.state, reminder.sent_at) == ("sent", NOON + 30 * MINUTE)
    due = (await told(world, incident))[-1]
    assert due.type == "ReminderDue"
    assert (due.data["told"], due.data["skipped"], due.data["channel"]) == (1, None, "email")


@pytest.mark.parametrize("workers", [2, 4])
async def test_two_workers_never_send_twice(world, member, workers):
    agent = await member()
    made = [await world.incident(assigned_to=str(agent.id)) for _ in range(5)]
    for incident in made:
        await world.remind(0, incident, at=30)
    await world.sweep(31, workers)
    assert len(await world.sent()) == 5
    assert [event.type for event in await told(world, made[0])] == ["ReminderScheduled", "ReminderDue"]


async def test_without_an_owner_who_made_it_is_reminded(world, member):
    agent = await member()
    incident = await world.incident()
    await world.remind(0, incident, agent.actor, at=30)
    await world.sweep(30)
    assert [address for address, _ in await world.sent()] == [agent.email]


async def test_people_roles_teams_and_watchers_each_get_it_once(world, member):
    ada, ben, mia = await member(name="Ada"), await member(name="Ben"), await member("manager", "Mia")
    incident = await world.incident(assigned_to=str(ada.id))
    await world.do(0, incidents.add_watcher, incident, user=str(ben.id), team=None, email=None)
    await world.do(0, incidents.add_watcher, incident, user=None, team=None, email="outside@example.com")
    to = ["owner", "me", ada.email, "role:manager", {"role": "manager"}, "watchers"]
    await world.remind(0, incident, mia.actor, at=30, to=to)
    await world.sweep(30)
    sent = dict(await world.sent())
    assert sorted(sent) == sorted([ada.email, ben.email, mia.email, "outside@example.com"])
    assert "Priority" in sent[ben.email]
    assert "Priority" not in sent["outside@example.com"]


async def test_a_reporter_outside_reads_public_words_only(world):
    async with world.at(0) as tx:
        reporter = await incidents.find_or_add_reporter(tx, name="Vera", email="vera@example.com", phone="+49 30 1234")
    incident = await world.incident(reported_via="public", reporter_id=reporter)
    await world.remind(0, incident, at=30, to=["reporter"])
    await world.remind(0, incident, at=30, to=["reporter"], channel="sms")
    await world.sweep(30)
    sent = dict(await world.sent())
    assert set(sent) == {"vera@example.com", "+49 30 1234"}
    assert all("Status" not in body and "Mail is down" in body for body in sent.values())


async def test_nobody_reachable_is_said(world, member):
    agent = await member()
    incident = await world.incident()
    await world.remind(0, incident, at=30, to=["owner"])
    await world.remind(0, incident, at=30, to=[agent.email], channel="sms")
    await world.sweep(30)
    assert {r.state for r in await world.reminders(incident)} == {"sent"}
    skipped = {event.data["skipped"] for event in await told(world, incident) if event.type == "ReminderDue"}
    assert skipped == {"nobody is there to remind", "nobody can be reached by sms"}


async def test_slack_gets_one_message(world, member):
    await member("manager"), await member("manager")
    incident = await world.incident()
    await world.remind(0, incident, at=30, to=["role:manager"], channel="slack")
    await world.sweep(30)
    assert len(await world.sent()) == 1


# --------------------------------------------------------------------------------------------------------- due times


async def test_before_due_moves_with_the_due_time(world, member):
    agent = await member()
    incident = await world.incident(assigned_to=str(agent.id), priority="medium")
    made = await world.remind(0, incident, before_due="PT2H")
    assert made.scheduled_for == NOON + timedelta(hours=22)
    assert made.before_due == "PT2H"

    async def moved(minute, verb, *args, **fields):
        await world.do(minute, verb, incident, *args, **fields)
        return (await world.reminders(incident))[0].scheduled_for

    due_at = NOON + timedelta(hours=10)
    assert await moved(1, incidents.update, Change(due_at=due_at)) == NOON + timedelta(hours=8)
    assert await moved(2, incidents.update, Change(due_at=None)) == NOON + timedelta(hours=22)
    assert await moved(3, incidents.update, Change(priority="high")) == NOON + timedelta(hours=6)
    await moved(10, incidents.transition, "waiting")
    assert await moved(70, incidents.transition, "open") == NOON + timedelta(hours=7)
    await moved(80, incidents.resolve)
    assert await moved(140, incidents.reopen) == NOON + timedelta(hours=8)
    assert await world.sweep(8 * 60) == 1
    assert len(await world.sent()) == 1


async def test_before_due_rests_while_the_incident_waits(world, member):
    agent = await member()
    incident = await world.incident(assigned_to=str(agent.id), priority="high")
    await world.remind(0, incident, before_due="PT1H")
    await world.do(60, incidents.transition, incident, "waiting")
    await world.sweep(7 * 60)
    (resting,) = await world.reminders(incident)
    assert (resting.state, resting.scheduled_for) == ("scheduled", None)
    await world.do(10 * 60, incidents.transition, incident, "open")
    (again,) = await world.reminders(incident)
    assert again.scheduled_for == NOON + timedelta(hours=16)
    await world.sweep(16 * 60)
    assert len(await world.sent()) == 1


async def test_a_fixed_time_does_not_rest(world, member):
    agent = await member()
    incident = await world.incident(assigned_to=str(agent.id))
    await world.remind(0, incident, at=30)
    await world.do(5, incidents.transition, incident, "waiting")
    await world.sweep(30)
    assert len(await world.sent()) == 1


# --------------------------------------------------------------------------------------------------------------- ends


async def test_a_closed_incident_cancels_what_is_scheduled(world):
    incident = await world.incident()
    for minute in (30, 40):
        await world.remind(0, incident, at=minute)
    await world.do(5, incidents.close, incident)
    assert await world.sweep(600) == 0
    states = await world.rows("select state, cancelled_at from incident_reminders where tenant_id = $1")
    assert states == [{"state": "cancelled", "cancelled_at": NOON + 5 * MINUTE}] * 2
    assert {e.data["because"] for e in await told(world, incident) if e.type == "ReminderCancelled"} == {"closed"}


async def test_a_restored_incident_has_the_reminders_that_are_still_to_come(world, member):
    agent = await member()
    incident = await world.incident(assigned_to=str(agent.id))
    for minute in (30, 40):
        await world.remind(0, incident, at=minute)
    await world.do(5, incidents.delete, incident)
    await world.sweep(30)
    assert await world.sent() == []
    await world.do(35, incidents.restore, incident)
    await world.sweep(40)
    assert [reminder.state for reminder in await world.reminders(incident)] == ["cancelled", "sent"]
    assert [mail[0] for mail in await world.sent()] == [agent.email]
    assert [e.data["because"] for e in await told(world, incident) if e.type == "ReminderCancelled"] == ["deleted"]


async def test_resolving_cancels_nothing(world, member):
    agent = await member()
    incident = await world.incident(assigned_to=str(agent.id))
    await world.remind(0, incident, at=30)
    await world.do(5, incidents.resolve, incident)
    await world.sweep(30)
    assert len(await world.sent()) == 1


async def test_it_can_be_put_off(world, member):
    agent = await member()
    incident = await world.incident(assigned_to=str(agent.id))
    made = await world.remind(0, incident, at=30)
    later = msgspec.convert({"scheduled_for": NOON + 60 * MINUTE}, Draft)
    await world.do(20, service.change_reminder, str(incident), str(made.id), later)
    assert await world.sweep(59) == 0
    assert await world.sweep(60) == 1
    changed = next(e for e in await told(world, incident) if e.type == "ReminderChanged")
    assert changed.data["fields"] == ["scheduled_for"]


async def test_a_late_worker_sends_once(world, member):
    agent = await member()
    incident = await world.incident(assigned_to=str(agent.id))
    await world.remind(0, incident, at=30)
    assert await world.sweep(3 * 24 * 60) == 1
    assert len(await world.sent()) == 1


async def test_the_sweeper_leaves_out_who_is_not_to_be_swept(world, server):
    incident = await world.incident()
    await world.remind(0, incident, at=30)
    states = (
        ("update tenants set name = name where id = $1", 1),
        ("update tenants set state = 'suspended' where id = $1", 0),
        ("update tenants set state = 'active', disabled_modules = '{reminders}' where id = $1", 0),
    )
    conn = await asyncpg.connect(server.urls.sweeper)
    try:
        for change, expected in states:
            async with world.at(0) as tx:
                await tx.run(change, world.tenant.id)
            rows = await conn.fetch(service.DUE, NOON + 30 * MINUTE, 10_000)
            assert len([row for row in rows if row["tenant_id"] == world.tenant.id]) == expected
    finally:
        await conn.close()
    async with world.at(0) as tx:
        assert (await tx.row(service.NEXT_DUE, world.tenant.id, 1))["due_at"] == NOON + 30 * MINUTE
