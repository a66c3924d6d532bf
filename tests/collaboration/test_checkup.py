"""What `tocsin doctor` says of the scanner and of stored files, each where it is so."""

from __future__ import annotations

import dataclasses
import os
from datetime import timedelta
from uuid import uuid4

import pytest

from tests.collaboration.clamd import clamd
from tests.collaboration.steps import attach
from tests.incidents.steps import make
from tocsin.collaboration.adapters import files
from tocsin.collaboration.service import checkup
from tocsin.db.roles import connect_as_operator


@pytest.fixture
async def backup(server):
    conn = await connect_as_operator(server.urls.backup)
    yield conn
    await conn.close()


def of(tenant, symptom):
    """The lines about the test's tenant: the store is everybody's."""
    return [line for line in symptom.lines if tenant.slug in line]


async def test_whether_the_scanner_answers(app_settings):
    unset = dataclasses.replace(app_settings, clamd_url=None)
    assert "TOCSIN_CLAMD_URL is not set" in (await checkup.the_scanner(unset)).skipped
    async with clamd() as found:
        there = dataclasses.replace(app_settings, clamd_url=found.url)
        assert (await checkup.the_scanner(there)).lines == ()
        found.mode = "babbles"
        assert (await checkup.the_scanner(there)).lines == [f"{found.url} does not answer: UNKNOWN COMMAND"]
        found.mode = "hangs up"
        assert len((await checkup.the_scanner(there)).lines) == 1
    away = await checkup.the_scanner(there)
    assert away.grave
    assert away.lines[0].startswith(f"{found.url} does not answer: ")


async def test_a_scanner_that_says_nothing_is_not_waited_for(app_settings, monkeypatch):
    monkeypatch.setattr("tocsin.collaboration.adapters.scanner.PATIENCE", 0.05)
    async with clamd() as silent:
        silent.mode = "keeps silent"
        found = await checkup.the_scanner(dataclasses.replace(app_settings, clamd_url=silent.url))
    assert found.lines == [f"{silent.url} does not answer: TimeoutError"]


async def test_what_is_locked_up_for_long_is_counted(client, app_settings, backup, database, tenant):
    agent = await client("agent")
    await attach(agent, await make(agent))
    async with database.tenant(tenant.id) as tx:
        await tx.run("update stored_files set scan = 'waiting' where tenant_id = $1", tenant.id)
    assert of(tenant, await checkup.locked_up(backup, app_settings)) == []
    async with database.tenant(tenant.id) as tx:
        since = tx.real_now - timedelta(hours=3)
        await tx.run("update stored_files set created_at = $2 where tenant_id = $1", tenant.id, since)
    found = await checkup.locked_up(backup, app_settings)
    assert of(tenant, found) == [f"1 of {tenant.slug}, the oldest for 3 hours"]
    assert found.grave


async def test_store_and_database_are_compared(client, app_settings, backup, tenant):
    agent = await client("agent")
    kept, lost = await attach(agent, await make(agent)), await attach(agent, await make(agent), ("b.txt", b"b", None))
    folder = files.local_folder(app_settings) / str(tenant.id)
    at = {path.name: path for path in folder.rglob("*") if path.is_file()}
    at[lost["id"]].unlink()
    left = at[kept["id"]].with_name(str(uuid4()))
    left.write_bytes(b"left behind")
    gone, orphaned = await checkup.the_store(backup, app_settings)
    assert of(tenant, orphaned) == []
    os.utime(left, (1, 1))
    gone, orphaned = await checkup.the_store(backup, app_settings)
    year = left.parent.name
    assert of(tenant, gone) == [f"1 of {tenant.slug}: {tenant.id}/{year}/{lost['id']}"]
    assert of(tenant, orphaned) == [f"1 of {tenant.slug}: {tenant.id}/{year}/{left.name}"]
    assert (gone.grave, orphaned.grave) == (True, False)


async def test_without_the_role_of_backups_the_scanner_is_looked_at(app_settings, server):
    found = await checkup.examine(app_settings, dataclasses.replace(server.urls, backup=None))
    assert [one.name for one in found if "role backup" in one.skipped] == [
        *("files locked up", "lost files", "orphaned files")
    ]
