"""Figures equal the lists behind them, roll-ups equal the records, and June's answer stays June's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from tests.conftest import Client, NewMember, make_member, make_tenant
from tests.reports.steps import MEASURES, History, all_of, counted
from tocsin.access import service as access
from tocsin.db.tx import Database
from tocsin.reports import service
from tocsin.tenancy import service as tenancy

NOW = datetime.now(UTC)


async def past(database: Database, zone: str, seed: int, acts: int = 160, days: int = 40) -> tuple[Any, Any, History]:
    """A tenant with a past of some weeks, its administrator and its history."""
    tenant = await make_tenant(database, time_zone=zone)
    admin = await make_member(database, tenant, "admin")
    async with database.tenant(tenant.id) as tx:
        for name in ("Network", "Desk"):
            await access.create_team(tx, admin.actor, access.NewTeam(name=name))
    history = History(database, tenant, [admin, await make_member(database, tenant, "admin")], seed)
    await history.live(NOW - timedelta(days=days), NOW - timedelta(minutes=1), acts)
    for ago in (9, 12, 25, 26):
        await history.save(NOW - timedelta(days=ago))
    return tenant, admin, history


async def count_all(database: Database, tenant: Any, at: datetime | None = None) -> int:
    """Do what the sweep does until nothing is due; how many marks were handled."""
    handled = 0
    while True:
        async with database.tenant(tenant.id, now=at or datetime.now(UTC) + timedelta(minutes=1)) as tx:
            row = await tx.row(service.NEXT_DUE, tenant.id, 1)
            if row is None or row["due_at"] > tx.now:
                return handled
            await tenancy.current(tx)
            await service.handle(tx, row["id"])
            handled += 1


async def ask(client: Any, **params: Any) -> Any:
    answer = await client.get(MEASURES, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def silent(shown: Any) -> Any:
    """An answer without the moment it was given at, which age groups count from."""
    return {
        **shown,
        "as_of": None,
        "open": {**shown["open"], "by_age": [g["open"]["count"] for g in shown["open"]["by_age"]]},
    }


@pytest.mark.parametrize("zone, seed", [("Europe/Berlin", 1), ("America/St_Johns", 2), ("UTC", 3)])
async def test_every_figure_equals_its_list(database: Database, connect: Client, zone: str, seed: int) -> None:
    tenant, admin, _ = await past(database, zone, seed)
    client = connect(admin.token)
    await count_all(database, tenant)
    for params in (
        {"period": "90d"},
        {"period": "7d", "unit": "day"},
        {"as_of": (NOW - timedelta(days=9)).isoformat()},
    ):
        shown = await ask(client, **params)
        found = list(counted(shown))
        assert sum(number for _, number, _ in found) > 50
        whole = [*shown["course"], *shown["priorities"], *shown["categories"], *shown["teams"]]
        for part in whole:
            kinds = [part[name]["count"] for name in ("met", "met_with_extension", "missed")]
            assert sum(kinds) == part["resolved"]["count"]
        if params.get("period") == "90d":
            assert shown["figures"]["sla_met_with_extension"]["value"] > 0
        for place, number, query in found:
            if number or "heat" not in place:
                assert len(await all_of(client, query)) == number, f"{place} {query}"
        opened = {place: query for place, _, query in found if "heat" not in place and "course" not in place}
        for place, query in opened.items():
            assert (await client.get(f"/queue?{query}")).status_code == 200, f"{place} {query}"


@pytest.mark.parametrize("seed", range(4, 8))
async def test_kept_days_equal_the_records(database: Database, connect: Client, seed: int) -> None:
    tenant, admin, history = await past(database, "Europe/Berlin", seed)
    client = connect(admin.token)
    raw = silent(await ask(client, period="90d", unit="week"))
    assert await count_all(database, tenant) > 0
    async with database.tenant(tenant.id) as tx:
        assert await tx.value("select count(*) from report_days where tenant_id = $1", tenant.id) >= 38
    assert silent(await ask(client, period="90d", unit="week")) == raw
    # Whatever happens later, whether it is counted anew or not, the answer is that of the records.
    await history.live(NOW - timedelta(seconds=50), NOW, 40)
    dirty = silent(await ask(client, period="90d", unit="week"))
    await count_all(database, tenant)
    clean = silent(await ask(client, period="90d", unit="week"))
    found = await service.check(database, tenant.slug, lambda _done, _all: None)
    assert found.differences == []
    assert found.days >= 38
    await database_forgets(database, tenant)
    assert dirty == clean == silent(await ask(client, period="90d", unit="week"))


async def database_forgets(database: Database, tenant: Any) -> None:
    async with database.tenant(tenant.id) as tx:
        await tx.run("delete from report_counts where tenant_id = $1", tenant.id)
        await tx.run("delete from report_days where tenant_id = $1", tenant.id)


@pytest.mark.parametrize("seed", [9, 10])
async def test_the_answer_of_a_moment_stays(database: Database, connect: Client, seed: int) -> None:
    tenant, admin, history = await past(database, "Europe/Berlin", seed, acts=120, days=30)
    client = connect(admin.token)
    await history.settle(NOW)
    moment = datetime.now(UTC)
    first = await ask(client, period="30d", compare=False, as_of=moment.isoformat())
    assert shape(first) == shape(await ask(client, period="30d", compare=False))
    await history.live(datetime.now(UTC), datetime.now(UTC) + timedelta(seconds=1), 120)
    async with database.tenant(tenant.id) as tx:
        await tx.value("select pg_sleep(1.1)")
    later = await ask(client, period="30d", compare=False, as_of=moment.isoformat())
    assert {
        place: (n, shape(later)[0].get(place))
        for place, n in shape(first)[0].items()
        if shape(later)[0].get(place) != n
    } == {}
    assert shape(later) == shape(first)
    assert shape(await ask(client, period="30d", compare=False)) != shape(first)


def shape(shown: Any) -> Any:
    """The numbers of an answer without those of clocks that are due, which are the present ones."""
    numbers = {
        place: number for place, number, _ in counted(shown) if ".soon" not in place and ".on_track" not in place
    }
    return numbers, {name: figure["value"] for name, figure in shown["figures"].items()}


async def test_what_was_open_before(database: Database, connect: Client) -> None:
    """The number open when the period began equals what was known then, as long as nothing was deleted since."""
    tenant, admin, _ = await past(database, "Europe/Berlin", 11)
    client = connect(admin.token)
    async with database.tenant(tenant.id) as tx:
        await tx.run("update incidents set deleted_at = null where tenant_id = $1", tenant.id)
        await tx.run("delete from incident_slas where false")
    shown = await ask(client, period="30d")
    start = shown["period"]["starts_at"]
    then = await ask(client, period="7d", as_of=(datetime.fromisoformat(start) - timedelta(microseconds=1)).isoformat())
    kept = await all_of(client, then["figures"]["open"]["of"]["query"])
    assert shown["figures"]["open"]["before"] == len(kept)


async def test_bad_questions(connect: Client, member: NewMember) -> None:
    client = connect((await member("viewer")).token)
    soon = quote((datetime.now(UTC) + timedelta(hours=1)).isoformat())
    for query, field in (
        ("period=2d", "period"),
        ("period=custom", "from"),
        ("period=custom&from=2026-06-09&to=2026-06-01", "from"),
        ("period=custom&from=2999-01-01", "from"),
        ("period=custom&from=2000-01-01", "from"),
        ("from=2026-06-01", "period"),
        ("period=custom&from=junk", "from"),
        ("unit=month", "unit"),
        (f"as_of={soon}", "as_of"),
        ("as_of=2026-06-01T00:00:00", "as_of"),
        ("team=x", "team"),
    ):
        answer = await client.get(f"{MEASURES}?{query}")
        assert answer.status_code == 422, query
        assert [error["field"] for error in answer.json()["errors"]] == [field], answer.text


async def test_needs_the_permission(connect: Client, member: NewMember) -> None:
    assert (await connect((await member("reporter")).token).get(MEASURES)).status_code == 403
