"""Screens of on call: the editor, the rota with gaps, overrides and swaps by forms, the calendar's address."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given

from tests.conftest import Client
from tests.oncall.test_rules import HOURS
from tests.oncall.test_service import SCHEDULES, made
from tocsin.access.model import Named
from tocsin.base.ids import new_id
from tocsin.oncall.console.drawing import Bar
from tocsin.oncall.service import read_hours, write_hours
from tocsin.oncall.service.hours import minutes_of

EDITOR = "/admin/oncall"


@given(HOURS)
def test_hours_are_read_as_they_are_written(hours: dict[str, list[tuple[int, int]]]) -> None:
    def text(minutes: int) -> str:
        return f"{minutes // 60:02d}:{minutes % 60:02d}"

    written = {day: [(text(a), text(b)) for a, b in rows] for day, rows in hours.items() if rows}
    assert minutes_of(read_hours(write_hours(written))) == minutes_of(written)


def test_a_bar_says_what_it_has_room_for() -> None:
    since = datetime(2026, 3, 2, 8, tzinfo=UTC)
    who = Named(new_id(), "Priya Raman")
    said = [Bar("0", width, since, since + timedelta(hours=10), who).caption for width in ("30.000", "8.300", "1.000")]
    assert said == ["Priya Raman", "Priya", ""]
    assert [Bar("0", width, since, since + timedelta(hours=10)).caption for width in ("6", "1")] == ["10 h", "!"]


async def test_the_editor(client: Any, member: Any) -> None:
    admin, one, two = await client("admin"), await member(name="One"), await member(name="Two")
    assert "Nobody is on call" in (await admin.get("/oncall")).text
    body = {
        "_form": "schedule",
        "_back": f"{EDITOR}/new",
        "name": "Night",
        "time_zone": "Europe/Berlin",
        "layer_name": ["Base", "Days"],
        "rotation": ["weekly", "daily"],
        "every": ["1", "2"],
        "start": ["2027-03-22", "2027-03-22"],
        "handover": ["09:00", "08:00"],
        "zone": ["", ""],
        "hours": ["", "mon-fri 09:00-17:00"],
        "user": [f"0:{one.id}", f"0:{two.id}", f"1:{two.id}", ""],
    }
    grown = await admin.post(EDITOR, data={**body, "more": "layer"})
    assert (grown.status_code, grown.text.count("<fieldset")) == (200, 3)
    shrunk = await admin.post(EDITOR, data={**body, "more": "drop:0"})
    assert shrunk.text.count("<fieldset") == 1
    assert 'value="Days"' in shrunk.text
    wrong = await admin.post(EDITOR, data={**body, "hours": ["whenever", ""]})
    assert wrong.status_code == 422
    assert "Write such as: mon-fri" in wrong.text
    assert 'value="whenever"' in wrong.text
    saved = await admin.post(EDITOR, data=body)
    assert (saved.status_code, saved.headers["location"]) == (303, "/oncall/night")
    schedule = (await admin.get(f"{SCHEDULES}/night")).json()
    assert [[user["name"] for user in layer["users"]] for layer in schedule["layers"]] == [["One", "Two"], ["Two"]]
    assert schedule["layers"][1]["hours"]["mon"] == [["09:00", "17:00"]]
    page = (await admin.get(f"{EDITOR}/{schedule['id']}")).text
    assert 'value="mon-fri 09:00-17:00"' in page
    again = await admin.post(f"{EDITOR}/{schedule['id']}", data={**body, "name": "Nights"})
    assert again.status_code == 303
    after = (await admin.get(f"{SCHEDULES}/night")).json()
    assert after["name"] == "Nights"
    assert [layer["id"] for layer in after["layers"]] == [layer["id"] for layer in schedule["layers"]]
    assert (await admin.post(f"{EDITOR}/{schedule['id']}/retire", data={})).status_code == 303
    assert (await admin.get("/oncall/night")).status_code == 404


async def test_the_rota(client: Any, member: Any, connect: Client) -> None:
    admin, one, two = await client("admin"), await member(name="One"), await member(name="Two")
    schedule = await made(admin, one, two, start="2026-01-05", rotation="daily", hours={"mon": [["00:00", "24:00"]]})
    as_one, viewer = connect(one.token), await client("viewer")
    page = (await viewer.get("/oncall/network-watch", params={"span": "fortnight", "from": "2027-03-22"})).text
    assert page.count('class="tc-shift is-gap') > 1
    assert "Gaps in the next 30 days" in page
    assert "Add override" not in page
    body = {"user": str(one.id), "from": "2027-03-23T10:00", "to": "2027-03-23T12:00", "reason": "Fill"}
    assert (await as_one.post("/oncall/network-watch/overrides", data={**body, "to": "soon"})).status_code == 422
    assert (await as_one.post("/oncall/network-watch/overrides", data=body)).status_code == 303
    found = (await admin.get(f"{SCHEDULES}/{schedule['id']}/overrides")).json()["items"]
    assert [(each["from"], each["reason"]) for each in found] == [("2027-03-23T09:00:00Z", "Fill")]
    removed = await as_one.post(f"/oncall/network-watch/overrides/{found[0]['id']}/remove", data={})
    assert removed.status_code == 303
    fed = await as_one.post("/oncall/network-watch/feed", data={})
    address = re.search(r"/feeds/oncall/[\w-]+\.ics", fed.text)
    assert address is not None
    assert (await connect().get(address.group())).status_code == 200


async def test_swaps_on_the_page(client: Any, member: Any, connect: Client) -> None:
    admin, one, two = await client("admin"), await member(name="One"), await member(name="Two")
    await made(admin, one, two, start="2026-01-05", rotation="daily")
    as_one, as_two = connect(one.token), connect(two.token)
    page = (await as_one.get("/oncall/network-watch")).text
    watch = re.search(r'<option value="([^"]+/[^"]+)">One: ', page)
    assert watch is not None
    form = {"watch": watch.group(1).replace("&#43;", "+"), "user": str(two.id), "note": "Please"}
    assert (await as_one.post("/oncall/network-watch/swaps", data=form)).status_code == 303
    asked = (await as_two.get("/oncall/network-watch")).text
    accept = re.search(r'action="(/oncall/network-watch/swaps/[^"]+/accept)"', asked)
    assert accept is not None
    assert (await as_two.post(accept.group(1), data={})).status_code == 303
    assert "agreed" in (await as_one.get("/oncall/network-watch")).text
