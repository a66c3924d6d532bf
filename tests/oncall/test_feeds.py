"""Calendar feeds: what a calendar program reads, and addresses that open nothing any more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from icalendar import Calendar, Event

from tests.conftest import Client
from tests.oncall.test_service import BASE, made

FEED = f"{BASE}/oncall/feed"


async def test_feeds(client: Any, member: Any, connect: Client) -> None:
    admin, one, two = await client("admin"), await member(name="One"), await member(name="Two")
    start = (datetime.now(UTC) - timedelta(days=3)).date().isoformat()
    schedule = await made(admin, one, two, start=start, rotation="daily")
    as_one, stranger = connect(one.token), connect()
    mine = await as_one.post(FEED, json={})
    assert mine.status_code == 201, mine.text
    assert mine.json()["url"].endswith(mine.headers["location"])
    whole = (await as_one.post(FEED, json={"schedule": schedule["slug"]})).headers["location"]
    answer = await stranger.get(mine.headers["location"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    events = Calendar.from_ical(answer.content).walk("VEVENT")
    assert len(events) > 20
    assert {str(event["summary"]) for event in events} == {"One: Network watch"}
    assert all(event.end - event.start == timedelta(days=1) for event in events[1:-1] if isinstance(event, Event))
    everybody = Calendar.from_ical((await stranger.get(whole)).content).walk("VEVENT")
    assert {str(event["summary"]) for event in everybody} == {"One: Network watch", "Two: Network watch"}
    again = (await as_one.post(FEED, json={})).headers["location"]
    assert (await stranger.get(mine.headers["location"])).status_code == 404
    assert (await stranger.get(again)).status_code == 200
    assert (await as_one.delete(FEED, params={"schedule": schedule["slug"]})).status_code == 204
    assert (await as_one.delete(FEED, params={"schedule": schedule["slug"]})).status_code == 409
    assert (await stranger.get(whole)).status_code == 404
    for path in ("/feeds/oncall/x", f"/feeds/oncall/{'0' * 32}_{'a' * 43}.ics", again.replace("_", "_A")):
        assert (await stranger.get(path)).status_code == 404
    await admin.put("/api/modules/v1/modules/escalation", json={"is_enabled": False})
    assert (await stranger.get(again)).status_code == 404
    await admin.put("/api/modules/v1/modules/escalation", json={"is_enabled": True})
    await admin.put(f"/api/access/v1/users/{one.id}", json={"is_active": False})
    assert (await stranger.get(again)).status_code == 404
