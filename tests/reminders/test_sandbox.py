"""A sandbox's clock drives reminders and the closing of what is resolved, each once and in order."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from tests.tenancy.test_clock import INCIDENTS, START, Connect, advance, api_of, sandbox
from tocsin.db.tx import Database
from tocsin.tenancy.model import Tenant

__all__ = ["sandbox"]


async def test_a_month_of_reminders_and_a_closing(database: Database, connect: Connect, sandbox: Tenant) -> None:
    api = await api_of(database, connect, sandbox)
    settings = {"auto_close_days": 3, "quiet_hours": ["22:00", "07:00"]}
    assert (await api.put("/api/tenancy/v1/tenant", json={"settings": settings})).status_code == 200
    made = (await api.post(INCIDENTS, json={"title": "Printer", "assigned_to": "me"})).json()
    path = f"{INCIDENTS}/{made['id']}"
    daily = {"scheduled_for": "2026-03-02T12:00:00Z", "rrule": "FREQ=DAILY;COUNT=5"}
    night = {"scheduled_for": "2026-03-02T23:30:00Z"}
    for body in (daily, night):
        assert (await api.post(f"{path}/reminders", json=body)).status_code == 201
    happened = (await advance(api, "P2D"))["happened"]
    went_out = [one["at"] for one in happened if one["what"] == "ReminderDue"]
    assert went_out == ["2026-03-02T12:00:00Z", "2026-03-03T07:00:00Z", "2026-03-03T12:00:00Z"]
    assert (await api.post(f"{path}/resolve", json={})).status_code == 200
    rest = (await advance(api, "P28D"))["happened"]
    told = Counter(one["what"] for one in rest)
    assert (told["ReminderDue"], told["IncidentClosed"]) == (3, 1)
    closed = next(one for one in rest if one["what"] == "IncidentClosed")
    assert closed["at"] == "2026-03-07T09:00:00Z"
    assert datetime.fromisoformat(closed["at"]) > START
    assert (await api.get(path)).json()["status"]["slug"] == "closed"
