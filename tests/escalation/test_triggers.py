"""Everything that starts, stops and resumes a ladder, on a real PostgreSQL with the time given."""

from __future__ import annotations

import msgspec
import pytest

from tests.escalation.world import MINUTE, NOON, NOTIFY, RAISE
from tocsin.access import service as access
from tocsin.access.model import Named
from tocsin.base.errors import Invalid, NotFound, Refused
from tocsin.collaboration import service as collaboration
from tocsin.collaboration.service import major
from tocsin.escalation import service
from tocsin.escalation.service import SettingsChange
from tocsin.incidents import service as incidents
from tocsin.oncall import service as oncall
from tocsin.oncall.model import NewSchedule
from tocsin.sla import service as sla
from tocsin.sla.model import CalendarChange, NewCalendar

TWO = [{"actions": [RAISE]}, {"after": "PT10M", "actions": [RAISE]}]


async def comment(world, minute, incident, who):
    await world.do(minute, collaboration.add_comment, incident, body="On it", is_internal=True, actor=who.actor)


async def outcomes(world, incident) -> list[list[dict]]:
    async with world.at(9000) as tx:
        page = await service.escalations(tx, world.actor, str(incident), limit=50, cursor=None)
    return [one.outcome for one in page.items]


async def due(world, incident, clock="response") -> float:
    """The minute at which a clock is due."""
    async with world.at(0) as tx:
        clocks = (await incidents.show(tx, world.actor, incident)).sla
    return (getattr(clocks, f"{clock}_due_at") - NOON) / MINUTE


async def check(world, minute, incident):
    async with world.at(minute) as tx:
        await incidents.check_clock(tx, incident)


# -------------------------------------------------------------------------------------------------------- no update


async def test_silence_counts_from_the_last_thing_a_member_did(world, member):
    agent = await member()
    await world.policy(trigger={"on": "no_update", "after": "PT1H"}, steps=TWO)
    incident = await world.incident(priority="low")
    await comment(world, 30, incident, agent)
    assert await world.sweep(89) == 0
    assert await world.sweep(90) == 1
    await comment(world, 95, incident, agent)
    assert [run["ended_because"] for run in await world.runs()] == ["updated", None]
    assert await world.sweep(154) == 0
    await world.sweep(155)
    await world.sweep(165)
    assert await world.steps() == [(1, 1, 90), (1, 1, 155), (1, 2, 165)]


async def test_what_the_reporter_says_is_no_update(world, member):
    reporter, agent = await member("manager"), await member()
    await world.policy(trigger={"on": "no_update", "after": "PT1H"}, steps=TWO)
    incident = await world.do(0, incidents.create, world.new(), actor=reporter.actor)
    await comment(world, 30, incident, reporter)
    assert await world.sweep(60) == 1
    other = await world.do(100, incidents.create, world.new(), actor=reporter.actor)
    await world.do(130, incidents.transition, other, "triaged", actor=agent.actor)
    assert [run["triggered_at"] for run in await world.runs()][-1] == NOON + 130 * MINUTE


async def test_a_ladders_own_steps_are_no_update(world, member):
    await member("manager")
    await world.policy(trigger={"on": "no_update", "after": "PT1H"}, steps=TWO)
    await world.incident(priority="low")
    await world.sweep(60)
    assert await world.sweep(70) == 1
    assert await world.steps() == [(1, 1, 60), (1, 2, 70)]


async def test_silence_while_paused_keeps_what_is_left(world, member):
    agent = await member()
    await world.policy(trigger={"on": "no_update", "after": "PT1H"}, steps=TWO)
    incident = await world.incident()
    await world.do(20, incidents.transition, incident, "waiting", actor=agent.actor)
    await comment(world, 40, incident, agent)
    assert await world.sweep(600) == 0
    await world.do(700, incidents.transition, incident, "open", actor=agent.actor)
    assert await world.sweep(759) == 0
    assert await world.sweep(760) == 1


# ----------------------------------------------------------------------------------------------------------- clocks


