"""Telling people by their own rules, on a real PostgreSQL with the time given; and acknowledging by a link."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from tests.escalation.world import NOON
from tocsin.access import service as access
from tocsin.access.service import NewAbsence
from tocsin.activity import service as activity
from tocsin.base.errors import Forbidden, Invalid, NotFound, Refused
from tocsin.escalation import service
from tocsin.escalation.service import PersonalRule
from tocsin.incidents import service as incidents

PHONE = "+49 30 901820"


def rules(*given: dict) -> list[PersonalRule]:
    return msgspec.convert(list(given), list[PersonalRule])


async def prefer(world, who, *given: dict) -> None:
    await world.do(0, service.set_rules, "me", rules(*given), actor=who.actor)


async def phone(world, who, number: str | None = PHONE) -> None:
    async with world.at(0) as tx:
        await tx.run("update users set phone = $3 where tenant_id = $1 and id = $2", world.tenant.id, who.id, number)


async def ring(world, *people, **fields) -> UUID:
    """An incident whose policy tells people at once."""
    steps = [{"actions": [{"do": "notify", "to": {"user": str(one.id)}} for one in people]}]
    await world.policy(trigger={"on": "unassigned"}, steps=steps, **fields)
    incident = await world.incident()
    await world.sweep(0)
    return incident


async def test_a_person_is_told_by_their_own_rules(world, member):
    ada, deputy = await member(name="Ada"), await member(name="Dora Deputy")
    await phone(world, ada)
    await prefer(
        world, ada, {"channel": "email"}, {"after": "PT5M", "channel": "sms"}, {"after": "PT10M", "user": deputy.email}
    )
    await ring(world, ada)
    assert await world.told() == [(0, "email", ada.email)]
    for minute in (4, 5, 9, 10, 60):
        await world.sweep_alerts(minute)
    assert await world.told() == [(0, "email", ada.email), (5, "sms", PHONE), (10, "email", deputy.email)]
    called = next(mail for mail in await world.mails() if mail["address"] == deputy.email)
    assert "Ada has not acknowledged it" in called["body"]


async def test_without_rules_everybody_is_told_by_mail_at_once(world, member):
    ada = await member()
    await ring(world, ada)
    assert await world.told() == [(0, "email", ada.email)]
    assert await world.sweep_alerts(600) == 0


@pytest.mark.parametrize("verb", ["acknowledge", "resolve", "close", "delete"])
async def test_whoever_sees_to_it_stops_them_all(world, member, verb):
    ada, bert = await member(), await member("manager")
    for one in (ada, bert):
        await prefer(world, one, {"channel": "email"}, {"after": "PT5M", "channel": "email"})
    incident = await ring(world, ada, bert, stop_on=[])
    await world.do(2, getattr(incidents, verb), incident, actor=bert.actor)
    assert await world.sweep_alerts(60) == 0
    assert len(await world.told()) == 2


async def test_what_stops_the_ladder_stops_whom_it_tells(world, member):
    ada, agent = await member(), await member()
    await prefer(world, ada, {"channel": "email"}, {"after": "PT5M", "channel": "email"})
    steps = [
        {"actions": [{"do": "notify", "to": {"user": str(ada.id)}}]},
        {"after": "PT30M", "actions": [{"do": "raise_priority"}]},
    ]
    await world.policy(trigger={"on": "unassigned"}, steps=steps)
    incident = await world.incident()
    await world.sweep(0)
    await world.do(1, incidents.assign, incident, user=str(agent.id))
    assert await world.sweep_alerts(60) == 0
    async with world.at(60) as tx:
        (alert,) = (await service.alerts(tx, world.actor, str(incident), limit=5, cursor=None)).items
    assert (alert.state, alert.ended_because, alert.user.id) == ("stopped", "assigned", ada.id)


async def test_what_stops_the_ladder_stops_whom_it_tells_after_its_last_step_too(world, member):
    ada, manager = await member(), await member("manager")
    await prefer(world, ada, {"channel": "email"}, {"after": "PT5M", "channel": "email"})
    incident = await ring(world, ada)
    await world.do(1, incidents.assign, incident, user=str(ada.id), actor=manager.actor)
    assert await world.sweep_alerts(60) == 0


async def test_whoever_is_told_of_what_was_acknowledged_before_acknowledges_it_again(world, member):
    """By any way of acknowledging, though the incident stays as it is; a ladder that an acknowledgement stops, stops."""
    ada, bert = await member(), await member("manager")
    await prefer(world, ada, {"channel": "email"}, {"after": "PT5M", "channel": "email"})
    tell = [{"do": "notify", "to": {"user": str(ada.id)}}]
    steps = [{"after": "PT10M", "actions": tell}, {"after": "PT30M", "actions": tell}]
    await world.policy(trigger={"on": "priority_raised"}, steps=steps, stop_on=["acknowledged"])
    incident = await world.incident(priority="low")
    await world.do(1, incidents.acknowledge, incident, actor=bert.actor)
    await world.do(2, incidents.update, incident, incidents.Change(priority="high"))
    for minute in (2, 12):
        await world.sweep(minute)
    assert await world.told() == [(12, "email", ada.email)]
    sql = "select version, acknowledged_by_id from incidents where tenant_id = $1"
    (before,) = await world.rows(sql)
    await world.do(13, incidents.acknowledge, incident, actor=ada.actor)
    assert await world.rows(sql) == [before]
    assert (await world.sweep_alerts(60), await world.sweep(60)) == (0, 0)


async def test_who_was_told_of_the_escalation_is_called_all_the_same(world, member):
    """A manager hears of every escalation of what nobody owns; being called is another thing."""
    ada, manager = await member(name="Ada"), await member("manager")
    await prefer(world, ada, {"channel": "email"}, {"after": "PT10M", "user": manager.email})
    await ring(world, ada)
    (event,) = await world.rows("select * from events where tenant_id = $1 and type = 'IncidentEscalated'")
    async with world.at(1) as tx:
        await activity.handle(tx, {"event": str(event["id"]), "handler": "incidents.tell.IncidentEscalated"})
    await world.sweep_alerts(10)
    called = [mail for mail in await world.mails() if mail["address"] == manager.email and mail["link"]]
    assert ["Ada has not acknowledged it" in mail["body"] for mail in called] == [True]


async def test_a_policy_that_rests_tells_nobody_further(world, member):
    ada = await member()
    await prefer(world, ada, {"channel": "email"}, {"after": "PT5M", "channel": "email"})
    steps = [
        {"actions": [{"do": "notify", "to": {"user": str(ada.id)}}]},
        {"after": "PT30M", "actions": [{"do": "raise_priority"}]},
    ]
    policy = await world.policy(trigger={"on": "unassigned"}, steps=steps)
    await world.incident()
    await world.sweep(0)
    await world.change(1, policy, is_active=False)
    assert await world.sweep_alerts(60) == 0


async def test_a_paused_incident_tells_nobody_further(world, member):
    ada = await member()
    await prefer(world, ada, {"channel": "email"}, {"after": "PT5M", "channel": "email"})
    incident = await ring(world, ada)
    await world.do(1, incidents.transition, incident, "waiting")
    await world.sweep_alerts(5)
    assert len(await world.told()) == 1


async def test_two_workers_tell_once(world, member):
    ada = await member()
    await prefer(world, ada, *({"after": f"PT{n}M", "channel": "email"} for n in range(4)))
    await ring(world, ada)
    for minute in (1, 2, 3):
        await world.sweep_alerts(minute, workers=3)
    assert [minute for minute, _, _ in await world.told()] == [0, 1, 2, 3]


async def test_deputies_of_each_other_are_told_once_each(world, member):
    """Such rules are refused; should they stand there all the same, nobody is called twice on one occasion."""
    ada, bert = await member(), await member()
    await prefer(world, ada, {"channel": "email"}, {"after": "PT1M", "user": bert.email})
    async with world.at(0) as tx:
        text = msgspec.json.decode(
            msgspec.json.encode([{"after": 60, "channel": "", "address": "", "user": str(ada.id)}])
        )
        await tx.run(
            "insert into notification_rules (tenant_id, user_id, rules, updated_at) values ($1, $2, $3, $4)",
            *(world.tenant.id, bert.id, [{"after": "PT0S", "channel": "email"}, {**text[0], "after": "PT60S"}], tx.now),
        )
    await ring(world, ada)
    for minute in (1, 2, 3, 4):
        await world.sweep_alerts(minute)
    assert [address for _, _, address in await world.told()] == [ada.email, bert.email]


async def test_a_next_step_begins_a_persons_rules_anew(world, member):
    ada = await member()
    await prefer(world, ada, {"channel": "email"}, {"after": "PT5M", "channel": "email"})
    tell = [{"do": "notify", "to": {"user": str(ada.id)}}]
    await world.policy(trigger={"on": "unassigned"}, steps=[{"actions": tell}, {"after": "PT3M", "actions": tell}])
    await world.incident()
    await world.sweep(0)
    await world.sweep(3)
    for minute in (5, 8):
        await world.sweep_alerts(minute)
    assert [minute for minute, _, _ in await world.told()] == [0, 3, 8]


async def test_whoever_stands_in_is_told_and_without_anybody_the_ladder_moves_on(world, member):
    ada, bert, carla = await member(name="Ada"), await member(), await member()
    days = {"starts": NOON.isoformat(), "ends": (NOON + timedelta(days=3)).isoformat()}
    async with world.at(-1) as tx:
        await access.add_absence(tx, world.actor, str(ada.id), NewAbsence(**days, deputy=bert.email))
        await access.add_absence(tx, world.actor, str(carla.id), NewAbsence(**days))
    steps = [{"actions": [{"do": "notify", "to": {"user": str(one.id)}}], "after": "PT0S"} for one in (carla, ada)]
    steps[1]["after"] = "PT30M"
    await world.policy(trigger={"on": "unassigned"}, steps=steps)
    await world.incident()
    await world.sweep(0)
    await world.sweep(0)
    assert await world.told() == [(0, "email", bert.email)]


async def test_a_rule_without_a_channel_is_skipped_and_all_without_reach_nobody(world, member):
    ada, bert = await member(), await member()
    await prefer(world, ada, {"channel": "sms"}, {"after": "PT1M", "channel": "email"})
    await prefer(world, bert, {"channel": "sms"})
    incident = await ring(world, ada, bert)
    await world.sweep_alerts(1)
    assert await world.told() == [(1, "email", ada.email)]
    async with world.at(2) as tx:
        (escalation,) = (await service.escalations(tx, world.actor, str(incident), limit=5, cursor=None)).items
    first, second = escalation.outcome[:2]
    assert (first["result"], first["users"]) == ("notified", [str(ada.id)])
    assert (second["result"], second["why"]) == ("skipped", "nobody can be reached")


# ------------------------------------------------------------------------------------------------------------ rules


async def test_rules_come_in_the_order_of_their_times_with_warnings(world, member):
    ada = await member()
    view = await world.do(
        0, service.set_rules, "me", rules({"after": "PT5M", "channel": "sms"}, {"channel": "email"}), actor=ada.actor
    )
    assert [(rule.after, rule.channel) for rule in view.rules] == [("PT0S", "email"), ("PT5M", "sms")]
    assert [warning.field for warning in view.warnings] == ["rules[1]"]
    await phone(world, ada)
    view = await world.do(1, service.get_rules, "me", actor=ada.actor)
    assert "not verified" in view.warnings[0].message
    view = await world.do(2, service.set_rules, "me", None, actor=ada.actor)
    assert (view.is_default, [rule.channel for rule in view.rules]) == (True, ["email"])


@pytest.mark.parametrize(
    "given, field",
    [
        ([], "rules"),
        ([{"after": "PT5M"}], "rules[0]"),
        ([{"channel": "email", "user": "other"}], "rules[0]"),
        ([{"channel": "email"}, {"after": "P8D", "channel": "email"}], "rules[1].after"),
        ([{"channel": "email", "address": "else@example.com"}], "rules[0].address"),
        ([{"user": "nobody@example.com"}], "rules[0].user"),
        ([{"user": "me"}], "rules[0].user"),
    ],
)
async def test_wrong_rules_are_refused_with_their_place(world, member, given, field):
    ada = await member()
    with pytest.raises(Invalid) as refusal:
        await world.do(0, service.set_rules, "me", rules(*given), actor=ada.actor)
    assert refusal.value.errors[0].field == field


async def test_only_calling_others_is_no_rule_for_oneself(world, member):
    ada, bert = await member(), await member()
    with pytest.raises(Invalid):
        await prefer(world, ada, {"user": bert.email})


async def test_calls_that_go_round_are_refused(world, member):
    ada, bert, carla = await member(name="Ada"), await member(name="Bert"), await member(name="Carla")
    mail = {"channel": "email"}
    await prefer(world, ada, mail, {"after": "PT1M", "user": bert.email})
    await prefer(world, bert, mail, {"after": "PT1M", "user": carla.email})
    with pytest.raises(Refused, match="Carla, Ada, Bert, Carla"):
        await prefer(world, carla, mail, {"after": "PT1M", "user": ada.email})


async def test_rules_of_others_are_the_administrators(world, member):
    ada, bert, admin = await member(), await member(), await member("admin")
    with pytest.raises(Forbidden):
        await world.do(0, service.get_rules, str(bert.id), actor=ada.actor)
    assert (await world.do(0, service.get_rules, str(bert.id), actor=admin.actor)).user.id == bert.id
    with pytest.raises(NotFound):
        await world.do(0, service.get_rules, "nobody@example.com", actor=admin.actor)


# ------------------------------------------------------------------------------------------------------------- links


async def link(world) -> str:
    found = [mail["link"] for mail in await world.mails() if mail["link"] is not None]
    return str(found[-1])


async def test_a_link_acknowledges_only_when_its_button_is_pressed(world, member, connect):
    ada = await member(name="Ada")
    incident = await ring(world, ada, stop_on=["acknowledged"])
    path, stranger = await link(world), connect()
    page = await stranger.get(path)
    assert page.status_code == 200
    assert "Mail is down" in page.text
    assert (await world.rows("select acknowledged_at from incidents where tenant_id = $1"))[0][
        "acknowledged_at"
    ] is None
    async with world.at(1) as tx:
        await tx.run("update escalation_alerts set started_at = now() where tenant_id = $1", world.tenant.id)
    answer = await stranger.post(path, data={})
    assert answer.status_code == 200, answer.text
    assert "It is acknowledged" in answer.text
    (row,) = await world.rows("select acknowledged_by_id from incidents where tenant_id = $1 and id = $2", incident)
    assert row["acknowledged_by_id"] == ada.id
    assert "It is acknowledged" in (await stranger.get(path)).text


async def test_a_link_that_is_none_leads_nowhere(world, member, connect, other_tenant):
    ada = await member()
    await ring(world, ada)
    path, stranger = await link(world), connect()
    _, _, slug, alert, signature = path.split("/")
    for wrong in (
        f"/ack/{slug}/{alert}/{signature[:-2]}xx",
        f"/ack/{other_tenant.slug}/{alert}/{signature}",
        f"/ack/{slug}/{world.tenant.id}/{signature}",
        f"/ack/nobody/{alert}/{signature}",
        f"/ack/{slug}/{alert}/%C3%A4",
    ):
        assert (await stranger.get(wrong)).status_code == 404
        assert (await stranger.post(wrong, data={})).status_code == 404


async def test_an_old_link_and_one_of_somebody_without_the_right_acknowledge_nothing(world, member, connect):
    ada, viewer = await member(), await member("viewer")
    await ring(world, ada)
    stranger = connect()
    answer = await stranger.post(await link(world), data={})
    assert (answer.status_code, "older than a week" in answer.text) == (409, True)
    async with world.at(1) as tx:
        await tx.run(
            "update escalation_alerts set started_at = now(), user_id = $2 where tenant_id = $1",
            world.tenant.id,
            viewer.id,
        )
    answer = await stranger.post(await link(world), data={})
    assert (answer.status_code, "permission" in answer.text) == (409, True)
    assert (await world.rows("select acknowledged_at from incidents where tenant_id = $1"))[0][
        "acknowledged_at"
    ] is None


async def test_links_are_shown_to_nobody_else(world, member, connect):
    admin, ada = await member("admin"), await member()
    await ring(world, ada)
    client = connect(admin.token)
    found = (await client.get("/api/notifications/v1/deliveries")).json()["items"]
    for one in found:
        shown = (await client.get(f"/api/notifications/v1/deliveries/{one['id']}")).text
        assert "/ack/" not in shown
