"""Which changes make counted days untrue, and that these are counted from the records until they are counted anew."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.conftest import Client, make_member, make_tenant
from tests.reports.test_measures import ask, count_all, past, silent
from tocsin.base.actor import system_actor
from tocsin.base.errors import TocsinError
from tocsin.classification import service as classification
from tocsin.db.tx import Database
from tocsin.incidents import service as incidents
from tocsin.incidents.model import PastIncident, PastStep
from tocsin.modules import service as modules
from tocsin.reports import rules, service, store
from tocsin.tenancy import service as tenancy

NOW = datetime.now(UTC)


def quiet(_done: int, _all: int) -> None:
    """No progress is shown."""


async def marked(database: Database, tenant: Any) -> set[Any]:
    async with database.tenant(tenant.id) as tx:
        return await store.kept.marked(tx)


async def known(database: Database, tenant: Any) -> int:
    async with database.tenant(tenant.id) as tx:
        return int(await tx.value("select count(*) from report_days where tenant_id = $1", tenant.id))


async def test_the_database_counts_buckets_as_the_rules_do(database: Database) -> None:
    times = [0.0, 0.3, 1.0, 1.04, 7.3, 59.9, 3600.5, 86_400.0, 1e6 + 0.25, 3.1e8]
    async with database.globally() as tx:
        sql = "select " + store.facts._BUCKET.format("make_interval(secs => $1)")
        found = [await tx.value(sql, time) for time in times]
    assert found == [rules.bucket_of(time) for time in times]


async def test_an_import_marks_its_days(database: Database, connect: Client) -> None:
    tenant, admin, _ = await past(database, "Europe/Berlin", 21, acts=60, days=20)
    client = connect(admin.token)
    await count_all(database, tenant)
    moment = datetime.now(UTC)
    before = await ask(client, period="30d")
    async with database.tenant(tenant.id) as tx:
        catalogue = await classification.catalogue(tx)
        old = PastIncident(
            import_key="other:1",
            title="From elsewhere",
            description=None,
            impact=None,
            metadata={},
            created_at=NOW - timedelta(days=12),
            updated_at=NOW - timedelta(days=3),
            by=None,
            reporter_id=None,
            priority=catalogue.default_priority,
            category=None,
            team=None,
            owner=None,
            first_response_at=NOW - timedelta(days=11),
            steps=(PastStep(what="resolve", at=NOW - timedelta(days=3), by=None, to=catalogue.resolved_status),),
        )
        await incidents.import_incidents(tx, system_actor(tenant.id, "import"), [old])
    dirty = await ask(client, period="30d")
    for name in ("created", "resolved", "breaches"):
        assert dirty["figures"][name]["value"] == before["figures"][name]["value"] + 1
    assert dirty["figures"]["response_p50"]["of"]["count"] == before["figures"]["response_p50"]["of"]["count"] + 1
    await count_all(database, tenant)
    assert silent(await ask(client, period="30d")) == silent(dirty)
    # What was written later was not known then, however old it is.
    then = await ask(client, period="30d", as_of=moment.isoformat())
    assert then["figures"]["created"]["value"] == before["figures"]["created"]["value"]


async def test_a_change_of_zone_makes_every_day_unknown(database: Database, connect: Client) -> None:
    tenant, admin, _ = await past(database, "Europe/Berlin", 22, acts=60, days=20)
    client = connect(admin.token)
    await count_all(database, tenant)
    async with database.tenant(tenant.id) as tx:
        await tenancy.change(tx, admin.actor, tenancy.TenantChange(time_zone="Asia/Kolkata"))
    dirty = silent(await ask(client, period="30d"))
    await count_all(database, tenant)
    async with database.tenant(tenant.id) as tx:
        assert len(await store.kept.known_days(tx, "Asia/Kolkata")) >= 18
    assert silent(await ask(client, period="30d")) == dirty
    assert (await service.check(database, tenant.slug, quiet)).differences == []


async def test_what_happens_while_the_module_is_off(database: Database, connect: Client) -> None:
    tenant, admin, history = await past(database, "UTC", 23, acts=60, days=20)
    client = connect(admin.token)
    await count_all(database, tenant)
    async with database.tenant(tenant.id) as tx:
        await tenancy.current(tx)
        await modules.switch(tx, admin.actor, "reports", enabled=False)
    assert await known(database, tenant) == 0
    await history.live(NOW - timedelta(seconds=30), NOW, 30)
    async with database.tenant(tenant.id) as tx:
        await tenancy.current(tx)
        await modules.switch(tx, admin.actor, "reports", enabled=True)
    raw = silent(await ask(client, period="30d"))
    await service.rebuild(database, tenant.slug, quiet)
    assert await known(database, tenant) > 15
    assert silent(await ask(client, period="30d")) == raw


async def test_a_rebuild_mends_and_a_check_finds(database: Database, connect: Client) -> None:
    tenant, _admin, _ = await past(database, "UTC", 24, acts=80, days=20)
    seen: list[tuple[int, int]] = []
    found = await service.rebuild(database, tenant.slug, lambda done, whole: seen.append((done, whole)))
    assert seen[0] == (0, found.days)
    assert seen[-1] == (found.days, found.days)
    async with database.tenant(tenant.id) as tx:
        await tx.run(
            "update report_counts set created = created + 1 where tenant_id = $1 and dimension = 'all'"
            " and day = (select max(day) from report_counts where tenant_id = $1)",
            tenant.id,
        )
    wrong = (await service.check(database, tenant.slug, quiet)).differences
    assert [(one.dimension, one.what) for one in wrong] == [("all", "created")]
    assert wrong[0].kept == wrong[0].counted + 1  # type: ignore[operator]
    await service.rebuild(database, tenant.slug, quiet)
    assert (await service.check(database, tenant.slug, quiet)).differences == []


async def test_the_command_says_which_day_differs(database: Database, home: Path) -> None:
    tenant, _, _ = await past(database, "UTC", 25, acts=40, days=10)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
    environment["TOCSIN_HOME"] = str(home)

    def run(verb: str) -> Any:
        command = [str(Path(sys.executable).with_name("tocsin")), "reports", verb, "--tenant", tenant.slug]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    built = run("rebuild")
    assert built.returncode == 0, built.stderr
    assert "days counted" in built.stdout
    assert run("check").returncode == 0
    async with database.tenant(tenant.id) as tx:
        day = await tx.value(
            "select day from report_counts where tenant_id = $1 and dimension = 'all' order by created desc limit 1",
            tenant.id,
        )
        await tx.run("delete from report_counts where tenant_id = $1 and day = $2", tenant.id, day)
    wrong = run("check")
    assert wrong.returncode == 1
    assert f"{tenant.slug}: {day}" in wrong.stdout
    assert "rebuild" in wrong.stdout


async def test_a_day_is_counted_an_hour_after_its_end(database: Database) -> None:
    tenant = await make_tenant(database, time_zone="America/New_York")
    async with database.tenant(tenant.id) as tx:
        row = await tx.row(service.NEXT_DUE, tenant.id, 1)
        day = await tx.value("select day from report_marks where tenant_id = $1", tenant.id)
    assert row is not None
    local = row["due_at"].astimezone(ZoneInfo(tenant.time_zone))
    assert (local.hour, local.minute) == (1, 0)
    assert local.date() == day + timedelta(days=1)


async def test_sandboxes_keep_no_days(database: Database) -> None:
    tenant = await make_tenant(database, sandbox=True)
    admin = await make_member(database, tenant, "admin")
    assert await marked(database, tenant) == set()
    async with database.tenant(tenant.id) as tx:
        await tenancy.current(tx)
        await modules.switch(tx, admin.actor, "intake", enabled=False)
    assert (await service.rebuild(database, tenant.slug, quiet)).days == 0
    assert await marked(database, tenant) == set()


@pytest.mark.parametrize("verb", ["priority", "team", "category", "reopen", "delete"])
async def test_a_later_change_marks_the_days_of_the_incident(database: Database, connect: Client, verb: str) -> None:
    tenant, admin, history = await past(database, "UTC", 26, acts=90, days=12)
    await count_all(database, tenant)
    for _ in range(200):
        with suppress(TocsinError):
            async with database.tenant(tenant.id) as tx:
                await tenancy.current(tx)
                await history._try(tx, verb, history.picks.choice(history.ids))
        if await marked(database, tenant) - {NOW.date(), NOW.date() - timedelta(days=1)}:
            break
    else:
        pytest.fail(f"{verb} marks no day")
    assert json.dumps(silent(await ask(connect(admin.token), period="30d")))
