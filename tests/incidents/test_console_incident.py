"""The page of an incident over HTTP: what it shows to whom, what is done on it, and what it costs."""

from __future__ import annotations

import re
from html import unescape

import httpx
import pytest

from tests.collaboration.steps import attach, comment, task
from tests.incidents.pages import done, page_of, read, send, show, undo_of
from tests.incidents.steps import API, act, make
from tocsin import wiring
from tocsin.access import rules as access_rules
from tocsin.access.service.gate import COOKIE
from tocsin.base.ids import new_id
from tocsin.db.tx import Tx
from tocsin.incidents.console.sentences import SENTENCES


@pytest.fixture
def log_in(database, connect, tenant, member):
    """`await log_in("agent")`: a client with a session, and its token against forged requests."""

    async def make_one(role):
        person = await member(role)
        credential, secret_hash = access_rules.new_credential(tenant.id)
        async with database.tenant(tenant.id) as tx:
            await tx.run(
                "insert into sessions (tenant_id, id, secret_hash, csrf_token, user_id, created_at, last_seen_at, expires_at)"
                " values ($1, $2, $3, 'token-of-the-session', $4, $5::timestamptz, $5, $5 + interval '1 hour')",
                *(tenant.id, new_id(), secret_hash, person.id, tx.real_now),
            )
        client = connect()
        client.cookies.set(COOKIE, credential)
        return client, "token-of-the-session"

    return make_one


# --------------------------------------------------------------------------------------------------------------- reading


async def test_the_page_shows_the_incident_and_offers_what_may_be_done(client):
    manager = await client("manager")
    incident = await make(manager, "Badge readers reject cards", priority="high", description="All of them\n\nsince 8")
    html = await show(manager, incident)
    for text in ("Badge readers reject cards", incident["reference_code"], "High", "All of them", "Take it", "Resolve"):
        assert text in html
    for verb in ("acknowledge", "transition", "priority", "assign", "delete"):
        assert f'action="{page_of(incident, verb)}"' in html
    assert "/reopen" not in html
    assert "do=escalate" in html


async def test_a_viewer_is_offered_nothing(client):
    manager, viewer = await client("manager"), await client("viewer")
    incident = await make(manager)
    await task(manager, incident)
    html = await show(viewer, incident)
    acts = set(re.findall(rf'action="{page_of(incident)}/([^"]*)"', html))
    assert acts <= {"mute", "unmute"}, "what they hear of it is their own matter"
    assert "do=" not in html
    assert 'id="composer"' not in html


async def test_a_reporter_sees_the_own_incident_without_the_inside(client):
    manager, reporter, other = await client("manager"), await client("reporter"), await client("reporter")
    incident = await make(reporter, "My screen is dark")
    await comment(manager, incident, "Please restart it")
    await comment(manager, incident, "The usual one again", is_internal=True)
    await task(manager, incident, "Ring the secret vendor")
    await attach(manager, incident, ("inside.txt", b"x", "text/plain"), is_internal="true")
    await act(manager, incident, "resolve", note="Internal words of resolution")
    for params in ({}, {"show": "internal"}, {"show": "public"}, {"show": "activity"}):
        html = await show(reporter, incident, **params)
        for secret in ("The usual one again", "secret vendor", "inside.txt", "Internal words"):
            assert secret not in html, params
    html = await show(reporter, incident)
    assert "Please restart it" in html
    assert "resolved it" in html
    assert (await other.get(page_of(incident))).status_code == 404


async def test_the_filter_of_the_timeline_stands_in_the_address_and_counts(client):
    manager = await client("manager")
    incident = await make(manager)
    for body, internal in (("Seen by all", False), ("Only inside", True), ("Again inside", True)):
        await comment(manager, incident, body, is_internal=internal)
    html = await show(manager, incident)
    counts = {name: int(number) for name, number in re.findall(r"(All|Public|Internal|Activity) (\d+)</a>", html)}
    assert counts["Public"] == 1
    assert counts["Internal"] == 2
    assert counts["All"] == sum(counts[name] for name in ("Public", "Internal", "Activity"))
    public = await show(manager, incident, show="public")
    assert "Seen by all" in public
    assert "Only inside" not in public
    inside = await show(manager, incident, show="internal")
    assert "Only inside" in inside
    assert "Seen by all" not in inside
    assert (await manager.get(page_of(incident), params={"show": "nonsense"})).status_code == 422


