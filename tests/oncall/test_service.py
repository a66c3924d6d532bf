"""Schedules through the API: who has the watch, overrides, swaps with consent, and that what was stays as it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.conftest import Client, Member
from tocsin.base.errors import Invalid
from tocsin.db.tx import Database
from tocsin.oncall import service
from tocsin.oncall.service.hours import check_hours
from tocsin.tenancy.model import Tenant

BASE = "/api/escalation/v1"
SCHEDULES = f"{BASE}/schedules"


async def made(admin: Any, *people: Member, **layer: Any) -> dict[str, Any]:
    about = {"start": "2027-03-22", "handover": "09:00", "users": [str(one.id) for one in people]} | layer
    body = {"name": "Network watch", "time_zone": "Europe/Berlin", "layers": [about]}
    answer = await admin.post(SCHEDULES, json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def who(client: Any, at: str) -> Any:
    answer = await client.get(f"{BASE}/oncall", params={"at": at})
    assert answer.status_code == 200, answer.text
    return answer.json()["items"][0]


def names(shown: Any) -> list[str]:
    return [user["name"] for user in shown["users"]]


def fields(answer: Any) -> list[str]:
    return [error["field"] for error in answer.json()["errors"]]


async def test_who_has_the_watch_over_a_clock_change(
    client: Any, member: Any, database: Database, tenant: Tenant
) -> None:
    admin, viewer, one, two = (
        await client("admin"),
        await client("viewer"),
        await member(name="One"),
        await member(name="Two"),
    )
    schedule = await made(admin, one, two)
    assert schedule["slug"] == "network-watch"
    assert [user["name"] for user in schedule["layers"][0]["users"]] == ["One", "Two"]
    before = await who(viewer, "2027-03-29T06:59:59Z")
    assert (names(before), before["until"], before["next"]["user"]["name"]) == (["One"], "2027-03-29T07:00:00Z", "Two")
    after = await who(viewer, "2027-03-29T07:00:00Z")
    assert (names(after), after["until"]) == (["Two"], "2027-04-05T07:00:00Z")
    nobody = await who(viewer, "2027-03-21T00:00:00Z")
    assert (names(nobody), nobody["until"], nobody["next"]["at"]) == (
        [],
        "2027-03-22T08:00:00Z",
        "2027-03-22T08:00:00Z",
    )
    async with database.tenant(tenant.id) as tx:
        schedule_id = UUID(schedule["id"])
        assert await service.on_call_at(tx, schedule_id, datetime(2027, 4, 1, tzinfo=UTC)) == [two.id]
        assert await service.on_call_at(tx, schedule_id, datetime(2027, 3, 1, tzinfo=UTC)) == []
    span = {"from": "2027-03-20T00:00:00Z", "to": "2027-04-01T00:00:00Z"}
    rota = (await viewer.get(f"{SCHEDULES}/network-watch/rota", params=span)).json()
    assert [(s["user"]["name"], s["from"], s["to"]) for s in rota["final"]] == [
        ("One", "2027-03-22T08:00:00Z", "2027-03-29T07:00:00Z"),
        ("Two", "2027-03-29T07:00:00Z", "2027-04-01T00:00:00Z"),
    ]
    assert rota["gaps"] == [{"from": "2027-03-20T00:00:00Z", "to": "2027-03-22T08:00:00Z"}]
    assert (await admin.delete(f"{SCHEDULES}/{schedule['id']}")).status_code == 204
    assert (await viewer.get(f"{SCHEDULES}/{schedule['id']}")).status_code == 404
    async with database.tenant(tenant.id) as tx:
        assert await service.on_call_at(tx, schedule_id, datetime(2027, 4, 1, tzinfo=UTC)) == []
    assert (await made(admin, one))["slug"] == "network-watch"


async def test_a_deputy_stands_in_and_else_it_is_a_gap(client: Any, member: Any) -> None:
    admin, one, two = await client("admin"), await member(name="One"), await member(name="Two")
    await made(admin, one)
    for body in (
        {"from": "2027-03-23T00:00:00Z", "to": "2027-03-24T00:00:00Z", "deputy": str(two.id)},
        {"from": "2027-03-25T00:00:00Z", "to": "2027-03-26T00:00:00Z"},
    ):
        assert (await admin.post(f"/api/access/v1/users/{one.id}/absences", json=body)).status_code == 201
    with_deputy = await who(admin, "2027-03-23T12:00:00Z")
    assert (names(with_deputy), with_deputy["stands_in_for"]["name"]) == (["Two"], "One")
    assert names(await who(admin, "2027-03-25T12:00:00Z")) == []
    await admin.put(f"/api/access/v1/users/{one.id}", json={"is_active": False})
    assert names(await who(admin, "2027-03-22T12:00:00Z")) == []


async def test_a_change_of_layers_leaves_the_past_as_it_was(client: Any, member: Any, at: Any) -> None:
    admin, one, two, three = (
        await client("admin"),
        await member(name="One"),
        await member(name="Two"),
        await member(name="Three"),
    )
    schedule = await made(admin, one, start="2020-01-06")
    url = f"{SCHEDULES}/{schedule['id']}"
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    kept = {
        name: schedule["layers"][0][name]
        for name in ("name", "rotation", "every", "start", "handover", "time_zone", "hours")
    }
    kept["users"] = [str(one.id)]
    new = {"start": "2020-01-06", "users": [str(two.id)]}
    changed = (await admin.put(url, json={"layers": [kept, new]})).json()
    assert changed["layers"][0]["id"] == schedule["layers"][0]["id"]
    assert names(await who(admin, yesterday)) == ["One"]
    assert names(await who(admin, tomorrow)) == ["Two"]
    again = (await admin.put(url, json={"layers": [{**new, "users": [str(three.id)]}]})).json()
    assert len(again["layers"]) == 1
    assert names(await who(admin, yesterday)) == ["One"]
    assert names(await who(admin, tomorrow)) == ["Three"]


async def test_overrides(client: Any, member: Any, connect: Client) -> None:
    admin, one, two = await client("admin"), await member(name="One"), await member(name="Two")
    schedule = await made(admin, one)
    url = f"{SCHEDULES}/{schedule['id']}/overrides"
    span = {"from": "2027-03-23T00:00:00Z", "to": "2027-03-24T00:00:00Z"}
    as_two = connect(two.token)
    mine = await as_two.post(url, json={"user": "me", **span, "reason": "I take it"})
    assert mine.status_code == 201, mine.text
    assert (await as_two.get(mine.headers["location"])).json() == mine.json()
    assert names(await who(admin, "2027-03-23T12:00:00Z")) == ["Two"]
    assert (await as_two.post(url, json={"user": str(one.id), **span})).status_code == 403
    later = (
        await admin.post(url, json={"user": str(one.id), "from": "2027-03-23T10:00:00Z", "to": "2027-03-23T11:00:00Z"})
    ).json()
    assert names(await who(admin, "2027-03-23T10:30:00Z")) == ["One"]
    assert [o["id"] for o in (await admin.get(url)).json()["items"]] == [later["id"], mine.json()["id"]]
    assert (await as_two.delete(f"{url}/{later['id']}")).status_code == 403
    assert (await as_two.delete(f"{url}/{mine.json()['id']}")).status_code == 204
    assert names(await who(admin, "2027-03-23T12:00:00Z")) == ["One"]
    for body, field in (
        ({"user": "me", "from": "2027-03-23T00:00:00Z", "to": "2027-03-23T00:00:00Z"}, "to"),
        ({"user": "me", "from": "2020-03-23T00:00:00Z", "to": "2020-03-24T00:00:00Z"}, "to"),
        ({"user": str(UUID(int=5)), **span}, "user"),
    ):
        answer = await as_two.post(url, json=body)
        assert (answer.status_code, fields(answer)) == (422, [field])


async def test_a_swap_needs_the_consent_of_the_other(client: Any, member: Any, connect: Client) -> None:
    admin, one, two = await client("admin"), await member(name="One"), await member(name="Two")
    schedule = await made(admin, one, two, rotation="daily")
    url = f"{SCHEDULES}/{schedule['id']}/swaps"
    as_one, as_two = connect(one.token), connect(two.token)
    body = {"user": str(two.id), "from": "2027-03-22T08:00:00Z", "to": "2027-03-23T08:00:00Z"}
    body |= {"return_from": "2027-03-23T08:00:00Z", "return_to": "2027-03-24T08:00:00Z"}
    asked = await as_one.post(url, json=body)
    assert asked.status_code == 201, asked.text
    swap = f"{url}/{asked.json()['id']}"
    assert names(await who(admin, "2027-03-22T12:00:00Z")) == ["One"]
    assert (await as_one.post(f"{swap}/accept", json={})).status_code == 403
    assert (await as_two.post(f"{swap}/withdraw", json={})).status_code == 403
    accepted = await as_two.post(f"{swap}/accept", json={})
    assert (accepted.status_code, accepted.json()["state"]) == (200, "accepted")
    assert names(await who(admin, "2027-03-22T12:00:00Z")) == ["Two"]
    assert names(await who(admin, "2027-03-23T12:00:00Z")) == ["One"]
    assert (await as_two.post(f"{swap}/decline", json={})).status_code == 409
    assert (await as_one.post(url, json=body)).status_code == 409
    assert (await as_two.post(url, json={**body, "user": str(one.id), "return_to": None})).status_code == 422
    again = {"user": str(one.id), "from": body["from"], "to": body["to"]}
    second = (await as_two.post(url, json=again)).json()
    assert (await as_one.post(f"{url}/{second['id']}/decline", json={})).json()["state"] == "declined"
    third = (await as_two.post(url, json=again)).json()
    assert (await as_two.post(f"{url}/{third['id']}/withdraw", json={})).json()["state"] == "withdrawn"
    assert [s["state"] for s in (await admin.get(url)).json()["items"]] == ["withdrawn", "declined", "accepted"]


@pytest.mark.parametrize(
    "change, field",
    [
        ({"users": []}, "layers[0].users"),
        ({"users": [str(UUID(int=5))]}, "layers[0].users"),
        ({"time_zone": "Mars/Base"}, "layers[0].time_zone"),
        ({"hours": {"mon": [["09:00", "09:00"]]}}, "layers[0].hours.mon"),
        ({"hours": {"mon": [["09:00", "12:00"], ["11:00", "13:00"]]}}, "layers[0].hours.mon"),
        ({"hours": {"mon": [["9", "12:00"]]}}, "layers[0].hours.mon"),
        ({"every": 0}, "layers[0].every"),
        ({"handover": "25:00"}, "layers[0].handover"),
        ({"rotation": "monthly"}, "layers[0].rotation"),
        ({"start": "2026-02-30"}, "layers[0].start"),
    ],
)
async def test_what_is_refused(change: dict[str, Any], field: str, client: Any, member: Any) -> None:
    admin, one = await client("admin"), await member()
    layer = {"start": "2027-03-22", "users": [str(one.id)], **change}
    answer = await admin.post(SCHEDULES, json={"name": "x", "layers": [layer]})
    assert (answer.status_code, fields(answer)) == (422, [field]), answer.text


async def test_a_rota_without_anybody_is_refused(client: Any, member: Any) -> None:
    admin = await client("admin")
    bodies: tuple[dict[str, Any], ...] = ({"layers": []}, {}, {"layers": [{"start": "2027-03-22", "users": []}]})
    for body in bodies:
        answer = await admin.post(SCHEDULES, json={"name": "Nobody", **body})
        assert answer.status_code == 422, answer.text
        assert fields(answer)[0].startswith("layers")
    kept = await made(admin, await member())
    answer = await admin.put(f"{SCHEDULES}/{kept['id']}", json={"layers": []})
    assert (answer.status_code, fields(answer)) == (422, ["layers"])


@pytest.mark.parametrize(
    ("hours", "day"),
    [
        ({"mon": [["09:00", "12:00"], ["11:00", "13:00"]]}, "mon"),
        ({"mon": [["22:00", "06:00"]], "tue": [["05:00", "08:00"]]}, "tue"),
        ({"sun": [["22:00", "06:00"]], "mon": [["05:00", "08:00"]]}, "mon"),
        ({"mon": [["22:00", "06:00"]], "tue": [["06:00", "08:00"], ["22:00", "06:00"]]}, None),
        ({"sun": [["22:00", "06:00"]], "mon": [["06:00", "08:00"]]}, None),
    ],
)
def test_hours_that_overlap_name_the_day_also_over_midnight(hours: Any, day: str | None) -> None:
    if day is None:
        assert check_hours(hours, "hours") == hours
        return
    with pytest.raises(Invalid) as refused:
        check_hours(hours, "hours")
    assert [error.field for error in refused.value.errors] == [f"hours.{day}"]


async def test_a_zone_without_a_name_and_a_day_that_is_none_are_refused(client: Any, member: Any) -> None:
    admin, one = await client("admin"), await member(name="One")
    layer = {"start": "2027-03-22", "users": [str(one.id)]}
    nowhere = await admin.post(SCHEDULES, json={"name": "Watch", "time_zone": "", "layers": [layer]})
    someday = await admin.post(SCHEDULES, json={"name": "Watch", "layers": [{**layer, "hours": {"someday": []}}]})
    assert (nowhere.status_code, fields(nowhere)) == (422, ["time_zone"])
    assert (someday.status_code, fields(someday)) == (422, ["layers[0].hours"])
