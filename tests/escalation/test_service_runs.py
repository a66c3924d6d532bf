"""Ladders on a real PostgreSQL, with the time given."""

from __future__ import annotations

from dataclasses import replace

import asyncpg
import pytest

from tests.escalation.world import MINUTE, NOON, NOTIFY, RAISE
from tocsin.access.model import Named
from tocsin.activity import service as activity
from tocsin.base.errors import Refused
from tocsin.escalation import service
from tocsin.incidents import service as incidents
from tocsin.incidents.model import NewIncident


def _slugs(escalation):
    return escalation.from_priority.slug, escalation.to_priority.slug


async def test_the_steps_come_in_time_and_in_order_each_once(world, member):
    manager = await member("manager", "Mia Manager")
    policy = await world.policy()
    incident = await world.incident(5, priority="medium")
    assert await world.sweep(19.9) == 0
    assert await world.sweep(20) == 1
    assert await world.priority(incident) == "high"
    assert await world.sweep(29) == 0
    assert await world.sweep(30) == 1
    assert await world.sweep(600) == 0
    assert await world.steps() == [(1, 1, 20), (1, 2, 30)]
    (run,) = await world.runs()
    assert (run["state"], run["ended_because"], run["policy_version"]) == ("finished", "done", policy.version)
    (mail,) = [m for m in await world.mails() if "nobody is assigned" in m["body"]]
    assert (mail["address"], mail["created_at"]) == (manager.email, NOON + 30 * MINUTE)
    assert "Escalated: Mail is down" in mail["subject"]


async def test_a_step_is_written_down_with_its_outcome_and_event(world, member):
    await member("manager")
    policy = await world.policy()
    incident = await world.incident()
    await world.sweep(15)
    await world.sweep(25)
    async with world.at(30) as tx:
        page = await service.escalations(tx, world.actor, str(incident), limit=50, cursor=None)
        events = await activity.timeline(tx, incident, limit=50, after=0, types=["IncidentEscalated"])
    raised, told = page.items
    assert _slugs(raised) == ("medium", "high")
    assert raised.policy == Named(policy.id, policy.name)
    assert (raised.escalated_by, raised.step, raised.round) == (None, 1, 1)
    assert raised.reason == "Night: nobody is assigned for 15 minutes (step 1)"
    assert raised.outcome == [{"do": "raise_priority", "result": "raised", "priority": "high"}]
    assert (told.from_priority, told.to_priority) == (None, None)
    assert told.outcome[0]["result"] == "notified"
    assert [event.data["step"] for event in events] == [1, 2]
    assert events[0].data["from"] == "medium"
    assert events[0].data["to"] == "high"


@pytest.mark.parametrize("workers", [2, 4])
async def test_two_workers_never_act_twice(world, member, workers):
    await member("manager")
    await world.policy(repeat=1)
    for _ in range(3):
        await world.incident()
    for minute in (15, 25, 40, 50, 60):
        await world.sweep(minute, workers)
    expected = [(1, 1, 15), (1, 2, 25), (2, 1, 40), (2, 2, 50)]
    assert await world.steps() == sorted([step for step in expected for _ in range(3)], key=lambda s: s[2])


async def test_a_tenant_without_policies_writes_no_run(world):
    await world.incident()
    assert await world.runs() == []


async def test_conditions_are_judged_when_the_run_starts(world):
    await world.policy(conditions="priority:critical")
    low, raised = await world.incident(priority="low"), await world.incident(priority="low")
    await world.do(5, service.escalate_manually, raised, priority="critical", reason="It spreads")
    await world.sweep(15)
    by_incident = {run["incident_id"]: run for run in await world.runs()}
    assert by_incident[low]["ended_because"] == "conditions"
    assert by_incident[raised]["started_at"] == NOON + 15 * MINUTE


async def test_assigning_ends_it_before_the_start_and_after(world, member):
    agent = await member()
    await world.policy()
    before, after = await world.incident(), await world.incident()
    await world.do(14, incidents.assign, before, user=str(agent.id))
    await world.sweep(15)
    await world.do(16, incidents.assign, after, user=str(agent.id))
    assert await world.sweep(600) == 0
    assert {run["ended_because"] for run in await world.runs()} == {"assigned"}
    assert await world.steps() == [(1, 1, 15)]