async def test_a_ladder_begins_before_the_breach_once_for_each_due_time(world, member):
    agent = await member()
    trigger = {"on": "near_breach", "clock": "response"}
    await world.policy(trigger=trigger, steps=[{"actions": [RAISE]}])
    incident = await world.incident(priority="high")
    minutes = await due(world, incident)
    await check(world, minutes * 0.75, incident)
    assert await world.sweep(minutes * 0.75) == 1
    await check(world, minutes * 0.9, incident)
    assert await world.sweep(minutes * 0.9) == 0
    assert len(await world.runs()) == 1
    assert (await world.runs())[0]["about"]["clock"] == "response"
    await world.do(minutes * 0.95, incidents.acknowledge, incident, actor=agent.actor)


async def test_an_answer_in_time_ends_what_waits_for_the_reply(world, member):
    agent = await member()
    await world.policy(trigger={"on": "near_breach", "after": "PT1M", "clock": "response"}, steps=TWO)
    await world.policy(name="Late", trigger={"on": "near_breach", "clock": "response"}, steps=TWO)
    incident = await world.incident(priority="low")
    at = await due(world, incident, "response") * 0.75
    await check(world, at, incident)
    await world.sweep(at)
    await world.do(at + 0.5, incidents.acknowledge, incident, actor=agent.actor)
    await world.sweep(at + 60)
    assert {run["ended_because"] for run in await world.runs()} == {"in_time"}
    assert len(await world.steps()) == 1


async def test_a_due_time_that_moved_away_starts_nothing(world):
    await world.policy(trigger={"on": "near_breach", "after": "PT5M", "clock": "resolution"}, steps=TWO)
    incident = await world.incident(priority="critical")
    at = await due(world, incident, "resolution") * 0.75
    await check(world, at, incident)
    await world.do(at + 1, incidents.update, incident, incidents.Change(priority="low"))
    await world.sweep(at + 5)
    assert [run["ended_because"] for run in await world.runs()] == ["in_time"]
    assert await world.steps() == []


async def test_a_clock_narrows_what_a_breach_starts(world):
    await world.policy(trigger={"on": "breached", "clock": "resolution"}, steps=[{"actions": [RAISE]}])
    incident = await world.incident(priority="critical")
    first, second = await due(world, incident), await due(world, incident, "resolution")
    await check(world, first, incident)
    assert await world.runs() == []
    await check(world, second, incident)
    assert await world.sweep(second) == 1


@pytest.mark.parametrize("trigger", ["near_breach", "breached"])
async def test_a_new_policy_counts_clocks_that_are_so_already(world, trigger):
    incident = await world.incident(priority="critical")
    await world.incident(priority="low")
    at = await due(world, incident, "response") * (0.8 if trigger == "near_breach" else 1)
    await check(world, at, incident)
    await world.policy(at + 1, trigger={"on": trigger, "after": "PT5M"})
    assert [(run["incident_id"], run["about"]["clock"]) for run in await world.runs()] == [(incident, "response")]
    assert (await world.runs())[0]["next_step_at"] == NOON + (at + 6) * MINUTE


# --------------------------------------------------------------------------------------------------- reopened, raised


async def test_the_second_reopening_starts_a_ladder(world, member):
    manager = await member("manager")
    await world.policy(trigger={"on": "reopened", "times": 2}, steps=[{"actions": [NOTIFY]}])
    incident = await world.incident()
    for minute in (10, 20, 30):
        await world.do(minute, incidents.resolve, incident)
        await world.do(minute + 1, incidents.reopen, incident)
        await world.sweep(minute + 1)
    assert await world.steps() == [(1, 1, 21), (1, 1, 31)]
    assert any("reopened 2 times" in mail["body"] for mail in await world.mails() if mail["address"] == manager.email)


async def test_a_raised_priority_starts_a_ladder_a_lowered_one_ends_it(world, member):
    await member("manager")
    await world.policy(trigger={"on": "priority_raised", "after": "PT5M"}, steps=[{"actions": [NOTIFY]}])
    calm, hot = await world.incident(priority="medium"), await world.incident(priority="medium")
    for incident in (calm, hot):
        await world.do(1, incidents.update, incident, incidents.Change(priority="high"))
    await world.do(2, incidents.update, calm, incidents.Change(priority="low"))
    await world.sweep(6)
    by_incident = {run["incident_id"]: run["ended_because"] for run in await world.runs()}
    assert by_incident == {calm: "lowered", hot: "done"}


