"""Escalation policies in the administration: the ladder as fields, and back."""

from __future__ import annotations

import re

import pytest

from tocsin.base.errors import Invalid
from tocsin.escalation.console.ladder import ActionRow, StepRow, changed, duration_of, rows_from, steps_of, wait_of

POLICIES = "/admin/escalation"
LADDER = {
    "name": "Night",
    "on": "unassigned",
    "after": "15",
    "after_unit": "m",
    "conditions": "priority:critical",
    "wait": ["0", "2"],
    "unit": ["m", "h"],
    "step": ["0", "0", "1"],
    "do": ["notify", "raise_priority", "notify"],
    "whom": ["role:manager", "", "user:owner"],
    "channel": ["email", "email", "sms"],
    "repeat": "1",
    "stop_on": ["acknowledged"],
}


async def policies(client) -> list[dict]:
    return (await client.get("/api/escalation/v1/policies")).json()["items"]


# -------------------------------------------------------------------------------------------------------- the ladder


@pytest.mark.parametrize(
    "duration, shown", [("PT0S", ("0", "m")), ("PT90M", ("90", "m")), ("PT2H", ("2", "h")), ("P1D", ("1", "d"))]
)
def test_durations_are_shown_in_the_largest_unit_that_fits(duration, shown):
    assert wait_of(duration) == shown
    assert wait_of(duration_of(shown[0], shown[1], "after")) == shown


@pytest.mark.parametrize(
    "wait, unit", [("x", "m"), ("-1", "m"), ("1.5", "h"), ("1", "w"), ("99999999", "m"), ("²", "m")]
)
def test_other_waits_are_refused(wait, unit):
    with pytest.raises(Invalid):
        duration_of(wait, unit, "after")


def test_actions_find_their_steps():
    rows = rows_from({name: value for name, value in LADDER.items() if isinstance(value, list)})
    assert [(row.wait, row.unit, len(row.actions)) for row in rows] == [("0", "m", 2), ("2", "h", 1)]
    steps = steps_of(rows)
    assert [step.after for step in steps] == ["PT0M", "PT2H"]
    assert [action.do for action in steps[0].actions] == ["notify", "raise_priority"]
    assert rows_from({"step": ["7", "x", "-1"], "do": ["notify"] * 3, "whom": [""] * 3, "channel": [""] * 3}) == []


def test_rows_are_added_and_removed():
    rows = [StepRow(actions=[ActionRow("notify", "user:owner"), ActionRow("raise_priority")]), StepRow("5")]
    assert len(changed(list(rows), "step")) == 3
    assert len(changed([StepRow()], "action:0")[0].actions) == 2
    assert [a.do for a in changed([StepRow(actions=list(rows[0].actions))], "drop:0:0")[0].actions] == [
        "raise_priority"
    ]
    assert [row.wait for row in changed(list(rows), "drop:0")] == ["5"]
    for wish in ("drop:9", "action:9", "drop:0:9", "drop:x", "", "nonsense"):
        assert len(changed(list(rows), wish)) == 2


# ----------------------------------------------------------------------------------------------------------- screens


async def test_a_policy_is_made_at_rest_activated_and_shown(client):
    admin = await client("admin")
    assert (await admin.post(POLICIES, data=LADDER)).status_code == 303
    (made,) = await policies(admin)
    assert not made["is_active"]
    assert made["trigger"] == {"on": "unassigned", "after": "PT15M"}
    assert made["steps"][0]["actions"][0] == {"do": "notify", "to": {"role": "manager"}, "channel": "email"}
    assert made["steps"][1] == {
        "after": "PT2H",
        "actions": [{"do": "notify", "to": {"user": "owner"}, "channel": "sms"}],
    }
    assert (made["repeat"], made["stop_on"]) == (1, ["acknowledged"])
    await admin.post(f"{POLICIES}/{made['id']}/active", data={"is_active": "true"})
    page = (await admin.get(POLICIES)).text
    assert "Starts when nobody is assigned for 15 minutes" in page
    assert "2 hours later" in page
    assert "Nobody holds the role manager now" in page
    assert "Night has a step that reaches nobody." in (await admin.get("/admin")).text


async def test_the_form_holds_what_the_policy_is(client):
    admin = await client("admin")
    await admin.post(POLICIES, data=LADDER)
    (made,) = await policies(admin)
    path = f"{POLICIES}/{made['id']}"
    page = (await admin.get(path)).text
    assert re.findall(r'name="wait"[^>]*value="(\d+)"', page) == ["0", "2"]
    assert page.count('<option value="user:owner" selected>') == 1
    await admin.post(path, data=LADDER | {"name": "Nights", "stop_on": []})
    (after,) = await policies(admin)
    assert (after["name"], after["stop_on"]) == ("Nights", ["assigned", "resolved"])


