"""Absences on screens: one's own in the profile, everybody's with the person, and the list of who is away."""

from __future__ import annotations

import re
from typing import Any

from tests.conftest import Client


async def test_absences_on_screens(member: Any, client: Any, connect: Client) -> None:
    admin, one, two = await client("admin"), await member(name="One"), await member(name="Two")
    as_one = connect(one.token)
    body = {"_form": "absence", "_back": "/profile", "from": "2030-04-07", "to": "2030-04-01"}
    refused = await as_one.post("/profile/absences", data=body)
    assert refused.status_code == 422
    assert "The absence ends before it begins." in refused.text
    made = await as_one.post("/profile/absences", data={**body, "to": "2030-04-09", "deputy": str(two.id)})
    assert made.status_code == 303
    shown = (await as_one.get("/profile")).text
    assert "Two stands in" in shown
    assert "One" in (await admin.get("/admin/absences")).text
    person = f"/admin/people/{one.id}"
    assert "Two stands in" in (await admin.get(person)).text
    assert (await admin.post(f"{person}/absences", data={"from": "2030-05-01", "to": "2030-05-01"})).status_code == 303
    paths = re.findall(r'action="(/profile/absences/[^"]+/remove)"', (await as_one.get("/profile")).text)
    assert len(paths) == 2
    assert (await as_one.post(paths[0], data={})).status_code == 303
    team = {"name": "Network", "spread": "least_work", "members": [str(one.id)]}
    assert (await admin.post("/admin/teams", data=team)).status_code == 303
    assert (await admin.get("/api/access/v1/teams/network")).json()["spread"] == "least_work"
