"""Rehearsals: a policy at work, played against the past, gives what was recorded of it; and nothing is touched."""

from __future__ import annotations

import random
import time
from datetime import timedelta

import pytest

from tests.escalation.world import MINUTE, NOON, NOTIFY, RAISE
from tocsin.base.errors import Invalid, Refused, TocsinError
from tocsin.escalation import service
from tocsin.escalation.service import Draft
from tocsin.incidents import service as incidents

SMS = {**NOTIFY, "channel": "sms"}


async def rehearse(world, policy, since=-10.0, until=2000.0, draft=None, at=3000.0):
    async with world.at(at) as tx:
        span = NOON + since * MINUTE, NOON + until * MINUTE
        return await service.rehearse(tx, world.actor, str(policy.id), *span, draft)


async def recorded(world, policy) -> list[tuple]:
    rows = await world.rows(
        "select incident_id, round, step, escalated_at, outcome from incident_escalations"
        " where tenant_id = $1 and policy_id = $2",
        policy.id,
    )
    return sorted(
        (row["incident_id"], row["escalated_at"], row["round"], row["step"], tuple(_told(row["outcome"])))
        for row in rows
    )


def _told(outcome) -> list[str]:
    return sorted({user for done in outcome for user in done.get("users", ())})


def played(found) -> list[tuple]:
    return sorted(
        (one.incident.id, one.at, one.round, one.step, tuple(sorted(str(user) for user in one.told)))
        for one in found.steps
    )


TRIGGERS = [
    {"on": "unassigned", "after": "PT7M"},
    {"on": "unacknowledged", "after": "PT5M"},
    {"on": "no_update", "after": "PT9M"},
    {"on": "near_breach", "after": "PT2M"},
    {"on": "near_breach", "clock": "resolution"},
    {"on": "breached", "clock": "response"},
    {"on": "reopened", "times": 2, "after": "PT1M"},
    {"on": "priority_raised", "after": "PT3M"},
]


class Life:
    """Random acts on some incidents, minute by minute, each with whatever is due then."""

    def __init__(self, world, seed: int, people) -> None:
        self.world, self.dice, self.people = world, random.Random(seed), people
        self.incidents: list = []

    async def run(self, since: int, until: int) -> None:
        for minute in range(since, until):
            for _ in range(self.dice.randint(0, 2)):
                await self._act(minute)
            await self._sweep(minute)

    async def _act(self, minute: int) -> None:
        who = self.dice.choice(self.people)
        if len(self.incidents) < 6 and self.dice.random() < 0.3:
            fields = {"priority": self.dice.choice(("critical", "high", "medium"))}
            if self.dice.random() < 0.3:
                fields["assigned_to"] = who.email
            new = self.world.new(**fields)
            self.incidents.append(await self.world.do(minute, incidents.create, new, actor=who.actor))
            return
        if not self.incidents:
            return
        incident, verb = self.dice.choice(self.incidents), self.dice.choice(self._verbs(who))
        try:
            await self.world.do(minute, verb[0], incident, *verb[1:], actor=who.actor)
        except TocsinError:
            return

    def _verbs(self, who) -> list[tuple]:
        status = self.dice.choice(("open", "triaged", "in-progress", "waiting"))
        level = incidents.Change(priority=self.dice.choice(("critical", "high", "medium", "low")))
        return [
            (self._assign(who),),
            (incidents.unassign,),
            (incidents.acknowledge,),
            (incidents.unacknowledge,),
            (incidents.transition, status),
            (incidents.transition, "waiting"),
            (incidents.resolve,),
            (incidents.reopen,),
            (incidents.reopen,),
            (incidents.delete,),
            (incidents.restore,),
            (incidents.restore,),
            (incidents.update, level),
            (self._escalate(),),
        ]

    def _assign(self, who):
        return lambda tx, actor, ref: incidents.assign(tx, actor, ref, user=who.email)

    def _escalate(self):
        return lambda tx, actor, ref: service.escalate_manually(
            tx, actor, ref, priority="critical", reason="It spreads"
        )

    async def _sweep(self, minute: int) -> None:
        for incident in self.incidents:
            async with self.world.at(minute) as tx:
                await incidents.check_clock(tx, incident)
        for _ in range(20):
            if not await self.world.sweep(minute):
                return


@pytest.mark.parametrize("seed", range(len(TRIGGERS)))
async def test_replaying_a_policy_at_work_gives_what_was_recorded(world, member, seed):
    dice = random.Random(seed)
    people = [await member("manager") for _ in range(3)]
    trigger = TRIGGERS[seed % len(TRIGGERS)]
    steps = [
        {"after": f"PT{dice.choice((0, 1, 4))}M", "actions": [dice.choice(acts)]}
        for acts in dice.sample(
            [
                [NOTIFY],
                [SMS],
                [SMS],
                [NOTIFY],
                [{"do": "reassign", "to": {"user": people[0].email}}],
                [_raise(trigger)],
            ],
            dice.randint(1, 4),
        )
    ]
    life = Life(world, seed, people)
    await life.run(0, 10)
    policy = await world.policy(
        10,
        trigger=trigger,
        steps=steps,
        repeat=dice.choice((0, 1)) if trigger.get("after") else 0,
        stop_on=dice.sample(["acknowledged", "assigned", "resolved"], dice.randint(0, 3)),
        on_manual=dice.choice(("stop", "outrun")),
        conditions=dice.choice(("", "priority:critical,high", "-assignee:none", "is:open -status:triaged")),
    )
    beside = [{"actions": [RAISE]}, {"after": "PT8M", "actions": [{"do": "reassign", "to": {"user": people[1].email}}]}]
    await world.policy(10, name="Beside", trigger={"on": "unassigned", "after": "PT3M"}, steps=beside)
    await life.run(10, 55)
    before = await recorded(world, policy)
    found = await rehearse(world, policy, until=54)
    assert played(found) == before
    assert await recorded(world, policy) == before
    assert found.would == found.recorded


