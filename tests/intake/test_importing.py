"""An event log becomes incidents with their history: whole, truthful, once, also after an interruption."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import pytest

from tests.intake.conftest import WHOLE, text_of
from tocsin.access.service import importing as people_of
from tocsin.activity import service as activity
from tocsin.base.actor import system_actor
from tocsin.base.errors import ModuleDisabled, NotFound, TenantSuspended
from tocsin.incidents import service as incidents
from tocsin.intake.rules.servicenow import Assigned, Created, Resolved, gaps, pauses, read_log
from tocsin.intake.service import importing
from tocsin.intake.service.importing import import_servicenow
from tocsin.intake.service.translating import past_of
from tocsin.tenancy import service as tenancy

HEADER = (
    "number,incident_state,active,reassignment_count,reopen_count,sys_mod_count,caller_id,opened_at,sys_updated_by,"
    "sys_updated_at,category,priority,assignment_group,assigned_to,resolved_at,closed_at\n"
)


def log(*rows: str) -> list[str]:
    return [HEADER, *(row + "\n" for row in rows)]


async def rows(database, tenant, sql, *args):
    async with database.tenant(tenant.id) as tx:
        return await tx.rows(sql, tenant.id, *args)


async def one(database, tenant, sql, *args):
    return (await rows(database, tenant, sql, *args))[0]


TABLES = (
    "incidents",
    "users",
    "teams",
    "incident_categories",
    "incident_reporters",
    "incident_assignments",
    "events",
    "incident_slas",
)


async def counts(database, tenant):
    found = {}
    for table in TABLES:
        found[table] = (await one(database, tenant, f"select count(*) as n from {table} where tenant_id = $1"))["n"]
    return found


# ------------------------------------------------------------------------------------------------- the real file, whole


@pytest.mark.slow
@pytest.mark.skipif(not WHOLE.exists(), reason="the whole log is not beside the checkout")
async def test_all_600_incidents_arrive(database, tenant, run):
    report = await run(text_of(WHOLE))
    assert (report.rows_read, report.incidents_read, report.made, report.known) == (4137, 600, 600, 0)
    assert report.refused == ()
    assert (report.people, report.teams, report.categories, report.reporters) == (106, 57, 31, 456)
    found = await one(
        database,
        tenant,
        "select count(*) filter (where not is_open) as closed, count(*) filter (where reopen_count > 0) as reopened,"
        " count(*) filter (where assigned_to_id is null) as unowned, min(reference_code) as first, max(reference_code) as last,"
        " count(*) filter (where source = 'import' and reported_via = 'internal' and reported_by_reporter_id is not null) as reported"
        " from incidents where tenant_id = $1",
    )
    # 163 never name an assignee, 15 had one earlier.
    assert dict(found) == {
        "closed": 600,
        "reopened": 6,
        "unowned": 178,
        "first": "INC-000001",
        "last": "INC-000600",
        "reported": 600,
    }
    disordered = "select count(*) as n from incidents a join incidents b on b.tenant_id = $1 and b.reference_no = a.reference_no + 1 where a.tenant_id = $1 and a.created_at > b.created_at"
    assert (await one(database, tenant, disordered))["n"] == 0
    assert (
        await one(
            database,
            tenant,
            "select count(*) as n from incident_slas where tenant_id = $1 and next_check_at is not null",
        )
    )["n"] == 0
    assert (await one(database, tenant, "select count(*) as n from events where tenant_id = $1 and pending <> '{}'"))[
        "n"
    ] == 0
    async with database.tenant(tenant.id) as tx:
        verdict = await activity.verify(tx)
    assert verdict.broken is None
    assert verdict.streams == 601
    before = await counts(database, tenant)
    again = await run(text_of(WHOLE))
    assert (again.made, again.known) == (0, 600)
    assert await counts(database, tenant) == before


# -------------------------------------------------------------------------------------------------------------- truth


async def test_every_incident_stands_as_its_log_says(database, tenant, run, excerpt):
    await run(excerpt)
    found = {
        row["import_key"]: row
        for row in await rows(
            database,
            tenant,
            "select i.*, s.slug as status, p.slug as priority, c.name as category, u.name as owner, t.name as team, r.name as caller,"
            " k.started_at, k.first_response_at, k.resolution_at, k.stopped, k.paused, k.breached_at, k.is_breached as late"
            " from incidents i join incident_statuses s on s.tenant_id = $1 and s.id = i.status_id"
            " join incident_priorities p on p.tenant_id = $1 and p.id = i.priority_id"
            " left join incident_categories c on c.tenant_id = $1 and c.id = i.category_id"
            " left join users u on u.tenant_id = $1 and u.id = i.assigned_to_id"
            " left join teams t on t.tenant_id = $1 and t.id = i.team_id"
            " left join incident_reporters r on r.tenant_id = $1 and r.id = i.reported_by_reporter_id"
            " join incident_slas k on k.tenant_id = $1 and k.incident_id = i.id where i.tenant_id = $1",
        )
    }
    reading = read_log(excerpt)
    assert len(found) == len(reading.incidents)
    for incident in reading.incidents:
        row, state = found[f"servicenow:{incident.number}"], incident.state
        assert (row["status"], row["priority"], row["owner"], row["team"]) == (
            state.status,
            state.priority,
            state.assignee,
            state.team,
        )
        assert (row["category"], row["caller"]) == (
            " ".join(state.category.split()) if state.category else None,
            incident.caller,
        )
        assert (row["resolved_at"], row["closed_at"], row["reopen_count"]) == (
            state.resolved_at,
            state.closed_at,
            state.reopened,
        )
        assert (row["created_at"], row["updated_at"], row["version"]) == (
            incident.created_at,
            incident.updated_at,
            len(incident.steps),
        )
        assert row["metadata"] == incident.metadata
        assert (row["title"], row["description"], row["impact"]) == (
            incident.title,
            incident.description,
            incident.impact,
        )
        assert (row["started_at"], row["first_response_at"], row["resolution_at"]) == (
            incident.created_at,
            incident.first_response_at,
            state.resolved_at,
        )
        assert row["is_breached"] == row["late"] == (row["breached_at"] is not None)
        spans = [(datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in row["paused"]]
        assert spans == [(span.start, span.end) for span in pauses(incident.steps)]
        assert len(row["stopped"]) == len([span for span in gaps(incident.steps) if span.end])


async def test_the_trail_holds_every_step_at_its_time(database, tenant, run, excerpt):
    await run(excerpt)
    events: dict[str, list[Any]] = {}
    for row in await rows(
        database,
        tenant,
        "select i.import_key, e.type, e.at, e.source, e.data, e.pending from events e join incidents i on i.tenant_id = $1 and i.id = e.incident_id"
        " where e.tenant_id = $1 order by e.incident_id, e.seq",
    ):
        events.setdefault(row["import_key"], []).append(row)
    for incident in read_log(excerpt).incidents:
        told = events[f"servicenow:{incident.number}"]
        assert {row["source"] for row in told} == {"import"}
        assert not any(row["pending"] for row in told)
        assert [row["at"] for row in told] == sorted(row["at"] for row in told)
        assert told[0]["type"] == "IncidentCreated"
        first = incident.steps[0]
        assert isinstance(first, Created)
        named = [s.person for s in incident.steps if isinstance(s, Assigned) and s.person]
        named = [first.assignee, *named] if first.assignee else named
        assert [row["data"]["to_name"]["value"] for row in told if row["type"] == "IncidentAssigned"] == named
        resolved = [s.at for s in incident.steps if isinstance(s, Resolved)]
        assert [row["at"] for row in told if row["type"] == "IncidentResolved"] == resolved
    async with database.tenant(tenant.id) as tx:
        assert (await activity.verify(tx)).broken is None


async def test_the_history_of_owners(database, tenant, run, excerpt):
    await run(excerpt)
    held: dict[str, list[Any]] = {}
    for row in await rows(
        database,
        tenant,
        "select i.import_key, u.name, a.assigned_at, a.unassigned_at, a.is_active from incident_assignments a"
        " join incidents i on i.tenant_id = $1 and i.id = a.incident_id join users u on u.tenant_id = $1 and u.id = a.assigned_to_id"
        " where a.tenant_id = $1 order by a.incident_id, a.id",
    ):
        held.setdefault(row["import_key"], []).append(row)
    for incident in read_log(excerpt).incidents:
        found = held.get(f"servicenow:{incident.number}", [])
        changes = [s for s in incident.steps if isinstance(s, Assigned)]
        first = incident.steps[0]
        assert isinstance(first, Created)
        people = ([(first.assignee, first.at)] if first.assignee else []) + [
            (s.person, s.at) for s in changes if s.person
        ]
        assert [(row["name"], row["assigned_at"]) for row in found] == people
        assert [row["name"] for row in found if row["is_active"]] == (
            [incident.state.assignee] if incident.state.assignee else []
        )
        ends = [s.at for s in changes if s.before]
        assert [row["unassigned_at"] for row in found if not row["is_active"]] == ends


async def test_names_stay_to_the_letter_and_nobody_is_let_in(database, tenant, run, excerpt):
    await run(excerpt)
    people = await rows(database, tenant, "select * from users where tenant_id = $1")
    wanted = importing.mentioned_in(read_log(excerpt).incidents)
    assert {row["name"] for row in people} == wanted.people
    assert all(
        row["kind"] == "person" and not row["is_active"] and row["account_id"] is None and row["email"] is None
        for row in people
    )
    teams = await rows(database, tenant, "select name, is_active from teams where tenant_id = $1")
    assert {row["name"] for row in teams} == wanted.teams
    callers = await rows(database, tenant, "select name from incident_reporters where tenant_id = $1")
    assert {row["name"] for row in callers} == wanted.callers


async def test_a_priority_change_keeps_a_breach_of_the_old_target(database, tenant, run):
    lines = log(
        "INC1,New,true,0,0,0,Caller  1,01-03-2016 08:00,U,01-03-2016 08:00,C,1 - Critical,G,?,?,?",
        "INC1,Active,true,0,0,1,Caller  1,01-03-2016 08:00,U,01-03-2016 13:00,C,4 - Low,G,?,?,?",
        "INC1,Closed,false,0,0,2,Caller  1,01-03-2016 08:00,U,01-03-2016 14:00,C,4 - Low,G,?,01-03-2016 14:00,01-03-2016 14:00",
    )
    await run(lines)
    clock = await one(database, tenant, "select * from incident_slas where tenant_id = $1")
    assert clock["resolution_breached_at"].isoformat() == "2016-03-01T12:00:00+00:00"
    assert clock["response_breached_at"].isoformat() == "2016-03-01T08:15:00+00:00"
    assert clock["breached_at"] == clock["response_breached_at"]
    assert (await one(database, tenant, "select name from incident_reporters where tenant_id = $1"))[
        "name"
    ] == "Caller  1"


async def test_an_open_incident_stays_open_with_live_timers(database, tenant, run):
    lines = log("INC1,Active,true,0,0,0,C,01-03-2099 08:00,U,01-03-2099 08:05,C,2 - High,G,P,?,?")
    await run(lines)
    row = await one(
        database,
        tenant,
        "select i.is_open, i.due_at, s.next_check_at from incidents i join incident_slas s on s.tenant_id = $1 and s.incident_id = i.id where i.tenant_id = $1",
    )
    assert row["is_open"]
    assert row["due_at"].isoformat() == "2099-03-01T16:00:00+00:00"
    assert row["next_check_at"].isoformat() == "2099-03-01T14:00:00+00:00"


async def test_an_imported_incident_is_found_by_its_words(database, tenant, run, client, excerpt):
    await run(excerpt)
    number = read_log(excerpt).incidents[0].number
    found = (await (await client("viewer")).get("/api/incidents/v1/incidents", params={"q": number})).json()["items"]
    assert [item["metadata"]["number"] for item in found] == [number]


# ------------------------------------------------------------------------------------------------- once, and resumable


async def test_a_second_run_adds_nothing(database, tenant, run, excerpt):
    first = await run(excerpt)
    before = await counts(database, tenant)
    second = await run(excerpt)
    assert (first.made, second.made, second.known) == (38, 0, 38)
    assert await counts(database, tenant) == before


async def test_a_killed_run_is_resumed(database, tenant, run, excerpt):
    def stop(done, total):
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await run(excerpt, progress=stop)
    assert (await counts(database, tenant))["incidents"] == importing.BATCH
    report = await run(excerpt)
    assert (report.made, report.known) == (38 - importing.BATCH, importing.BATCH)
    codes = await rows(
        database, tenant, "select reference_no from incidents where tenant_id = $1 order by created_at, reference_no"
    )
    assert [row["reference_no"] for row in codes] == list(range(1, 39))
    async with database.tenant(tenant.id) as tx:
        assert (await activity.verify(tx)).broken is None


async def test_two_runs_at_once_write_each_incident_once(database, tenant, run, excerpt):
    await asyncio.gather(run(excerpt), run(excerpt))
    found = await counts(database, tenant)
    mentioned = importing.mentioned_in(read_log(excerpt).incidents)
    assert (found["incidents"], found["incident_slas"]) == (38, 38)
    assert (found["users"], found["incident_reporters"]) == (len(mentioned.people), len(mentioned.callers))


async def test_a_dry_run_writes_nothing_and_says_the_same(database, tenant, run, excerpt):
    before = await counts(database, tenant)
    dry = await run(excerpt, dry_run=True)
    assert await counts(database, tenant) == before
    real = await run(excerpt)
    same = (
        "rows_read",
        "incidents_read",
        "made",
        "known",
        "people",
        "teams",
        "categories",
        "reporters",
        "refused",
        "notes",
        "remarks",
    )
    assert {name: getattr(dry, name) for name in same} == {name: getattr(real, name) for name in same}


async def test_another_tenant_has_its_own(database, tenant, other_tenant, run, excerpt):
    await run(excerpt)
    report = await import_servicenow(database, other_tenant.slug, excerpt)
    assert report.made == 38
    assert (await one(database, other_tenant, "select min(reference_no) as n from incidents where tenant_id = $1"))[
        "n"
    ] == 1


# ------------------------------------------------------------------------------------------------------ what is refused


async def test_bad_rows_are_left_out_and_told(database, tenant, run):
    lines = log(
        "INC1,New,true,0,0,0,C,01-03-2016 08:00,U,01-03-2016 08:00,C,3 - Moderate,G,?,?,?",
        "INC2,New,true,0,0,0,C,not a date,U,32-03-2016 08:00,C,3 - Moderate,G,?,?,?",
        "too,few",
    )
    report = await run(lines)
    assert report.made == 1
    assert [(refusal.line, refusal.number) for refusal in report.refused] == [(3, "INC2"), (4, "too")]


async def test_one_that_the_database_refuses_does_not_take_others_along(database, tenant, run, excerpt, monkeypatch):
    number = read_log(excerpt).incidents[3].number
    real = past_of

    def spoil(incident, key, names, words):
        past = real(incident, key, names, words)
        if incident.number == number:
            past.metadata["bad"] = "\x00"
        return past

    monkeypatch.setattr(importing, "past_of", spoil)
    report = await run(excerpt)
    assert report.made == 37
    assert [refusal.number for refusal in report.refused] == [number]


async def test_a_shut_tenant_is_refused(database, tenant, run, excerpt):
    async with database.tenant(tenant.id) as tx:
        await tenancy.switch_module(tx, "intake", enabled=False)
    with pytest.raises(ModuleDisabled):
        await run(excerpt)
    await tenancy.set_state(database, tenant.slug, "suspended")
    with pytest.raises(TenantSuspended):
        await run(excerpt)
    with pytest.raises(NotFound):
        await import_servicenow(database, "nobody-here", excerpt)


async def test_renamed_and_retired_words_are_stood_in_for(database, tenant, run, client, excerpt):
    admin = await client("admin")
    assert (await admin.put("/api/incidents/v1/statuses/in-progress", json={"is_active": False})).status_code == 200
    assert (await admin.put("/api/incidents/v1/priorities/high", json={"is_active": False})).status_code == 200
    report = await run(excerpt)
    assert report.made == 38
    assert "in-progress is no status here: Triaged stands in for it" in report.remarks
    used = await rows(
        database,
        tenant,
        "select distinct p.slug from incidents i join incident_priorities p on p.tenant_id = $1 and p.id = i.priority_id where i.tenant_id = $1",
    )
    assert "high" not in {row["slug"] for row in used}


async def test_without_service_levels_no_clocks_are_made(database, tenant, run, excerpt):
    async with database.tenant(tenant.id) as tx:
        await tenancy.switch_module(tx, "sla", enabled=False)
    assert (await run(excerpt)).made == 38
    found = await counts(database, tenant)
    assert (found["incidents"], found["incident_slas"]) == (38, 0)


async def test_a_member_with_an_address_is_not_taken_for_one_of_the_log(database, tenant, member):
    lena = await member("agent", "Resolver 10")
    async with database.tenant(tenant.id) as tx:
        found, made = await people_of.import_people(tx, system_actor(tenant.id, "import"), ["Resolver 10"])
    assert made == 1
    assert found["Resolver 10"].id != lena.id


async def test_only_the_operator_imports(database, tenant, member, excerpt):
    agent = await member("viewer")
    async with database.tenant(tenant.id) as tx:
        with pytest.raises(Exception, match=r"incidents\.create"):
            await incidents.import_incidents(tx, agent.actor, [])


def test_a_resolution_moved_back_stays_behind_an_older_closing_of_the_same_minute():
    lines = log(
        "INC1,New,true,0,0,0,C,01-03-2016 09:10,U,01-03-2016 09:10,C,3 - Moderate,G,?,?,?",
        "INC1,Closed,true,0,0,1,C,01-03-2016 09:10,U,01-03-2016 09:10,C,3 - Moderate,G,?,?,?",
        "INC1,Active,true,0,1,2,C,01-03-2016 09:10,U,01-03-2016 09:10,C,3 - Moderate,G,?,?,?",
        "INC1,Resolved,true,0,1,3,C,01-03-2016 09:10,U,01-03-2016 16:18,C,3 - Moderate,G,?,01-03-2016 15:58,?",
    )
    times = [step.at for step in read_log(lines).incidents[0].steps]
    assert times == sorted(times)
    assert f"{times[-1]:%H:%M}" == "15:58"