async def test_a_collaborator_does_not_end_it(world, member):
    agent = await member()
    await world.policy()
    incident = await world.incident()
    await world.do(5, incidents.assign, incident, user=str(agent.id), capacity="collaborator")
    await world.do(6, incidents.unassign, incident, user=str(agent.id))
    assert [run["state"] for run in await world.runs()] == ["running"]


async def test_an_owned_incident_arms_nothing_until_it_is_unassigned(world, member):
    agent = await member()
    await world.policy()
    incident = await world.incident(assigned_to=str(agent.id))
    assert await world.runs() == []
    await world.do(100, incidents.unassign, incident)
    await world.sweep(115)
    assert await world.steps() == [(1, 1, 115)]


async def test_an_acknowledgement_ends_what_waits_for_one(world, member):
    agent = await member()
    await world.policy(trigger={"on": "unacknowledged", "after": "PT15M"})
    incident = await world.incident()
    await world.do(10, incidents.acknowledge, incident, actor=agent.actor)
    (run,) = await world.runs()
    assert (run["state"], run["ended_because"]) == ("stopped", "acknowledged")


@pytest.mark.parametrize("verb, fact", [("resolve", "resolved"), ("close", "closed")])
async def test_an_incident_that_ends_is_left_alone(world, verb, fact):
    await world.policy(stop_on=[])
    incident = await world.incident()
    await world.sweep(15)
    await world.do(16, getattr(incidents, verb), incident)
    (run,) = await world.runs()
    assert (run["state"], run["ended_because"], run["next_step_at"]) == ("stopped", fact, None)
    assert await world.sweep(600) == 0


async def test_reopening_begins_anew(world):
    await world.policy()
    incident = await world.incident()
    await world.do(1, incidents.resolve, incident)
    await world.do(10, incidents.reopen, incident)
    assert [run["state"] for run in await world.runs()] == ["stopped", "running"]
    await world.sweep(25)
    assert await world.steps() == [(1, 1, 25)]


async def test_a_deleted_incident_rests_and_goes_on_when_restored(world):
    await world.policy()
    incident = await world.incident()
    assert await world.sweep(15) == 1
    await world.do(16, incidents.delete, incident)
    assert await world.sweep(600) == 0
    await world.do(600, incidents.restore, incident)
    assert await world.sweep(600) == 1
    assert await world.steps() == [(1, 1, 15), (1, 2, 600)]
    await world.do(601, incidents.delete, incident)
    await world.do(602, incidents.restore, incident)
    assert await world.sweep(700) == 0
    assert [run["ended_because"] for run in await world.runs()] == ["done"]


async def test_a_paused_incident_that_is_restored_goes_on_waiting(world):
    await world.policy()
    incident = await world.incident()
    await world.do(5, incidents.transition, incident, "waiting")
    await world.do(10, incidents.delete, incident)
    await world.do(20, incidents.restore, incident)
    assert await world.sweep(60) == 0
    await world.do(60, incidents.transition, incident, "open")
    assert await world.sweep(69.9) == 0
    assert await world.sweep(70) == 1


async def test_a_policy_that_came_while_the_incident_was_deleted_counts_from_the_restoration(world):
    incident = await world.incident()
    await world.do(5, incidents.delete, incident)
    await world.policy(10)
    await world.do(20, incidents.restore, incident)
    assert await world.sweep(34.9) == 0
    assert await world.sweep(35) == 1


async def test_a_step_tells_everybody_once(world, member):
    """The managers are told as those whom the step names, and as those who work on what nobody owns."""
    manager = await member("manager")
    await world.policy(steps=[{"actions": [NOTIFY]}])
    incident = await world.incident()
    await world.sweep(15)
    async with world.at(15) as tx:
        (event,) = await activity.timeline(tx, incident, limit=50, after=0, types=["IncidentEscalated"])
        await incidents.tell(tx, event)
    assert [mail["address"] for mail in await world.mails() if mail["kind"] == "IncidentEscalated"] == [manager.email]


async def test_a_pause_keeps_what_was_left(world):
    await world.policy()
    incident = await world.incident()
    await world.do(5, incidents.transition, incident, "waiting")
    assert await world.sweep(60) == 0
    await world.do(100, incidents.transition, incident, "in-progress")
    assert await world.sweep(109.9) == 0
    assert await world.sweep(110) == 1
    await world.do(112, incidents.transition, incident, "waiting")
    await world.do(200, incidents.transition, incident, "open")
    assert await world.sweep(207.9) == 0
    assert await world.sweep(208) == 1
    assert await world.steps() == [(1, 1, 110), (1, 2, 208)]


