"""The queue's own order, and the filters of My work."""

from __future__ import annotations

import base64
import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.incidents.steps import API, MakeClient, act, fields, make
from tests.incidents.test_list import collect, titles
from tocsin.db.tx import Database
from tocsin.incidents.rules import ASLEEP
from tocsin.tenancy.model import Tenant


@pytest.fixture
async def mixed(client: MakeClient, database: Database, tenant: Tenant) -> dict[str, float | None]:
    """Incidents of which some run, some are paused and some have no clock: minutes left by title (None: none)."""
    admin, picks, left = await client("admin"), random.Random(11), {}
    for n in range(18):
        await make(admin, f"No {n}")
    async with database.tenant(tenant.id) as tx:
        for n in range(18):
            minutes = None if n % 6 == 0 else float(picks.randrange(-300, 300))
            at: datetime | None = None
            if minutes is not None:
                at = (ASLEEP if n % 3 == 1 else tx.now + timedelta(minutes=1)) + timedelta(minutes=minutes)
                minutes += 0 if n % 3 == 1 else 1
            left[f"No {n}"] = minutes
            await tx.run(
                "update incidents set next_due_at = $3 where tenant_id = $1 and title = $2", tenant.id, f"No {n}", at
            )
    return left


@pytest.mark.parametrize("sort", ["time_left", "-time_left"])
@pytest.mark.parametrize("status", [None, "open", "open,resolved"])
async def test_paused_clocks_stand_by_what_they_have_left(
    mixed: dict[str, float | None], client: MakeClient, sort: str, status: str | None
) -> None:
    found = await collect(await client("viewer"), sort=sort, **({"status": status} if status else {}))
    assert len({item["id"] for item in found}) == len(found) == 18
    shown = [mixed[item["title"]] for item in found]
    dated = [minutes for minutes in shown if minutes is not None]
    assert shown[len(dated) :] == [None] * 3
    assert dated == sorted(dated, reverse=sort.startswith("-"))


@pytest.mark.parametrize(
    ("place", "value"), [(0, "9998-01-01T00:00:00Z"), (0, "0002-01-01T00:00:00Z"), (2, "9000-01-01T00:00:00Z")]
)
async def test_a_cursor_of_times_beyond_reason_is_refused(
    mixed: dict[str, float | None], client: MakeClient, place: int, value: str
) -> None:
    viewer = await client("viewer")
    cursor = (await viewer.get(API, params={"limit": 1, "sort": "time_left"})).json()["next_cursor"]
    mark, key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    key[place] = value
    forged = base64.urlsafe_b64encode(json.dumps([mark, key]).encode()).decode().rstrip("=")
    answer = await viewer.get(API, params={"limit": 1, "sort": "time_left", "cursor": forged})
    assert (answer.status_code, fields(answer.json())) == (422, ["cursor"])


async def test_pausing_and_resuming_moves_an_incident_in_the_queue(
    client: MakeClient, database: Database, tenant: Tenant
) -> None:
    admin = await client("admin")
    incident = await make(admin, priority="critical")

    async def stands() -> Any:
        async with database.tenant(tenant.id) as tx:
            return await tx.value("select next_due_at from incidents where tenant_id = $1", tenant.id)

    reply = await stands()
    await act(admin, incident, "transition", status="waiting")
    assert await stands() == reply, "the clock of the reply is not paused"
    await act(admin, incident, "acknowledge")
    async with database.tenant(tenant.id) as tx:
        await tx.run("update incident_slas set first_response_at = $2 where tenant_id = $1", tenant.id, tx.now)
    await act(admin, incident, "transition", status="in-progress")
    running = await stands()
    assert running < datetime(3000, 1, 1, tzinfo=UTC)
    await act(admin, incident, "transition", status="waiting")
    assert timedelta(0) < await stands() - ASLEEP < timedelta(days=30)
    await act(admin, incident, "resolve")
    assert await stands() is None


async def test_work_due_before_a_time_is_open_and_awake(mixed: dict[str, float | None], client: MakeClient) -> None:
    viewer = await client("viewer")
    edge = (datetime.now(UTC) + timedelta(minutes=60)).isoformat()
    found = await titles(viewer, next_due_before=edge)
    awake = {title: left for title, left in mixed.items() if left is not None and int(title[3:]) % 3 != 1}
    assert found == {title for title, left in awake.items() if left < 60}


async def test_work_handed_on_is_found_along_the_whole_chain_until_it_comes_back(
    client: MakeClient, member: Any, connect: Any
) -> None:
    manager = await client("manager")
    first, second, third = [await member() for _ in range(3)]
    incident = await make(manager, "handed on", assigned_to=str(first.id))
    await make(manager, "kept", assigned_to=str(first.id))
    one, two = connect(first.token), connect(second.token)
    assert await titles(one, delegated_by="me") == set()
    await act(one, incident, "delegate", user=str(second.id))
    await act(two, incident, "delegate", user=str(third.id))
    assert await titles(one, delegated_by="me") == {"handed on"} == await titles(two, delegated_by="me")
    assert await titles(manager, delegated_by=str(first.id), status="open") == {"handed on"}
    await act(two, incident, "recall")
    assert await titles(two, delegated_by="me") == set()
    assert await titles(one, delegated_by="me") == {"handed on"}
    await act(manager, incident, "assign", user=str(third.id))
    assert await titles(one, delegated_by="me") == set()


async def test_what_a_team_watches_its_members_watch(client: MakeClient, member: Any, connect: Any) -> None:
    admin, person = await client("admin"), await member()
    team = (await admin.post("/api/access/v1/teams", json={"name": "Night shift", "members": [str(person.id)]})).json()
    mine, ours = await make(admin, "mine"), await make(admin, "ours")
    await make(admin, "nobody's")
    for incident, body in ((mine, {"user": str(person.id)}), (ours, {"team": team["slug"]})):
        assert (await admin.post(f"{API}/{incident['id']}/watchers", json=body)).status_code == 201
    assert await titles(connect(person.token), watcher="me") == {"mine", "ours"}
    assert await titles(admin, watcher="me") == set()


@pytest.mark.parametrize("name", ["delegated_by", "watcher"])
async def test_nobody_is_no_delegator_and_no_watcher(client: MakeClient, name: str) -> None:
    answer: httpx.Response = await (await client("viewer")).get(API, params={name: "none"})
    assert (answer.status_code, fields(answer.json())) == (422, [name])
