"""A resolved incident closes after the tenant's days, and an answer of the one who reported it opens it again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.incidents.steps import API as INCIDENTS, MakeClient, act, events, make
from tests.incidents.test_demands import settings
from tocsin.activity import service as activity
from tocsin.db.tx import Database
from tocsin.incidents import service
from tocsin.tenancy import service as tenancy
from tocsin.tenancy.model import Tenant

SOON = timedelta(minutes=1)


async def closes_at(database: Database, tenant: Tenant, incident: dict[str, Any]) -> datetime | None:
    async with database.tenant(tenant.id) as tx:
        found: datetime | None = await tx.value(
            "select auto_close_at from incidents where tenant_id = $1 and id = $2", tenant.id, UUID(incident["id"])
        )
    return found


async def pass_by(database: Database, tenant: Tenant, incident: dict[str, Any], moment: datetime) -> None:
    async with database.tenant(tenant.id, now=moment) as tx:
        await tenancy.current(tx)
        await service.close_by_itself(tx, UUID(incident["id"]))


async def test_a_resolved_one_closes_after_its_days_and_no_earlier(
    client: MakeClient, database: Database, tenant: Tenant
) -> None:
    admin = await client("admin")
    await settings(admin, auto_close_days=3)
    incident = await act(admin, await make(admin), "resolve")
    due = await closes_at(database, tenant, incident)
    assert due == datetime.fromisoformat(incident["resolved_at"]) + timedelta(days=3)
    async with database.tenant(tenant.id) as tx:
        row = await tx.row(service.CLOSING_NEXT, tenant.id, 1)
    assert row is not None
    assert (str(row["id"]), row["due_at"]) == (incident["id"], due)
    await pass_by(database, tenant, incident, due - SOON)
    assert (await admin.get(f"{INCIDENTS}/{incident['id']}")).json()["status"]["slug"] == "resolved"
    for _ in range(2):
        await pass_by(database, tenant, incident, due)
    told = [event for event in await events(admin, incident) if event["type"] == "IncidentClosed"]
    assert [(event["actor"], event["data"]["to"]) for event in told] == [(None, "closed")]
    assert await closes_at(database, tenant, incident) is None


async def test_reopening_and_deleting_stop_the_timer_restoring_starts_it(
    client: MakeClient, database: Database, tenant: Tenant
) -> None:
    admin = await client("admin")
    await settings(admin, auto_close_days=3)
    incident = await act(admin, await make(admin), "resolve")
    await act(admin, incident, "reopen")
    assert await closes_at(database, tenant, incident) is None
    again = await act(admin, incident, "resolve")
    due = await closes_at(database, tenant, again)
    assert (await admin.delete(f"{INCIDENTS}/{incident['id']}")).status_code == 204
    assert await closes_at(database, tenant, incident) is None
    await act(admin, incident, "restore")
    assert await closes_at(database, tenant, incident) == due


async def test_new_settings_count_for_what_is_resolved_already(
    client: MakeClient, database: Database, tenant: Tenant
) -> None:
    admin = await client("admin")
    incident, untouched = await act(admin, await make(admin), "resolve"), await make(admin)
    resolved_at = datetime.fromisoformat(incident["resolved_at"])
    for days in (5, 2, 0):
        await settings(admin, auto_close_days=days)
        async with database.tenant(tenant.id) as tx:
            await tenancy.current(tx)
            event = await tx.value(
                "select id from events where tenant_id = $1 and type = 'TenantChanged' order by id desc limit 1",
                tenant.id,
            )
            await activity.handle_pending(tx, event)
        expected = resolved_at + timedelta(days=days) if days else None
        assert await closes_at(database, tenant, incident) == expected
        assert await closes_at(database, tenant, untouched) is None


async def test_a_timer_that_the_tenant_took_back_closes_nothing(
    client: MakeClient, database: Database, tenant: Tenant
) -> None:
    admin = await client("admin")
    await settings(admin, auto_close_days=1)
    incident = await act(admin, await make(admin), "resolve")
    await settings(admin, auto_close_days=0)
    await pass_by(database, tenant, incident, datetime.now(UTC) + timedelta(days=2))
    assert (await admin.get(f"{INCIDENTS}/{incident['id']}")).json()["status"]["slug"] == "resolved"
    assert await closes_at(database, tenant, incident) is None


@pytest.mark.parametrize(
    ("wanted", "verb", "status"),
    [
        ({}, "resolve", "open"),
        ({}, "close", "open"),
        ({"reopen_on_reply": False}, "resolve", "resolved"),
        ({"reopen_on_reply": False}, "close", None),
    ],
)
async def test_an_answer_from_the_tracking_page_reopens(
    client: MakeClient, connect: Any, tenant: Tenant, wanted: dict[str, Any], verb: str, status: str | None
) -> None:
    admin, public = await client("admin"), connect(None, **{"X-Tenant": tenant.slug})
    await settings(admin, **wanted)
    report = {"title": "No light", "email": "visitor@example.com"}
    receipt = (await public.post("/api/incidents/v1/public/submit", json=report)).json()
    incident = (await admin.get(f"{INCIDENTS}/{receipt['reference_code']}")).json()
    await act(admin, incident, verb)
    path = receipt["tracking_url"].partition("://")[2].partition("/")[2]
    page = await public.get(f"/{path}")
    assert page.status_code == 200
    assert ('name="body"' in page.text) == (status is not None)
    form = {"body": (None, "It is dark again"), "submission": (None, "one")}
    answer = await public.post(f"/{path}", files=form)
    shown = (await admin.get(f"{INCIDENTS}/{incident['id']}")).json()
    if status is None:
        assert answer.status_code == 409
        return
    assert answer.status_code == 303, answer.text[:500]
    assert shown["status"]["slug"] == status
    if status == "open":
        assert (await events(admin, incident))[-1]["type"] == "IncidentReopened"


async def test_a_member_who_only_reports_reopens_by_a_comment_an_agent_does_not(
    client: MakeClient, connect: Any
) -> None:
    admin, agent = await client("admin"), await client("agent")
    rights = ["incidents.create", "incidents.view_own", "incidents.comments.manage"]
    role = {"name": "Customer", "slug": "customer", "permissions": rights}
    assert (await admin.post("/api/access/v1/roles", json=role)).status_code == 201
    token = (await admin.post("/api/access/v1/tokens", json={"name": "customer", "role": "customer"})).json()["token"]
    reporter = connect(token)
    for who, status in ((reporter, "open"), (agent, "resolved")):
        incident = await make(who)
        await act(agent, incident, "resolve")
        answer = await who.post(f"{INCIDENTS}/{incident['id']}/comments", json={"body": "Hm", "is_internal": False})
        assert answer.status_code == 201, answer.text
        assert (await agent.get(f"{INCIDENTS}/{incident['id']}")).json()["status"]["slug"] == status