async def test_an_incident_made_in_a_pausing_status_waits_from_the_start(world):
    await world.policy()
    incident = await world.incident(status="waiting")
    assert await world.sweep(60) == 0
    await world.do(60, incidents.transition, incident, "open")
    assert await world.sweep(75) == 1
    assert await world.steps() == [(1, 1, 75)]


async def test_a_breach_starts_a_ladder(world):
    await world.policy(trigger={"on": "breached", "after": "PT0M"}, stop_on=["acknowledged"])
    incident = await world.incident(priority="critical")
    assert await world.runs() == []
    async with world.at(15) as tx:
        await incidents.check_clock(tx, incident)
    assert await world.sweep(15) == 1
    await world.do(20, incidents.acknowledge, incident)
    assert await world.sweep(600) == 0
    (run,) = await world.runs()
    assert run["ended_because"] == "acknowledged"


async def test_at_the_top_the_ladder_goes_on(world):
    await world.policy(steps=[{"actions": [RAISE]}, {"after": "PT5M", "actions": [RAISE]}])
    incident = await world.incident(priority="critical")
    await world.sweep(15)
    await world.sweep(20)
    async with world.at(30) as tx:
        page = await service.escalations(tx, world.actor, str(incident), limit=50, cursor=None)
    assert [_slugs(escalation) for escalation in page.items] == [("critical", "critical")] * 2
    assert page.items[0].outcome[0]["result"] == "at the top"


async def test_reassigning_to_a_person_ends_a_ladder_that_wants_an_owner(world, member):
    agent = await member(name="Ada Agent")
    steps = [{"actions": [{"do": "reassign", "to": {"user": agent.email}}]}, {"after": "PT5M", "actions": [RAISE]}]
    await world.policy(steps=steps)
    incident = await world.incident()
    await world.sweep(15)
    assert await world.sweep(600) == 0
    async with world.at(30) as tx:
        shown = await incidents.show(tx, world.actor, incident)
        (escalation,) = (await service.escalations(tx, world.actor, str(incident), limit=50, cursor=None)).items
    assert shown.assigned_to == escalation.to_user == Named(agent.id, "Ada Agent")
    assert escalation.from_user is None
    (run,) = await world.runs()
    assert (run["state"], run["ended_because"]) == ("stopped", "assigned")


async def test_what_cannot_be_done_is_skipped_and_said(world, member):
    agent = await member()
    steps = [{"actions": [NOTIFY, {"do": "reassign", "to": {"user": str(agent.id)}}, {**NOTIFY, "channel": "sms"}]}]
    await world.policy(steps=steps)
    incident = await world.incident()
    async with world.at(1) as tx:
        await tx.run("update users set is_active = false where tenant_id = $1", world.tenant.id)
    await world.sweep(15)
    async with world.at(30) as tx:
        (escalation,) = (await service.escalations(tx, world.actor, str(incident), limit=50, cursor=None)).items
    assert {o["do"]: o["result"] for o in escalation.outcome} == {"notify": "skipped", "reassign": "skipped"}
    whys = {o["why"] for o in escalation.outcome}
    assert whys == {"nobody holds the role manager", "the user is not active any more"}


async def test_nobody_with_a_number_is_said(world, member):
    await member("manager")
    await world.policy(steps=[{"actions": [{**NOTIFY, "channel": "sms"}]}])
    incident = await world.incident()
    await world.sweep(15)
    async with world.at(30) as tx:
        (escalation,) = (await service.escalations(tx, world.actor, str(incident), limit=50, cursor=None)).items
    assert escalation.outcome[0]["why"] == "nobody can be reached by sms"


async def test_late_steps_come_once_each_and_in_no_burst(world):
    await world.policy(steps=[{"actions": [RAISE]}, {"after": "PT10M", "actions": [RAISE]}])
    await world.incident(priority="low")
    assert await world.sweep(24 * 60) == 1
    assert await world.sweep(24 * 60 + 9) == 0
    assert await world.sweep(24 * 60 + 10) == 1
    assert await world.steps() == [(1, 1, 1440), (1, 2, 1450)]


# --------------------------------------------------------------------------------------------------------- policies