async def test_triggers_that_are_events_count_none_that_is_open(world):
    incident = await world.incident()
    await world.do(1, incidents.update, incident, incidents.Change(priority="critical"))
    await world.policy(2, trigger={"on": "priority_raised"}, steps=[{"actions": [NOTIFY]}])
    assert await world.runs() == []


# --------------------------------------------------------------------------------------------------- stop and resume


async def test_an_acknowledgement_taken_back_lets_the_ladder_go_on(world, member):
    agent = await member()
    await world.policy(stop_on=["acknowledged"], steps=TWO)
    incident = await world.incident(priority="low")
    await world.sweep(15)
    await world.do(18, incidents.acknowledge, incident, actor=agent.actor)
    assert await world.sweep(60) == 0
    await world.do(60, incidents.unacknowledge, incident, actor=agent.actor)
    assert await world.sweep(66.9) == 0
    assert await world.sweep(67) == 1
    assert await world.steps() == [(1, 1, 15), (1, 2, 67)]


async def test_what_had_not_started_begins_anew_when_unacknowledged(world, member):
    agent = await member()
    await world.policy(trigger={"on": "unacknowledged", "after": "PT15M"}, steps=TWO)
    incident = await world.incident(priority="low")
    await world.do(10, incidents.acknowledge, incident, actor=agent.actor)
    await world.do(20, incidents.unacknowledge, incident, actor=agent.actor)
    await world.sweep(34)
    await world.sweep(35)
    assert await world.steps() == [(1, 1, 35)]


async def test_a_run_that_goes_on_is_the_only_one(world, member):
    agent = await member()
    await world.policy(trigger={"on": "unacknowledged", "after": "PT15M"}, steps=TWO)
    incident = await world.incident(priority="low")
    await world.sweep(15)
    await world.do(16, incidents.acknowledge, incident, actor=agent.actor)
    await world.do(17, incidents.unacknowledge, incident, actor=agent.actor)
    assert [run["state"] for run in await world.runs()] == ["running"]
    await world.sweep(26)
    assert await world.steps() == [(1, 1, 15), (1, 2, 26)]


async def test_only_what_is_acknowledged_can_be_taken_back(world, member):
    agent = await member()
    incident = await world.incident()
    with pytest.raises(Refused):
        await world.do(1, incidents.unacknowledge, incident, actor=agent.actor)
    await world.do(2, incidents.acknowledge, incident, actor=agent.actor)
    await world.do(3, incidents.resolve, incident)
    with pytest.raises(Refused):
        await world.do(4, incidents.unacknowledge, incident, actor=agent.actor)


@pytest.mark.parametrize("on_manual, state, steps", [("stop", "stopped", 1), ("outrun", "finished", 2)])
async def test_escalating_by_hand_stops_a_ladder_or_gets_ahead_of_it(world, on_manual, state, steps):
    await world.policy(on_manual=on_manual, steps=TWO)
    incident = await world.incident(priority="low")
    await world.sweep(15)
    await world.do(16, service.escalate_manually, incident, priority="high", reason="It spreads")
    await world.sweep(25)
    assert [run["state"] for run in await world.runs()] == [state]
    assert len(await world.steps()) == steps


async def test_a_step_by_hand_comes_now_and_the_next_counts_from_it(world):
    await world.policy(steps=TWO)
    incident = await world.incident(priority="low")
    await world.sweep(15)
    (run,) = await world.runs()
    assert await world.do(18, service.hurry, str(run["id"])) == incident
    assert await world.sweep(18) == 1
    assert await world.steps() == [(1, 1, 15), (1, 2, 18)]
    with pytest.raises(Refused):
        await world.do(19, service.hurry, str(run["id"]))
    with pytest.raises(NotFound):
        await world.do(19, service.end_run, "nonsense")


async def test_a_run_is_ended_by_hand(world):
    await world.policy(steps=TWO)
    await world.incident(priority="low")
    await world.sweep(15)
    (run,) = await world.runs()
    await world.do(16, service.end_run, str(run["id"]))
    assert await world.sweep(60) == 0
    (run,) = await world.runs()
    assert (run["state"], run["ended_because"]) == ("stopped", "by_hand")


# ------------------------------------------------------------------------------------------------- nobody is reached