async def test_older_entries_come_by_keyset_and_none_is_lost(client):
    manager = await client("manager")
    incident = await make(manager)
    for number in range(70):
        await comment(manager, incident, f"Word number {number:03d}.")
    seen: list[str] = []
    address: str | None = page_of(incident)
    while address:
        html = (await manager.get(address)).text
        seen = re.findall(r"Word number (\d+)", html) + seen
        older = re.search(r'id="older".*?class="tc-link" href="([^"]+)"', html)
        address = unescape(older[1]) if older else None
    assert seen == [f"{number:03d}" for number in range(70)]
    first = re.search(r'data-since="(\d+)"', await show(manager, incident))
    assert first is not None
    reached = await show(manager, incident, since="1")
    assert len(re.findall(r"Word number", reached)) == 70


async def test_long_runs_of_events_fold(client):
    manager = await client("manager")
    incident = await make(manager)
    for number in range(9):
        await task(manager, incident, f"Task {number}")
    html = await show(manager, incident)
    assert "<details" in html
    assert re.search(r"\d+ more", html)
    assert "tc-event-fold" not in (await manager.get(page_of(incident, "print"))).text


async def test_the_pane_and_the_parts_are_parts(client):
    manager = await client("manager")
    incident = await make(manager)
    part = {"HX-Request": "true", "HX-Target": "div#pane"}
    pane = (await manager.get(page_of(incident, "pane"), headers=part)).text
    assert "<!doctype" not in pane
    assert 'id="incident"' in pane
    assert 'id="composer"' in pane
    for target, inside in (
        ("section#timeline", "h-timeline"),
        ("div#incident-do", "incident-do"),
        ("div#field-title", "field-title"),
    ):
        headers = {"HX-Request": "true", "HX-Target": target}
        found = (await manager.get(page_of(incident), params={"do": "edit-title"}, headers=headers)).text
        assert inside in found
        assert "<!doctype" not in found


async def test_a_button_that_is_refused_says_so_in_a_toast_and_a_dialog_in_itself(client):
    manager = await client("manager")
    incident = await make(manager, "Seen twice")
    await done(manager, incident, "transition", status="waiting")
    part = {"HX-Request": "true", "HX-Target": "section#incident"}
    for page in (page_of(incident), page_of(incident, "pane")):
        form = {"status": "waiting", "_form": "transition", "_back": page}
        refused = await manager.post(page_of(incident, "transition"), data=form, headers=part)
        assert refused.status_code == 409
        assert re.search(r'tc-toast is-failed" role="alert".*Waiting already', refused.text, re.DOTALL)
    form = {"status": "nowhere", "_form": "transition", "_back": page_of(incident)}
    plain = await manager.post(page_of(incident, "transition"), data=form)
    assert plain.status_code == 422
    assert 'tc-toast is-failed" role="alert"' in plain.text
    form = {"email": "nobody", "_form": "watch", "_back": page_of(incident) + "?do=watch"}
    dialog = await manager.post(page_of(incident, "watchers"), data=form, headers=part)
    assert dialog.status_code == 422
    assert "tc-error" in dialog.text
    assert 'id="toasts" role="status">\n</div>' in dialog.text


async def test_a_deleted_incident_offers_to_be_restored_to_who_may(client):
    manager, agent = await client("manager"), await client("agent")
    incident = await make(manager)
    answer = await done(manager, incident, "delete")
    assert answer.headers["location"] == "/queue"
    html = await show(manager, incident)
    assert "Restore" in html
    assert (await agent.get(page_of(incident))).status_code == 404
    await done(manager, incident, "restore")
    assert "is deleted" not in await show(manager, incident)


OF_THE_TENANT = re.compile(
    "Calendar|SlaPolicy|View|RoutingRule|Checklist(Created|Changed|Deleted)|CannedReply|Macro(Created|Changed|Deleted)"
    "|Channel|Gateway|EscalationPolicy|LastResort|NotificationRules"
)
"""Events of what an organisation keeps: no incident's timeline tells of them."""


async def test_every_event_of_an_incident_has_a_sentence():
    elsewhere = {
        "activity",
        "tenancy",
        "access",
        "modules",
        "classification",
        "escalation",
        "intake",
        "reports",
        "oncall",
    }
    told = [event for module in wiring.modules() if module.name not in elsewhere for event in module.events]
    assert {event.__name__ for event in told if not OF_THE_TENANT.match(event.__name__)} - set(SENTENCES) == set()