async def test_a_new_policy_counts_open_incidents_from_its_activation(world, member):
    agent = await member()
    old = await world.incident()
    await world.incident(assigned_to=str(agent.id))
    done = await world.incident()
    await world.do(1, incidents.resolve, done)
    paused = await world.incident(status="waiting")
    policy = await world.policy(100, is_active=False)
    assert await world.runs() == []
    await world.change(200, policy, is_active=True)
    assert {run["incident_id"] for run in await world.runs()} == {old, paused}
    await world.sweep(214)
    assert await world.steps() == []
    await world.sweep(215)
    assert await world.steps() == [(1, 1, 215)]


async def test_thousands_of_open_incidents_are_armed(world):
    first = await world.incident()
    async with world.at(0) as tx:
        await tx.run(
            "insert into incidents (tenant_id, id, reference_no, reference_code, title, priority_id, priority_level, status_id,"
            " is_open, reported_via, source, created_at, updated_at)"
            " select tenant_id, gen_random_uuid(), reference_no + n, reference_code || n, title, priority_id, priority_level,"
            " status_id, is_open, reported_via, source, created_at, updated_at"
            " from incidents, generate_series(1, 1200) n where tenant_id = $1 and id = $2",
            world.tenant.id,
            first,
        )
    await world.policy()
    assert len(await world.runs()) == 1201


async def test_deactivating_ends_its_runs(world):
    policy = await world.policy()
    await world.incident()
    await world.sweep(15)
    await world.incident(15)
    changed = await world.change(16, policy, is_active=False)
    assert changed.activated_at is None
    assert {(run["state"], run["ended_because"]) for run in await world.runs()} == {("stopped", "policy")}
    await world.incident(17)
    assert len(await world.runs()) == 2


async def test_a_started_run_keeps_its_ladder_another_takes_the_new_one(world):
    policy = await world.policy()
    await world.incident()
    await world.sweep(15)
    await world.incident(15)
    await world.change(16, policy, steps=[{"actions": [RAISE]}])
    for minute in (25, 30, 60):
        await world.sweep(minute)
    first, second = await world.runs()
    assert (first["policy_version"], second["policy_version"]) == (1, 2)
    assert await world.steps() == [(1, 1, 15), (1, 2, 25), (1, 1, 30)]


async def test_another_trigger_counts_anew(world):
    policy = await world.policy()
    await world.incident()
    await world.change(10, policy, trigger={"on": "unassigned", "after": "PT20M"})
    await world.sweep(29)
    await world.sweep(30)
    assert await world.steps() == [(1, 1, 30)]
    assert [run["ended_because"] for run in await world.runs()] == ["policy", None]


async def test_a_policy_that_ran_is_deactivated_instead_of_deleted(world):
    ran, never = await world.policy(), await world.policy(name="Never", is_active=False)
    await world.incident()
    for policy in (ran, never):
        await world.do(1, service.remove_policy, str(policy.id))
    async with world.at(2) as tx:
        page = await service.policies(tx, world.actor, is_active=None, limit=50, cursor=None)
    assert [(policy.id, policy.is_active) for policy in page.items] == [(ran.id, False)]


async def test_a_name_is_taken_once(world):
    first, second = await world.policy(), await world.policy(name="Day")
    with pytest.raises(Refused):
        await world.policy()
    with pytest.raises(Refused):
        await world.change(1, second, name=first.name)


async def test_imports_arm_nothing(world):
    await world.policy()
    importer = replace(world.actor, source="import")
    await world.do(0, incidents.create, NewIncident(title="Long ago", source="import"), actor=importer)
    assert await world.runs() == []


async def test_the_sweeper_leaves_out_who_is_not_to_be_swept(world, server):
    await world.policy()
    await world.incident()
    states = (
        ("update tenants set name = name where id = $1", 1),
        ("update tenants set state = 'suspended' where id = $1", 0),
        ("update tenants set state = 'active', disabled_modules = '{escalation}' where id = $1", 0),
        ("update tenants set disabled_modules = '{}', kind = 'sandbox', clock_at = now() where id = $1", 0),
    )
    conn = await asyncpg.connect(server.urls.sweeper)
    try:
        for change, expected in states:
            async with world.at(0) as tx:
                await tx.run(change, world.tenant.id)
            rows = await conn.fetch(service.DUE, NOON + 15 * MINUTE, 10_000)
            assert len([row for row in rows if row["tenant_id"] == world.tenant.id]) == expected
    finally:
        await conn.close()
    async with world.at(0) as tx:
        assert (await tx.row(service.NEXT_DUE, world.tenant.id, 1))["due_at"] == NOON + 15 * MINUTE