async def test_a_step_that_reaches_nobody_makes_the_next_come_at_once(world, member):
    await member("manager")
    steps = [
        {"actions": [{**NOTIFY, "channel": "sms"}]},
        {"after": "PT10M", "actions": [NOTIFY]},
        {"after": "PT5M", "actions": [RAISE]},
    ]
    await world.policy(steps=steps, repeat=1)
    incident = await world.incident(priority="low")
    for minute in (15, 15, 19.9, 20, 44.9, 45, 45, 50):
        await world.sweep(minute)
    assert await world.steps() == [(1, 1, 15), (1, 2, 15), (1, 3, 20), (2, 1, 45), (2, 2, 45), (2, 3, 50)]
    assert (await outcomes(world, incident))[0][-1] == {
        "do": "move_on",
        "result": "at once",
        "why": "nobody was reached",
    }


async def test_the_last_resort_is_told_when_a_whole_round_reached_nobody(world, member):
    last = await member(name="Lena Last")
    await world.do(0, service.change_settings, SettingsChange(last_resort=last.email))
    steps = [{"actions": [NOTIFY]}, {"after": "PT10M", "actions": [{**NOTIFY, "channel": "sms"}]}]
    await world.policy(steps=steps)
    incident = await world.incident()
    await world.sweep(15)
    await world.sweep(15)
    (mail,) = [mail for mail in await world.mails() if mail["address"] == last.email]
    assert "nobody else was reached" in mail["body"]
    assert (await outcomes(world, incident))[-1][-1]["to"] == {"last_resort": str(last.id)}
    await member("manager")
    await world.incident(100)
    await world.sweep(115)
    await world.sweep(125)
    assert len([mail for mail in await world.mails() if mail["address"] == last.email]) == 1


async def test_a_ladder_that_tells_nobody_leaves_the_last_resort_alone(world, member):
    last = await member(name="Lena Last")
    await world.do(0, service.change_settings, SettingsChange(last_resort=last.email))
    await world.policy(steps=[{"actions": [RAISE]}])
    incident = await world.incident()
    await world.sweep(15)
    assert [done["do"] for done in (await outcomes(world, incident))[0]] == ["raise_priority"]


async def test_the_last_resort_is_an_active_person(world, member):
    gone = await member(active=False)
    with pytest.raises(Invalid):
        await world.do(0, service.change_settings, SettingsChange(last_resort=str(gone.id)))
    assert (await world.do(0, service.settings)).last_resort is None


# ------------------------------------------------------------------------------------------------ whom one reports to


async def test_the_owners_manager_is_told_and_takes_over(world, member):
    boss, owner = await member("manager", "Bo Boss"), await member(name="Olga Owner")
    await world.do(0, access.change_user, str(owner.id), access.UserChange(manager=boss.email))
    to = {"manager_of": "owner"}
    steps = [{"actions": [{"do": "notify", "to": to}]}, {"after": "PT5M", "actions": [{"do": "reassign", "to": to}]}]
    await world.policy(trigger={"on": "unacknowledged"}, steps=steps)
    incident = await world.incident(assigned_to=str(owner.id))
    await world.sweep(0)
    await world.sweep(5)
    assert [mail["address"] for mail in await world.mails() if "Reason: Night" in mail["body"]] == [boss.email]
    async with world.at(6) as tx:
        assert (await incidents.show(tx, world.actor, incident)).assigned_to == Named(boss.id, "Bo Boss")


async def test_without_a_manager_the_leads_of_the_teams_are_meant(world, member):
    lead, owner = await member(), await member()
    body = access.NewTeam(name="Desk", slug="desk", members=[str(owner.id)])
    await world.do(0, access.create_team, body)
    async with world.at(0) as tx:
        assert await access.managers_of(tx, owner.id) == []
        team = await tx.value("select id from teams where tenant_id = $1 and slug = 'desk'", world.tenant.id)
        await tx.run(
            "insert into team_members (tenant_id, team_id, user_id, is_lead) values ($1, $2, $3, true)",
            *(world.tenant.id, team, lead.id),
        )
        assert await access.managers_of(tx, owner.id) == [lead.id]
        assert await access.managers_of(tx, lead.id) == []


