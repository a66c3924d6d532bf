"""Service levels by clock, and our verdicts beside a log's: the API, the screens, the command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.incidents.steps import MakeClient, act, make
from tests.reports.steps import all_of
from tocsin.base.actor import system_actor
from tocsin.db.tx import Database
from tocsin.intake.service.importing import import_servicenow
from tocsin.reports import service
from tocsin.reports.cli import said
from tocsin.reports.service import RealityQuery
from tocsin.tenancy.model import Tenant

REPORTS = "/api/reports/v1"
EXCERPT = Path(__file__).parents[1] / "intake" / "fixtures" / "servicenow_excerpt.csv"


async def outcome(client: httpx.AsyncClient, clock: str) -> tuple[int, int, int]:
    answer = await client.get(f"{REPORTS}/sla", params={"period": "7d"})
    assert answer.status_code == 200, answer.text
    one = next(one for one in answer.json()["clocks"] if one["clock"] == clock)
    return one["met"], one["met_with_extension"], one["missed"]


async def lists_equal(client: httpx.AsyncClient) -> int:
    """Compare every figure by clock with the list behind it, and open that in the queue; how many were not none."""
    report = (await client.get(f"{REPORTS}/sla", params={"period": "7d"})).json()
    places = 0
    for one in [*report["clocks"], *(clock for row in report["priorities"] for clock in row["clocks"])]:
        lists = one["lists"]
        told = {name: lists[name]["count"] for name in ("met", "met_with_extension", "missed")}
        assert told == {name: one[name] for name in told}
        for name, found in lists.items():
            assert len(await all_of(client, found["query"])) == found["count"], f"{one['clock']} {name} {found}"
            page = await client.get(f"/queue?{found['query']}")
            assert page.status_code == 200, found["query"]
            places += found["count"] > 0 and "priority=" not in found["query"]
    return places


async def test_each_clock_counts_once_when_it_is_decided(
    client: MakeClient, database: Database, tenant: Tenant
) -> None:
    admin = await client("admin")
    met, extended, missed, open_late, running = [
        await make(admin, name, priority="high") for name in ("met", "extended", "missed", "late", "running")
    ]
    for one in (met, extended, missed):
        await act(admin, one, "resolve")
    async with database.tenant(tenant.id) as tx:
        for incident, sets in (
            (
                extended,
                "original_due_at = resolution_at - interval '1 hour', extended_at = started_at, extended_due_at = resolution_at + interval '1 hour', resolution_due_at = resolution_at + interval '1 hour'",
            ),
            (
                missed,
                "resolution_breached_at = now() - interval '1 minute', response_breached_at = now() - interval '2 minutes'",
            ),
            (open_late, "resolution_breached_at = now() - interval '1 minute'"),
        ):
            await tx.run(
                f"update incident_slas set {sets} where tenant_id = $1 and incident_id = $2", tenant.id, incident["id"]
            )
    assert await lists_equal(admin) == 7
    assert await outcome(admin, "resolution") == (1, 1, 2)
    assert await outcome(admin, "response") == (2, 0, 1)
    assert await outcome(admin, "update") == (0, 0, 0)
    report = (await admin.get(f"{REPORTS}/sla", params={"period": "7d"})).json()
    resolution = report["clocks"][2]
    assert (resolution["share"], resolution["share_without_extensions"]) == (0.5, 0.25)
    assert [row["priority"] for row in report["priorities"]] == ["high"]
    lines = (await admin.get(f"{REPORTS}/export.csv?of=clocks&period=7d")).content.decode("utf-8-sig").splitlines()
    told = [line.split(",") for line in lines]
    assert told[0][5:8] == ["met", "met_with_extension", "missed"]
    assert [(*line[:2], *line[5:9]) for line in told if line[0] == "resolution"] == [
        ("resolution", "", "1", "1", "2", "0.5"),
        ("resolution", "high", "1", "1", "2", "0.5"),
    ]
    assert (await admin.get(f"{REPORTS}/export.xlsx?of=clocks&period=7d")).content[:2] == b"PK"
    lines = (await admin.get(f"{REPORTS}/export.csv?of=incidents&sort=created_at")).content.decode().splitlines()
    assert [line.split(",")[-1] for line in lines] == [
        "resolution_outcome",
        "met",
        "met_with_extension",
        *["missed"] * 2,
        "",
    ]
    assert (await admin.delete(f"/api/incidents/v1/incidents/{open_late['id']}")).status_code == 204
    assert await outcome(admin, "resolution") == (1, 1, 1)
    page = await admin.get("/reports/sla?period=7d")
    assert page.status_code == 200
    assert "Met with extension" in page.text
    assert page.text.count('href="/queue?status=') == 18
    assert "/api/reports/v1/export.csv?of=clocks&amp;period=7d" in page.text
    assert (await admin.get("/reports/sla?period=custom&from=2026-02-01&to=2026-01-01")).status_code == 422
    assert running["sla"]["resolution_due_at"]


@pytest.fixture
async def imported(database: Database, tenant: Tenant) -> Tenant:
    """A tenant that has imported the excerpt of the log."""
    await import_servicenow(database, tenant.slug, EXCERPT.read_text().splitlines(keepends=True))
    return tenant


async def reality(database: Database, tenant: Tenant, **query: Any) -> Any:
    async with database.tenant(tenant.id) as tx:
        return await service.reality(tx, system_actor(tenant.id), RealityQuery(**query))


async def test_verdicts_stand_beside_those_of_the_log(imported: Tenant, database: Database, client: MakeClient) -> None:
    found = await reality(database, imported, basis="recorded")
    table = found.all
    cells = (table.both_met, table.only_we_met, table.only_log_met, table.both_missed)
    assert sum(cells) == found.compared
    assert found.compared + found.silent + found.unpromised == 38
    assert table.both_missed + table.only_we_met == 22, "so many missed by the log's own account"
    assert (
        sum(
            sum((r.confusion.both_met, r.confusion.only_we_met, r.confusion.only_log_met, r.confusion.both_missed))
            for r in found.priorities
        )
        == found.compared
    )
    assert sum(found.reasons.values()) == len(found.differences) == table.only_we_met + table.only_log_met
    async with database.tenant(imported.id) as tx:
        missed = await tx.value(
            "select count(*) from incidents i join incident_slas s on s.tenant_id = $1 and s.incident_id = i.id and s.is_active"
            " where i.tenant_id = $1 and s.resolution_breached_at is not null and s.resolution_at is not null",
            imported.id,
        )
    assert table.both_missed + table.only_log_met == missed, "recorded, the verdict is that of the clocks"
    text = said(found)
    assert "both met" in text
    assert found.differences[0].number in text
    admin = await client("admin")
    shown = (await admin.get(f"{REPORTS}/reality", params={"basis": "recorded", "limit": 1})).json()
    assert shown["compared"] == found.compared
    assert len(shown["differences"]) == 1
    page = (await admin.get("/reports/reality")).text
    assert found.differences[0].number in page


async def test_targets_that_are_set_now_judge_anew(imported: Tenant, database: Database, client: MakeClient) -> None:
    admin = await client("admin")
    for slug in ("critical", "high", "medium", "low"):
        answer = await admin.put(f"/api/incidents/v1/priorities/{slug}", json={"resolution_time_minutes": 5_000_000})
        assert answer.status_code == 200, answer.text
    found = await reality(database, imported)
    assert (found.all.only_log_met, found.all.both_missed) == (0, 0)
    assert found.all.only_we_met == 22
    recorded = await reality(database, imported, basis="recorded")
    assert recorded.all.both_missed > 0


async def test_nothing_imported_is_nothing_to_compare(client: MakeClient, database: Database, tenant: Tenant) -> None:
    admin = await client("admin")
    await make(admin, "Recorded here")
    found = (await admin.get(f"{REPORTS}/reality")).json()
    assert (found["compared"], found["all"]["agreement"], found["differences"]) == (0, None, [])
    assert "Nothing to compare" in (await admin.get("/reports/reality")).text
    assert (await (await client("reporter")).get(f"{REPORTS}/reality")).status_code == 403