STATEMENTS = {
    "the incident with its clocks": "from incidents i",
    "watchers, presence, assignments, reporter": "as watchers",
    "events": "select * from events",
    "events counted": "from events where tenant_id = $1 and stream = $2 and (type <> all ($4",
    "names": "union all select id, name from teams",
    "comments": "from incident_comments x",
    "files of comments": "x.comment_id = any",
    "files": "from incident_attachments x",
    "tasks": "from incident_tasks t",
    "runs of policies": "from escalation_runs r",
    "escalations": "from incident_escalations e",
    "reminders": "from incident_reminders r",
    "links": "from incident_links l",
    "the major incident that it is": "from incident_majors m",
    "the last word on progress": "from incident_progress x",
    "checklists": "select * from checklists",
    "checklists that it has had": "from incident_checklists i",
    "macros": "select * from macros",
    "clocks explained": "select * from incident_slas",
    "clocks of teams": "from incident_team_clocks",
    "alerts": "from escalation_alerts a",
    "extensions": "from incident_extensions e",
}
"""What the page reads, each once, however much there is."""
EXTENSIONS = 2
"""Of extensions: what is asked, and the last one that was granted."""


async def test_the_page_takes_few_statements_however_much_is_on_it(client, monkeypatch):
    manager = await client("manager")
    incident = await make(manager)
    for number in range(6):
        await comment(manager, incident, f"Word {number}", is_internal=number % 2 == 0)
        await task(manager, incident, f"Task {number}")
        await attach(manager, incident)
    await show(manager, incident)
    asked = []
    for name in ("rows", "row", "value", "run"):
        kept = getattr(Tx, name)

        async def spy(self, sql, *args, kept=kept):
            asked.append(sql)
            return await kept(self, sql, *args)

        monkeypatch.setattr(Tx, name, spy)
    await show(manager, incident)
    read = [sql for sql in asked if "user_roles" not in sql]  # who asks is looked up anew from time to time
    found = [next((name for name, part in STATEMENTS.items() if part in sql), sql) for sql in read]
    assert sorted(found) == sorted([*STATEMENTS, *["extensions"] * (EXTENSIONS - 1)])


# ---------------------------------------------------------------------------------------------------------------- acting


async def test_the_whole_life_through_the_pages_forms(client, member):
    manager = await client("manager")
    agent = await member("agent", "Priya Raman")
    incident = await make(manager)
    await done(manager, incident, "acknowledge")
    await done(manager, incident, "assign", user=str(agent.id), note="Yours")
    await done(manager, incident, "priority", priority="critical")
    await done(manager, incident, "transition", status="waiting")
    await done(manager, incident, "escalate", reason="It spreads", user="me")
    await done(manager, incident, "resolve", note="A new fuse")
    now = await read(manager, incident)
    assert now["status"]["slug"] == "resolved"
    assert now["priority"]["slug"] == "critical"
    await done(manager, incident, "reopen", note="It burns again")
    await done(manager, incident, "close")
    assert (await read(manager, incident))["status"]["is_terminal"]
    html = await show(manager, incident)
    for text in ("assigned it to Priya Raman", "set Waiting", "A new fuse", "It burns again", "resolved and closed it"):
        assert text in unescape(html)


@pytest.mark.parametrize(
    "verb, fields, what",
    [
        ("transition", {"status": "waiting"}, lambda i: i["status"]["slug"]),
        ("priority", {"priority": "low"}, lambda i: i["priority"]["slug"]),
        ("assign", {"user": "me"}, lambda i: i["assigned_to"]),
        ("resolve", {}, lambda i: i["resolved_at"]),
    ],
)
async def test_what_was_done_is_taken_back_by_the_toast(client, verb, fields, what):
    manager = await client("manager")
    incident = await make(manager)
    before = what(await read(manager, incident))
    answer = await done(manager, incident, verb, **fields)
    assert what(await read(manager, incident)) != before
    undo = undo_of(answer)
    taken_back = await manager.post(undo["path"], data=undo["fields"])
    assert taken_back.status_code == 303, taken_back.text[:300]
    assert what(await read(manager, incident)) == before


async def test_delegated_work_is_recalled_and_handed_on_again(client, member):
    manager = await client("manager")
    other = await member("agent", "Hugo Martin")
    incident = await make(manager)
    await done(manager, incident, "assign", user="me")
    answer = await done(manager, incident, "delegate", user=str(other.id), until="2030-01-01T10:00")
    html = await show(manager, incident)
    assert "Delegated by" in html
    assert "Recall" in html
    undo = undo_of(answer)
    assert undo["path"].startswith("/operations/")
    await done(manager, incident, "recall")
    assert (await read(manager, incident))["assigned_to"]["name"] != "Hugo Martin"