def _raise(trigger):
    return NOTIFY if trigger["on"] == "priority_raised" else RAISE


async def test_a_draft_shows_what_would_change(world, member):
    manager, agent = await member("manager", "Mia Manager"), await member()
    policy = await world.policy(trigger={"on": "unassigned", "after": "PT2H"}, steps=[{"actions": [NOTIFY]}])
    late, quick = await world.incident(priority="critical"), await world.incident(30)
    await world.do(60, incidents.assign, quick, user=agent.email)
    for minute in (15, 120):
        async with world.at(minute) as tx:
            await incidents.check_clock(tx, late)
        await world.sweep(minute)
    as_is = await rehearse(world, policy)
    assert [(one.incident.id, one.at) for one in as_is.steps] == [(late, NOON + 120 * MINUTE)]
    draft = Draft(trigger=policy.trigger.__class__(on="unassigned", after="PT5M"))
    found = await rehearse(world, policy, draft=draft)
    assert found.is_draft
    assert [(one.incident.id, one.at) for one in found.steps] == [
        (late, NOON + 5 * MINUTE),
        (quick, NOON + 35 * MINUTE),
    ]
    assert (found.would.notices, found.recorded.notices) == (2, 1)
    assert found.would.by_hour[12] == 2
    assert [(one.user.name, one.notices, one.at_night) for one in found.people] == [("Mia Manager", 2, 0)]
    assert (found.breaches, found.breaches_in_time, as_is.breaches_in_time) == (1, 1, 0)
    assert found.breaches_seen[0].told_at == NOON + 5 * MINUTE
    assert manager.id in found.steps[0].told
    assert len([mail for mail in await world.mails() if mail["kind"] == "IncidentEscalated"]) == 1


async def test_conditions_are_judged_as_the_incident_was_then(world, member):
    await member("manager")
    policy = await world.policy(is_active=False, conditions='priority:high "mail"', steps=[{"actions": [NOTIFY]}])
    raised, other = await world.incident(priority="low"), await world.incident(priority="high")
    await world.do(5, incidents.update, raised, incidents.Change(priority="high"))
    await world.do(20, incidents.update, raised, incidents.Change(priority="low"))
    await world.do(1, incidents.update, other, incidents.Change(title="Something else"))
    found = await rehearse(world, policy)
    assert [(one.incident.id, one.at) for one in found.steps] == [(raised, NOON + 15 * MINUTE)]


async def test_people_are_woken_by_the_organisations_clock(world, member):
    await member("manager")
    policy = await world.policy(is_active=False, steps=[{"actions": [NOTIFY]}])
    await world.incident(11 * 60)
    found = await rehearse(world, policy)
    assert (found.would.by_hour[23], found.would.notices_at_night, found.would.people_woken) == (1, 1, 1)


@pytest.mark.parametrize("since, until", [(5, 5), (0, 500 * 1440), (9000, 9001)])
async def test_a_span_that_makes_no_sense_is_refused(world, since, until):
    policy = await world.policy()
    with pytest.raises(Invalid):
        await rehearse(world, policy, since, until)


async def test_a_draft_that_is_wrong_is_refused(world):
    policy = await world.policy()
    with pytest.raises((Invalid, Refused)):
        await rehearse(world, policy, draft=Draft(steps=[]))


async def test_two_thousand_incidents_take_less_than_two_seconds(world, member):
    await member("manager")
    first = await world.incident(priority="high")
    await world.do(5, incidents.acknowledge, first)
    await world.do(200, incidents.resolve, first)
    async with world.at(0) as tx:
        ids = await tx.rows("select gen_random_uuid() as id, n from generate_series(1, 2000) n")
        pairs = [row["id"] for row in ids]
        await tx.run(
            "insert into incidents (tenant_id, id, reference_no, reference_code, title, priority_id, priority_level, status_id,"
            " is_open, reported_via, source, created_at, updated_at)"
            " select i.tenant_id, c.id, i.reference_no + c.n, i.reference_code || c.n, i.title, i.priority_id,"
            " i.priority_level, i.status_id, i.is_open, i.reported_via, i.source, i.created_at, i.updated_at"
            " from incidents i, unnest($3::uuid[]) with ordinality c (id, n) where i.tenant_id = $1 and i.id = $2",
            *(world.tenant.id, first, pairs),
        )
        await tx.run(
            "insert into events (tenant_id, id, stream, seq, type, incident_id, actor_id, at, source, facts, commitments, data,"
            " hash, pending, recorded_at)"
            " select e.tenant_id, gen_random_uuid(), c.id, e.seq, e.type, c.id, e.actor_id, e.at, e.source, e.facts,"
            " e.commitments, e.data, e.hash, '{}', e.recorded_at"
            " from events e, unnest($3::uuid[]) c (id) where e.tenant_id = $1 and e.stream = $2",
            *(world.tenant.id, first, pairs),
        )
    policy = await world.policy(
        300,
        is_active=False,
        steps=[{"actions": [NOTIFY]}, {"after": "PT10M", "actions": [NOTIFY]}],
        conditions="priority:high",
    )
    began = time.process_time()
    found = await rehearse(world, policy)
    took = timedelta(seconds=time.process_time() - began)
    assert (found.incidents, found.would.runs, len(found.steps), found.is_cut) == (2001, 2001, 500, True)
    assert took < timedelta(seconds=2)