async def test_nobody_reports_to_themselves(world, member):
    owner = await member()
    with pytest.raises(Invalid):
        await world.do(0, access.change_user, str(owner.id), access.UserChange(manager=str(owner.id)))


# ------------------------------------------------------------------------------------------------------- conditions


async def test_conditions_are_in_the_query_language(world):
    await world.policy(conditions='"mail is down" -priority:low')
    hit, low = await world.incident(), await world.incident(priority="low")
    await world.sweep(15)
    by_incident = {run["incident_id"]: run["ended_because"] for run in await world.runs()}
    assert by_incident == {hit: None, low: "conditions"}


async def test_conditions_that_are_wrong_by_now_fit_nothing(world):
    await world.policy()
    await world.incident()
    async with world.at(1) as tx:
        await tx.run(
            "update escalation_runs set snapshot = jsonb_set(snapshot, '{conditions}', '\"category:gone\"')"
            " where tenant_id = $1",
            world.tenant.id,
        )
    await world.sweep(15)
    assert [run["ended_because"] for run in await world.runs()] == ["conditions"]


# ----------------------------------------------------------------------------------------------- on call, the hours


async def test_whoever_is_on_call_is_told_and_takes_over(world, member):
    early, late = await member(name="Erik Early"), await member(name="Lotte Late")
    layers = [
        {
            "name": "Days",
            "rotation": "daily",
            "start": "2026-03-02",
            "handover": "13:00",
            "users": [late.email, early.email],
        }
    ]
    body = msgspec.convert({"name": "Desk", "slug": "desk", "time_zone": "UTC", "layers": layers}, NewSchedule)
    await world.do(-1, oncall.add_schedule, body)
    to = {"schedule": "desk"}
    steps = [{"actions": [{"do": "notify", "to": to}]}, {"after": "PT60M", "actions": [{"do": "reassign", "to": to}]}]
    policy = await world.policy(steps=steps)
    assert policy.steps[0].actions[0].to.schedule == "desk"
    incident = await world.incident()
    await world.sweep(15)
    await world.sweep(15)
    assert await world.told() == []
    assert (await outcomes(world, incident))[0][0]["why"] == "nobody is on call"
    other = await world.incident(100)
    await world.sweep(115)
    await world.sweep(175)
    assert await world.told() == [(115, "email", late.email)]
    async with world.at(180) as tx:
        assert (await incidents.show(tx, world.actor, other)).assigned_to == Named(late.id, "Lotte Late")


async def test_business_hours_are_those_of_the_calendar_when_the_run_was_armed(world):
    """Noon is Monday 12:00 UTC; the desk works from 9 to 13 and opens again on Tuesday at 9."""
    hours = {day: [["09:00", "13:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    body = {"name": "Desk", "time_zone": "UTC", "hours": hours, "is_default": True}
    await world.do(-10, sla.add_calendar, msgspec.convert(body, NewCalendar))
    await world.policy(hours="business", trigger={"on": "unassigned", "after": "PT2H"}, steps=TWO)
    incident = await world.incident(priority="low")
    change = msgspec.convert({"hours": {"mon": [["00:00", "24:00"]]}}, CalendarChange)
    await world.do(1, sla.change_calendar, "desk", change)
    day = 24 * 60
    assert await world.sweep(day - 120.1) == 0
    assert await world.sweep(day - 120) == 1
    await world.do(day - 115, incidents.transition, incident, "waiting")
    await world.do(day + 600, incidents.transition, incident, "open")
    assert await world.sweep(2 * day - 176) == 0
    assert await world.sweep(2 * day - 175) == 1
    assert await world.steps() == [(1, 1, day - 120), (1, 2, 2 * day - 175)]


async def test_a_step_declares_a_major_incident_once(world):
    steps = [{"actions": [{"do": "declare_major"}]}, {"after": "PT5M", "actions": [{"do": "declare_major"}]}]
    await world.policy(steps=steps)
    incident = await world.incident()
    await world.sweep(15)
    await world.sweep(20)
    assert [one[0]["result"] for one in await outcomes(world, incident)] == ["declared", "already"]
    async with world.at(30) as tx:
        found = await major.get_major(tx, world.actor, str(incident))
    assert "nobody is assigned" in found.reason