async def test_what_is_refused_is_said_at_its_step_and_all_is_kept(client):
    admin = await client("admin")
    sent = LADDER | {"whom": ["role:nobody", "", ""], "_form": "policy", "_back": f"{POLICIES}/new"}
    answer = await admin.post(POLICIES, data=sent)
    assert answer.status_code == 422
    assert "Choose who." in answer.text
    assert re.findall(r'name="wait"[^>]*value="(\d+)"', answer.text) == ["0", "2"]
    assert answer.text.count("is-wrong") == 1
    answer = await admin.post(POLICIES, data=sent | {"whom": ["role:nobody", "", "user:owner"]})
    assert (answer.status_code, "There is no role by this slug." in answer.text) == (422, True)
    answer = await admin.post(POLICIES, data=sent | {"conditions": "colour:red", "whom": LADDER["whom"]})
    assert answer.status_code == 422
    assert 'id="policy-conditions-error"' in answer.text
    said = answer.text.partition('id="policy-conditions-error"')[2].partition("</p>")[0]
    assert "Did you mean" in said, "what there is instead stands beside the field"
    assert "There is no field colour." in answer.text
    answer = await admin.post(POLICIES, data=sent | {"after": "soon", "whom": LADDER["whom"]})
    assert (answer.status_code, 'id="policy-after-error"' in answer.text) == (422, True)
    empty = {
        name: value for name, value in sent.items() if name not in ("wait", "unit", "step", "do", "whom", "channel")
    }
    answer = await admin.post(POLICIES, data=empty)
    assert (answer.status_code, 'id="policy-steps-error"' in answer.text) == (422, True)
    assert await policies(admin) == []


async def test_the_forms_own_buttons_work_without_scripts(client):
    admin = await client("admin")
    answer = await admin.post(POLICIES, data=LADDER | {"more": "step"})
    assert answer.status_code == 200
    assert re.findall(r'name="wait"[^>]*value="(\d+)"', answer.text) == ["0", "2", "15"]
    assert 'value="Night"' in answer.text
    assert re.search(r'name="wait"[^>]*value="15" autofocus', answer.text)
    dropped = await admin.post(POLICIES, data=LADDER | {"more": "drop:0"})
    assert re.findall(r'name="wait"[^>]*value="(\d+)"', dropped.text) == ["2"]
    assert re.findall(r'name="step" value="(\d+)"', dropped.text) == ["0"]
    assert await policies(admin) == []


async def test_a_policy_that_ran_is_kept_for_the_record(client):
    admin = await client("admin")
    await admin.post(POLICIES, data=LADDER)
    (made,) = await policies(admin)
    await admin.post(f"{POLICIES}/{made['id']}/delete", data={})
    assert await policies(admin) == []
    await admin.post(POLICIES, data=LADDER)
    (made,) = await policies(admin)
    await admin.post(f"{POLICIES}/{made['id']}/active", data={"is_active": "true"})
    await admin.post("/api/incidents/v1/incidents", json={"title": "Late"})
    await admin.post(f"{POLICIES}/{made['id']}/delete", data={})
    assert "it is kept for the record, and rests" in (await admin.get(POLICIES)).text
    assert [p["is_active"] for p in await policies(admin)] == [False]


async def test_a_policy_is_rehearsed_from_its_form_and_nothing_is_saved(client):
    admin = await client("admin")
    await admin.post(POLICIES, data=LADDER)
    (made,) = await policies(admin)
    path = f"{POLICIES}/{made['id']}"
    page = (await admin.get(path)).text
    assert "Checks" in page
    assert "Name one" in page
    assert "Rehearsal</h2>" not in page
    answer = await admin.post(path, data=LADDER | {"name": "Nights", "conditions": "", "more": "rehearse"})
    assert answer.status_code == 200, answer.text[:500]
    assert "Rehearsal</h2>" in answer.text
    assert 'value="Nights"' in answer.text
    assert (await policies(admin)) == [made]
    await admin.post(f"{path}/active", data={"is_active": "true"})
    again = await admin.post(path, data=LADDER | {"more": "rehearse"})
    assert "Rehearsal</h2>" in again.text
    refused = await admin.post(
        path, data=LADDER | {"conditions": "colour:red", "more": "rehearse", "_form": "policy", "_back": path}
    )
    assert (refused.status_code, "There is no field colour." in refused.text) == (422, True)


async def test_the_last_resort_is_named_on_the_list(client, member):
    admin, last = await client("admin"), await member(name="Lena Last")
    await admin.post(POLICIES, data=LADDER)
    assert "Without one, nobody hears" in (await admin.get(POLICIES)).text
    await admin.post(f"{POLICIES}/last-resort", data={"last_resort": str(last.id)})
    page = (await admin.get(POLICIES)).text
    assert f'<option value="{last.id}" selected>Lena Last</option>' in page
