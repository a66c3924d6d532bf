"""Time in a team's hands, and the promise of public updates, in a sandbox whose clock the test moves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from hypothesis import given, settings, strategies as st

from tests.sla.test_api import INCIDENTS, OFFICE, SLA, answered
from tests.sla.walls import MINUTE
from tests.tenancy.test_clock import advance, api_of, make_sandbox, told
from tocsin.base.actor import system_actor
from tocsin.collaboration import service as collaboration
from tocsin.db.tx import Database
from tocsin.incidents import service as incidents
from tocsin.incidents.model import NewIncident
from tocsin.sla import rules, service as sla
from tocsin.sla.model import NewSlaPolicy, Target
from tocsin.sla.rules import Hands, Hours, WorkingTime, read_week

Connect = Callable[..., httpx.AsyncClient]
MORNING = datetime(2026, 3, 2, 9, tzinfo=UTC)


def breaches(found: Any) -> list[tuple[str, str | None]]:
    return [(at, clock) for at, what, clock in told(found) if what == "SlaBreached"]


async def test_only_the_time_in_its_hands_counts(database: Database, connect: Connect) -> None:
    api = await api_of(database, connect, await make_sandbox(database))
    teams = {
        slug: await answered(await api.post("/api/access/v1/teams", json={"name": slug, "slug": slug}), 201)
        for slug in ("network", "desk")
    }
    body = {"name": "Network", "team": "network", "hands_minutes": 60}
    await answered(await api.post(f"{SLA}/policies", json=body), 201)
    made = await answered(
        await api.post(INCIDENTS, json={"title": "Switch", "priority": "low", "team": "network"}), 201
    )

    async def team(slug: str) -> None:
        await answered(await api.post(f"{INCIDENTS}/{made['id']}/assign", json={"team": slug}))

    assert breaches(await advance(api, "PT40M")) == []
    await team("desk")
    assert breaches(await advance(api, "PT3H")) == []
    await team("network")
    await answered(await api.post(f"{INCIDENTS}/{made['id']}/transition", json={"status": "waiting"}))
    await advance(api, "PT1H")
    await answered(await api.post(f"{INCIDENTS}/{made['id']}/transition", json={"status": "open"}))
    found = await advance(api, "PT30M")
    assert breaches(found) == [("2026-03-02T14:00:00Z", "team")]
    detail = next(one["detail"] for one in found["happened"] if one["what"] == "SlaBreached")
    assert detail["team"] == teams["network"]["id"]
    (shown,) = (await answered(await api.get(f"{INCIDENTS}/{made['id']}/sla/explain")))["teams"]
    assert (shown["held_minutes"], shown["target_minutes"], shown["is_running"]) == (70, 60, True)
    assert not (await answered(await api.get(f"{INCIDENTS}/{made['id']}")))["sla"]["is_breached"]
    await answered(await api.put(f"{SLA}/policies/network", json={"hands_minutes": None, "maximum_extensions": 1}))
    assert breaches(await advance(api, "PT1H")) == []


async def test_the_public_hears_in_time(database: Database, connect: Connect) -> None:
    sandbox = await make_sandbox(database)
    api, agent = await api_of(database, connect, sandbox), await api_of(database, connect, sandbox, "agent")
    await answered(
        await api.post(f"{SLA}/calendars", json={"name": "Office", "hours": OFFICE, "time_zone": "UTC"}), 201
    )
    line = {"priority": "low", "update_minutes": 120, "calendar": "office"}
    await answered(await api.post(f"{SLA}/policies", json={"name": "Talk", "targets": [line]}), 201)
    made = await answered(await api.post(INCIDENTS, json={"title": "Switch", "priority": "low"}), 201)
    assert made["sla"]["update_due_at"] == "2026-03-02T11:00:00Z"
    await advance(api, "PT1H30M")
    comment = {"body": "We look into it", "is_internal": False}
    await answered(await api.post(f"{INCIDENTS}/{made['id']}/comments", json=comment), 201)
    own = await answered(await api.get(f"{INCIDENTS}/{made['id']}"))
    assert own["sla"]["update_due_at"] == "2026-03-02T11:00:00Z"  # the reporter's own words are no news to the public
    await answered(await agent.post(f"{INCIDENTS}/{made['id']}/comments", json={**comment, "is_internal": True}), 201)
    await answered(await agent.post(f"{INCIDENTS}/{made['id']}/comments", json=comment), 201)
    told_public = await answered(await api.get(f"{INCIDENTS}/{made['id']}"))
    assert told_public["sla"]["update_due_at"] == "2026-03-02T12:30:00Z"
    found = await advance(api, "PT3H")
    assert [(at, clock) for at, clock in breaches(found) if clock == "update"] == [("2026-03-02T12:30:00Z", "update")]
    await answered(await agent.post(f"{INCIDENTS}/{made['id']}/comments", json=comment), 201)
    after = await answered(await api.get(f"{INCIDENTS}/{made['id']}"))
    assert (after["sla"]["update_due_at"], after["sla"]["update_breached_at"]) == ("2026-03-02T15:30:00Z", None)


async def test_a_word_that_comes_too_late_leaves_the_breach_behind_it(database, tenant, member):
    """Also when no worker has looked meanwhile, and by whatever way the public is told."""
    agent, reporter = await member(), await member()
    at = await promised(database, tenant, high=60)
    async with at(0) as tx:
        made = await incidents.create(tx, reporter.actor, NewIncident(title="Switch", priority="high"))
    async with at(70) as tx:
        await collaboration.report_progress(
            tx, agent.actor, made, percent=10, summary="Cabling", next_update_due_at=None, is_internal=False
        )
    async with at(71) as tx:
        sql = "select type from events where tenant_id = $1 and facts ->> 'clock' = 'update' order by seq"
        events = [row["type"] for row in await tx.rows(sql, tenant.id)]
        clocks = await sla.get(tx, made)
    assert events == ["SlaWarning", "SlaWarning", "SlaBreached"]
    assert clocks is not None
    assert (clocks.update_due_at, clocks.update_breached_at) == (MORNING + 130 * MINUTE, None)


async def test_a_word_counts_that_came_before_it_was_promised(database, tenant, member):
    agent, reporter = await member(), await member()
    at = await promised(database, tenant, high=60)
    async with at(0) as tx:
        made = await incidents.create(tx, reporter.actor, NewIncident(title="Switch", priority="low"))
    async with at(50) as tx:
        await collaboration.add_comment(tx, agent.actor, made, "We look into it", is_internal=False)
    async with at(70) as tx:
        await incidents.update(tx, agent.actor, made, incidents.Change(priority="high"))
        clocks = await sla.get(tx, made)
    assert clocks is not None
    assert clocks.update_due_at == MORNING + 110 * MINUTE


async def promised(database, tenant, **minutes: int):
    """A word to the public is promised every so many minutes, by priority. Answers how to work at a minute."""

    def at(minute: int):
        return database.tenant(tenant.id, now=MORNING + minute * MINUTE)

    lines = [Target(priority=slug, update_minutes=count) for slug, count in minutes.items()]
    async with at(-60) as tx:
        await sla.add_policy(tx, system_actor(tenant.id), NewSlaPolicy(name="Words", targets=lines))
    return at


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 200), st.integers(1, 200)), min_size=1, max_size=5),
    st.integers(1, 300),
    st.sets(st.sampled_from([25, 50, 75, 90]), max_size=3),
)
def test_a_late_look_finds_what_a_minute_by_minute_one_does(
    stretches: list[tuple[int, int]], target: int, percents: set[int]
) -> None:
    start = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    calendar = WorkingTime(Hours("UTC", read_week({"mon": [["09:00", "11:00"], ["11:30", "23:00"]]})))
    fresh = Hands(target_minutes=target, warning_percents=tuple(sorted(percents)), calendar=calendar)
    early, late, minute, found = fresh, fresh, 0, []
    for wait, length in stretches:
        begins, ends = start + MINUTE * (minute + wait), start + MINUTE * (minute + wait + length)
        early, late = rules.taken(early, begins), rules.taken(late, begins)
        for number in range(length + 1):
            early, fired = rules.look_at_hands(early, begins + MINUTE * number)
            found += [percent for _, percent in fired]
        late, fired = rules.look_at_hands(late, ends)
        early, late = rules.left(early, ends), rules.left(late, ends)
        assert (early.warned, early.breached_at) == (late.warned, late.breached_at)
        minute += wait + length
    used = rules.held_for(early, start + timedelta(days=2))
    assert (None in found) == (used >= MINUTE * target)
    assert found == sorted(found, key=lambda percent: percent or 100)
