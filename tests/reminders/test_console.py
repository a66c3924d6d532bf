"""Reminders on an incident's page and on My work: made, changed, put off, cancelled by forms."""

from __future__ import annotations

import re
from datetime import datetime

from tests.incidents.pages import done, page_of, send, show
from tests.incidents.steps import API, MakeClient, act, make

FAR = "2031-07-01T09:30"


async def test_a_series_is_made_changed_put_off_and_cancelled(client: MakeClient) -> None:
    agent = await client("agent")
    me = (await agent.get("/api/access/v1/me")).json()["user"]
    incident = await make(agent)
    form = await show(agent, incident, do="remind")
    for name in ("repeat", "rrule", "repeat_until", "user", "team", "is_urgent"):
        assert f'name="{name}"' in form, name
    sent = {
        "scheduled_for": FAR,
        "repeat": "FREQ=WEEKLY",
        "repeat_until": "2031-12-31",
        "user": me["id"],
        "is_urgent": "true",
    }
    await done(agent, incident, "reminders", reminder_type="Call them", to="watchers", **sent)
    (made,) = (await agent.get(f"{API}/{incident['id']}/reminders")).json()["items"]
    assert (made["rrule"], made["is_urgent"]) == ("FREQ=WEEKLY;UNTIL=20311231", True)
    assert made["to"] == ["watchers", {"user": me["id"]}]
    page = await show(agent, incident)
    for text in ("Call them", "Every week until 31 Dec 2031", "urgent", f"the watchers, {me['name']}"):
        assert text in page, text
    change = f"remind-{made['id']}"
    form = await show(agent, incident, do=change)
    assert f'value="{FAR}"' in form
    assert 'value="2031-12-31"' in form
    assert re.search(r'value="FREQ=WEEKLY" selected', form)
    same = {"scheduled_for": FAR, "repeat": "own", "rrule": "FREQ=MONTHLY;BYDAY=-1FR", "to": "owner"}
    await done(agent, incident, f"reminders/{made['id']}", **same)
    after = (await agent.get(f"{API}/{incident['id']}/reminders/{made['id']}")).json()
    assert (after["rrule"], after["reminder_type"], after["is_urgent"]) == (
        "FREQ=MONTHLY;BYDAY=-1FR",
        "reminder",
        False,
    )
    assert "by the rule FREQ=MONTHLY;BYDAY=-1FR" in await show(agent, incident)
    await done(agent, incident, f"reminders/{made['id']}/snooze", **{"for": "PT1H"})
    page = await show(agent, incident)
    assert "put off" in page
    await done(agent, incident, f"reminders/{made['id']}/cancel")
    assert "Nobody is to be reminded." in await show(agent, incident)
    assert "put a reminder off to" in await show(agent, incident)


async def test_whom_a_reminder_names_is_kept_by_its_form(client: MakeClient) -> None:
    """Roles are chosen there, and a change that touches nothing loses nobody, however many there are."""
    agent = await client("agent")
    incident = await make(agent)
    await done(agent, incident, "reminders", scheduled_for=FAR, role="manager")
    (made,) = (await agent.get(f"{API}/{incident['id']}/reminders")).json()["items"]
    assert made["to"] == [{"role": "manager"}]
    assert "Manager" in await show(agent, incident)
    path = f"{API}/{incident['id']}/reminders/{made['id']}"
    to = ["watchers", {"role": "manager"}, {"role": "agent"}]
    assert (await agent.put(path, json={"to": to})).status_code == 200
    form = await show(agent, incident, do=f"remind-{made['id']}")
    assert re.search(r'value="manager" selected', form)
    ticked = re.findall(r'name="to" value="([^"]*)" checked|value="([^"]*)"[^>]*name="to"[^>]*checked', form)
    kept = [one or other for one, other in ticked]
    assert kept == ["watchers", "role:agent"]
    fields = {"scheduled_for": FAR, "role": "manager", "to": kept}
    assert (await agent.post(f"{page_of(incident)}/reminders/{made['id']}", data=fields)).status_code == 303
    after = (await agent.get(path)).json()["to"]
    assert sorted(map(str, after)) == sorted(map(str, to))


async def test_what_is_wrong_is_said_in_the_form(client: MakeClient) -> None:
    agent = await client("agent")
    incident = await make(agent)
    for fields, wrong in (
        ({"scheduled_for": FAR, "repeat": "own", "rrule": "FREQ=SECONDLY"}, "rrule"),
        ({"scheduled_for": FAR, "repeat": "own"}, "rrule"),
        ({"scheduled_for": FAR, "repeat": "FREQ=DAILY", "repeat_until": "never"}, "repeat_until"),
        ({"repeat": "FREQ=DAILY"}, "scheduled_for"),
    ):
        answer = await send(agent, incident, "reminders", _form="remind", **fields)
        assert answer.status_code == 422
        assert f'id="remind-{wrong}-error"' in answer.text, wrong


async def test_ones_own_stand_on_my_work(client: MakeClient) -> None:
    agent = await client("agent")
    incident = await make(agent, "Call the vendor")
    assert 'id="coming"' not in (await agent.get("/work")).text
    made = (
        await agent.post(f"{API}/{incident['id']}/reminders", json={"scheduled_for": "2031-07-01T09:30:00Z"})
    ).json()
    page = (await agent.get("/work")).text
    assert 'id="coming"' in page
    assert "Call the vendor" in page
    until = re.search(r'name="until" value="([^"]+)"', page)
    assert until is not None
    back = await agent.post(
        f"{page_of(incident)}/reminders/{made['id']}/snooze", data={"_back": "/work", "until": until[1]}
    )
    assert (back.status_code, back.headers["location"]) == (303, "/work")
    after = (await agent.get(f"{API}/{incident['id']}/reminders/{made['id']}")).json()
    assert datetime.fromisoformat(after["scheduled_for"]) == datetime.fromisoformat(until[1])
    await act(agent, incident, "close")
    assert 'id="coming"' not in (await agent.get("/work")).text


async def test_quiet_hours_are_set_with_the_organisation(client: MakeClient) -> None:
    admin = await client("admin")
    mine = (await admin.get("/api/tenancy/v1/tenant")).json()
    same = {name: mine[name] for name in ("name", "time_zone", "locale")}
    kept = {"reference_prefix": "INC-", "reopen_days": "7", "warning_percents": "75, 90", "comment_edit_minutes": "15"}

    async def save(begins: str, ends: str) -> int:
        quiet = {"quiet_from": begins, "quiet_to": ends, "_form": "organisation", "_back": "/admin/organisation"}
        return (await admin.post("/admin/organisation", data={**same, **kept, **quiet})).status_code

    async def found() -> object:
        return (await admin.get("/api/tenancy/v1/tenant")).json()["settings"]["quiet_hours"]

    assert (await save("22:00", "07:00"), await found()) == (303, ["22:00", "07:00"])
    assert await save("22:00", "") == 422
    assert await save("22:00", "22:00") == 422
    assert (await save("", ""), await found()) == (303, None)
