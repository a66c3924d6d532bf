"""Proving that a policy reaches somebody: asked, on save, and in the night."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from tests.escalation.world import NOON, NOTIFY
from tocsin.access import service as access
from tocsin.access.service import NewAbsence
from tocsin.escalation import service
from tocsin.escalation.model import ReachGap
from tocsin.escalation.service import SettingsChange
from tocsin.oncall import service as oncall
from tocsin.oncall.model import NewSchedule

POLICIES = "/api/escalation/v1/policies"
DAY = timedelta(days=1)


async def prove(world, policy, minute=0.0, **asked):
    async with world.at(minute) as tx:
        return await service.reach(tx, world.actor, str(policy.id), **asked)


async def away(world, who, since, until, deputy=None):
    days = {"starts": since.isoformat(), "ends": until.isoformat()}
    async with world.at(-1) as tx:
        await access.add_absence(tx, world.actor, str(who.id), NewAbsence(**days, deputy=deputy))


async def test_an_absence_without_a_deputy_is_a_gap(world, member):
    ada, bert = await member(), await member()
    tell = [{"do": "notify", "to": {"user": str(ada.id)}}]
    policy = await world.policy(steps=[{"actions": tell}])
    assert (await prove(world, policy)).is_reached
    await away(world, ada, NOON + DAY, NOON + 2 * DAY)
    found = await prove(world, policy)
    assert (found.is_reached, found.within) == (False, "PT15M")
    assert [(gap.since, gap.until) for gap in found.gaps] == [(NOON + DAY, NOON + 2 * DAY)]
    assert (await prove(world, policy, days=1)).gaps == []
    await world.do(0, service.change_settings, SettingsChange(last_resort=bert.email))
    assert (await prove(world, policy)).is_reached


async def test_an_unverified_number_counts_for_nothing(world, member):
    ada = await member()
    async with world.at(0) as tx:
        await tx.run(
            "update users set phone = '+49 30 901820' where tenant_id = $1 and id = $2", world.tenant.id, ada.id
        )
    tell = [{"do": "notify", "to": {"user": str(ada.id)}, "channel": "sms"}]
    policy = await world.policy(steps=[{"actions": tell}])
    assert not (await prove(world, policy)).is_reached


async def test_a_hole_in_a_rota_is_a_gap(world, member):
    ada = await member()
    layers = [{"name": "Days", "start": "2026-03-02", "users": [ada.email], "hours": {"mon": [["09:00", "17:00"]]}}]
    body = msgspec.convert({"name": "Desk", "slug": "desk", "time_zone": "UTC", "layers": layers}, NewSchedule)
    await world.do(-1000, oncall.add_schedule, body)
    policy = await world.policy(steps=[{"actions": [{"do": "notify", "to": {"schedule": "desk"}}]}])
    found = await prove(world, policy, days=8)
    week = NOON.replace(hour=17), NOON.replace(hour=9) + 7 * DAY
    assert [(gap.since, gap.until) for gap in found.gaps] == [week, (week[0] + 7 * DAY, NOON + 8 * DAY)]


async def test_what_was_found_stands_with_the_policy_and_nights_tell_of_new_gaps(world, member):
    admin, manager = await member("admin"), await member("manager")
    policy = await world.policy(steps=[{"actions": [NOTIFY]}])
    assert (policy.reach.gaps, policy.reach.first) == (0, None)
    (row,) = await world.rows("select next_reach_at from escalation_policies where tenant_id = $1")
    assert row["next_reach_at"] == NOON + timedelta(hours=15)
    await away(world, manager, NOON + 2 * DAY, NOON + 3 * DAY)
    for night in (15 * 60, 39 * 60):
        async with world.at(night) as tx:
            await service.look_at_night(tx, policy.id)
            await service.look_at_night(tx, policy.id)
    told = [mail for mail in await world.mails() if mail["kind"] == "ReachGapFound"]
    assert [mail["address"] for mail in told] == [admin.email]
    async with world.at(40 * 60) as tx:
        shown = await service.get_policy(tx, world.actor, str(policy.id))
    assert shown.reach is not None
    assert shown.reach.first == ReachGap(NOON + 2 * DAY, NOON + 3 * DAY, ["away"])
    rested = await world.change(2500, policy, is_active=False)
    (row,) = await world.rows("select next_reach_at from escalation_policies where tenant_id = $1")
    assert (row["next_reach_at"], rested.is_active) == (None, False)


async def test_the_question_over_the_api(client):
    admin = await client("admin")
    body = {"name": "N", "trigger": {"on": "unassigned"}, "steps": [{"actions": [NOTIFY]}]}
    made = (await admin.post(POLICIES, json=body)).json()
    found = (await admin.get(f"{POLICIES}/{made['id']}/reach", params={"days": 2, "within": "PT5M"})).json()
    assert (found["is_reached"], found["within"]) == (False, "PT5M")
    assert found["gaps"] == [{"from": found["from"], "to": found["to"], "because": ["empty_group"]}]
    assert made["reach"]["gaps"] == 1
    for wrong in ({"days": 0}, {"days": 93}, {"within": "soon"}):
        answer = await admin.get(f"{POLICIES}/{made['id']}/reach", params=wrong)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == next(iter(wrong))