async def test_forms_offer_nobody_who_would_be_refused(client, member, connect):
    manager = await client("manager")
    owner, helper, free = [await member("agent", name) for name in ("Ola Owner", "Hana Helper", "Fia Free")]
    incident = await make(manager)
    await act(manager, incident, "assign", user=str(owner.id))
    await act(manager, incident, "assign", user=str(helper.id), **{"as": "collaborator"})
    await manager.post(f"{API}/{incident['id']}/watchers", json={"user": str(free.id)})

    async def offered(form: str) -> set[str]:
        html = (await connect(owner.token).get(f"/incidents/{incident['id']}", params={"do": form})).text
        return {one.name for one in (owner, helper, free) if f'name="user" value="{one.id}"' in html}

    assert await offered("delegate") == {"Fia Free"}
    assert await offered("watch") == {"Ola Owner", "Hana Helper"}
    assert "outside: " not in await show(manager, incident)
    await manager.post(f"{API}/{incident['id']}/watchers", json={"email": "out@side.example"})
    assert "; outside: out@side.example" in await show(manager, incident), "who else reads a public reply"
    await act(connect(owner.token), incident, "delegate", user=str(free.id))
    html = (await connect(free.token).get(f"/incidents/{incident['id']}", params={"do": "delegate"})).text
    assert f'name="user" value="{owner.id}"' not in html, "who delegated it recalls it"


async def test_a_refusal_shows_the_form_again_with_what_was_typed(client):
    manager = await client("manager")
    incident = await make(manager)
    await act(manager, incident, "resolve")
    answer = await send(manager, incident, "resolve", _form="resolve", note="Too late")
    assert answer.status_code == 409
    answer = await send(manager, incident, "escalate", _form="escalate", reason="", priority="high")
    assert answer.status_code == 422
    await act(manager, incident, "reopen")
    answer = await send(manager, incident, "escalate", _form="escalate", reason="   ", priority="high")
    assert answer.status_code == 422
    assert 'id="incident-dialog"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "Give a reason" in answer.text


async def test_a_second_sending_of_a_form_does_nothing(client):
    manager = await client("manager")
    incident = await make(manager)
    for _ in range(2):
        answer = await send(manager, incident, "tasks", title="Only once", _once="mark-of-this-form")
        assert answer.status_code == 303
    listed = await manager.get(f"{API}/{incident['id']}/tasks")
    assert [one["title"] for one in listed.json()["items"]] == ["Only once"]


async def test_watchers_come_and_go_and_come_back(client, member):
    manager = await client("manager")
    other = await member("viewer", "Ingrid Solberg")
    incident = await make(manager)
    added = await done(manager, incident, "watchers", user=str(other.id))
    assert "Ingrid Solberg" in await show(manager, incident)
    removed = await manager.post(undo_of(added)["path"])
    assert removed.status_code == 303
    back = undo_of(removed)
    assert (await manager.post(back["path"], data=back["fields"])).status_code == 303
    await done(manager, incident, "watchers", email="outside@example.com")
    assert "outside@example.com" in await show(manager, incident)


# ---------------------------------------------------------------------------------------------------------------- tokens


async def test_a_browser_needs_the_token_also_for_a_form_with_files(log_in, client):
    agent, token = await log_in("agent")
    incident = await make(await client("manager"))
    body = {"body": "With a file", "is_internal": "true", "_back": page_of(incident)}
    files = {"file": ("a.txt", b"content", "text/plain")}
    refused = await agent.post(page_of(incident, "comments"), data=body, files=files)
    assert refused.status_code == 403
    accepted = await agent.post(page_of(incident, "comments"), data={"_csrf": token, **body}, files=files)
    assert accepted.status_code == 303, accepted.text[:300]
    html = (await agent.get(page_of(incident))).text
    assert "With a file" in html
    assert "a.txt" in html


async def test_another_tenants_incident_is_not_there(client, other_tenant):
    incident = await make(await client("manager"))
    stranger: httpx.AsyncClient = await client("admin", of=other_tenant)
    for path in ("", "/pane", "/print"):
        assert (await stranger.get(f"/incidents/{incident['id']}{path}")).status_code == 404


async def test_a_proof_is_offered_to_who_may_see_the_trail(client):
    manager, agent = await client("manager"), await client("agent")
    code = (await make(manager))["reference_code"]
    address = f"/api/incidents/v1/incidents/{code}/proof"
    assert f'href="{address}"' in (await manager.get(f"/incidents/{code}")).text
    assert (await manager.get(address)).status_code == 200
    assert address not in (await agent.get(f"/incidents/{code}")).text
