"""Absences: who may note them, what is refused, how days are read, and circles of deputies."""

from __future__ import annotations

from typing import Any

from tests.conftest import Client
from tocsin.db.tx import Database
from tocsin.tenancy.model import Tenant

USERS = "/api/access/v1/users"
SPRING = {"from": "2030-04-01", "to": "2030-04-07"}


def fields(answer: Any) -> list[str]:
    return [error["field"] for error in answer.json()["errors"]]


async def test_one_notes_ones_own_absence_and_managers_of_people_everybodys(
    member: Any, client: Any, connect: Client, database: Database, tenant: Tenant
) -> None:
    one, other, deputy = await member(), await member(), await member()
    as_one, admin = connect(one.token), await client("admin")
    made = await as_one.post(f"{USERS}/me/absences", json={**SPRING, "deputy": deputy.email})
    assert made.status_code == 201, made.text
    shown = made.json()
    assert (shown["from"], shown["to"]) == ("2030-04-01T00:00:00Z", "2030-04-08T00:00:00Z")
    assert (shown["user"]["id"], shown["deputy"]["id"]) == (str(one.id), str(deputy.id))
    assert (await as_one.get(made.headers["location"])).json() == shown
    assert (await as_one.post(f"{USERS}/{other.id}/absences", json=SPRING)).status_code == 403
    assert (await admin.post(f"{USERS}/{other.id}/absences", json=SPRING)).status_code == 201
    assert (await admin.get(f"{USERS}/{one.id}/absences")).json()["items"] == [shown]
    assert (await admin.get(f"{USERS}/{other.id}/absences/{shown['id']}")).status_code == 404
    assert (await as_one.delete(f"{USERS}/me/absences/{shown['id']}")).status_code == 204
    assert (await as_one.get(f"{USERS}/me/absences")).json()["items"] == []


async def test_days_are_those_of_the_person(
    member: Any, client: Any, connect: Client, database: Database, tenant: Tenant
) -> None:
    one, admin = await member(), await client("admin")
    await admin.put(f"{USERS}/{one.id}", json={"time_zone": "America/New_York"})
    made = (await admin.post(f"{USERS}/{one.id}/absences", json={"from": "2030-03-10", "to": "2030-03-10"})).json()
    assert (made["from"], made["to"]) == ("2030-03-10T05:00:00Z", "2030-03-11T04:00:00Z")


async def test_what_is_refused(member: Any, client: Any, other_tenant: Tenant) -> None:
    admin, one, two, three = await client("admin"), await member(), await member(), await member()
    gone, foreign = await member(active=False), await member(of=other_tenant)
    url = f"{USERS}/{one.id}/absences"
    for body, at in (
        ({"from": "2030-04-07", "to": "2030-04-01"}, "to"),
        ({"from": "2020-04-01", "to": "2020-04-07"}, "to"),
        ({"from": "soon", "to": "2030-04-07"}, "from"),
        ({"from": "2030-W14-1", "to": "2030-04-07"}, "from"),
        ({"from": "2030-04-01T09:00:00", "to": "2030-04-07"}, "from"),
        ({"from": "2030-04-01", "to": "2060-04-07"}, "to"),
        ({**SPRING, "deputy": str(one.id)}, "deputy"),
        ({**SPRING, "deputy": str(gone.id)}, "deputy"),
        ({**SPRING, "deputy": str(foreign.id)}, "deputy"),
    ):
        answer = await admin.post(url, json=body)
        assert (answer.status_code, fields(answer)) == (422, [at]), body
    assert (await admin.post(url, json={**SPRING, "deputy": str(two.id)})).status_code == 201
    assert (await admin.post(url, json={"from": "2030-04-07", "to": "2030-04-09"})).status_code == 409
    assert (await admin.post(f"{USERS}/{two.id}/absences", json={**SPRING, "deputy": str(three.id)})).status_code == 201
    circle = await admin.post(f"{USERS}/{three.id}/absences", json={**SPRING, "deputy": str(one.id)})
    assert circle.status_code == 409
    later = {"from": "2030-04-08", "to": "2030-04-09", "deputy": str(one.id)}
    assert (await admin.post(f"{USERS}/{three.id}/absences", json=later)).status_code == 201
