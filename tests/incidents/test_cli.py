"""`tocsin audit`: verify, anchor, prove, check, export, as an operator types them."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from click.testing import CliRunner, Result

from tests.incidents.steps import MakeClient, act, make
from tocsin.activity import service as activity
from tocsin.base.errors import NotFound
from tocsin.base.settings import Settings
from tocsin.db.embedded import EmbeddedServer
from tocsin.db.session import OperatorContext
from tocsin.db.tx import Database
from tocsin.incidents.cli import COMMANDS
from tocsin.jobs import runtime
from tocsin.tenancy.model import Tenant

Run = Callable[..., Awaitable[Result]]


@pytest.fixture
def run(server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """`await run("verify", "--tenant", slug)`: in a thread, for the command has an event loop of its own."""

    @asynccontextmanager
    async def opener() -> AsyncIterator[Database]:
        opened = await Database.connect(server.urls.app, size=2, closer=activity.record)
        try:
            yield opened
        finally:
            await opened.close()

    monkeypatch.setattr(runtime, "_OPENERS", [opener])
    context = OperatorContext(Settings(home=tmp_path / "home"), lambda: activity.record)

    async def call(*words: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, COMMANDS[0], words, obj=context)

    return call


async def test_a_broken_chain_is_called_by_its_incident(
    run: Run, client: MakeClient, tenant: Tenant, server: EmbeddedServer
) -> None:
    incident = await make(await client("admin"))
    owner = await asyncpg.connect(server.admin_url)
    try:
        await owner.execute("update events set at = at - interval '1 day' where incident_id = $1", incident["id"])
    finally:
        await owner.close()
    broken = await run("verify", "--tenant", tenant.slug)
    said = f"stream {incident['id']} of {incident['reference_code']} is broken at number 1 (event "
    assert (broken.exit_code, said in broken.output) == (1, True), broken.output


async def test_a_proof_from_the_incident_to_a_stranger(
    run: Run, client: MakeClient, tenant: Tenant, tmp_path: Path
) -> None:
    admin = await client("admin")
    incident = await make(admin, "Secret title")
    await act(admin, incident, "resolve", note="Done")
    file = tmp_path / "proof.json"
    wrote = await run("prove", incident["reference_code"], "--tenant", tenant.slug, "--out", str(file))
    assert wrote.exit_code == 0, wrote.output
    key = (await run("key")).output.splitlines()
    checked = await run("check", str(file))
    assert checked.exit_code == 0, checked.output
    assert checked.output.startswith("INC-000001: these 2 events, no others, were recorded")
    assert key[0] in checked.output
    assert key[1] == "-----BEGIN PUBLIC KEY-----"
    assert (await run("check", str(file), "--key", key[0][:8])).exit_code == 0
    wrong = await run("check", str(file), "--key", "0" * 16)
    assert (wrong.exit_code, "not by 0000" in wrong.output) == (1, True)
    content = file.read_bytes()
    assert b"Secret title" not in content
    forged = tmp_path / "forged.json"
    forged.write_bytes(content.replace(b'"IncidentResolved"', b'"IncidentReopened"'))
    refused = await run("check", str(forged))
    assert (refused.exit_code, "Event 2 was changed" in refused.output) == (1, True)
    assert (await run("check", str(tmp_path / "absent.json"))).exit_code == 2
    shown = await run("prove", incident["id"], "--tenant", tenant.slug, "--values")
    assert "Secret title" in shown.stdout
    assert json.loads(shown.stdout)["incident"]["id"] == incident["id"]
    await admin.delete(f"/api/incidents/v1/incidents/{incident['id']}")
    assert (await run("prove", "INC-000001", "--tenant", tenant.slug, "--out", str(file))).exit_code == 0
    assert "these 3 events" in (await run("check", str(file))).output
    for ref in ("INC-000099", "../../etc"):
        assert isinstance((await run("prove", ref, "--tenant", tenant.slug)).exception, NotFound)
    assert isinstance((await run("prove", "INC-000001", "--tenant", "nobody")).exception, NotFound)
    assert not list(tmp_path.glob("*.part"))


async def test_a_check_needs_no_server(run: Run, client: MakeClient, tenant: Tenant, tmp_path: Path) -> None:
    incident = await make(await client("admin"))
    file = tmp_path / "proof.json"
    await run("prove", incident["id"], "--tenant", tenant.slug, "--out", str(file))
    env = {
        "PATH": os.defpath,
        "TOCSIN_HOME": str(tmp_path / "none"),
        "TOCSIN_DATABASE_URL": "postgresql://nowhere.invalid/x",
    }
    env |= {"TOCSIN_LOG_LEVEL": "no such level"}  # settings that nothing else would start with

    def check() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "tocsin", "audit", "check", str(file)]
        return subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=60)

    done = await asyncio.to_thread(check)
    assert (done.returncode, done.stderr) == (0, "")
    file.write_bytes(file.read_bytes()[:-10])
    done = await asyncio.to_thread(check)
    assert (done.returncode, done.stdout.count("\n")) == (1, 1)
    assert not (tmp_path / "none").exists()


async def test_verify_looks_at_the_anchors_too(
    run: Run, client: MakeClient, tenant: Tenant, server: EmbeddedServer, tmp_path: Path
) -> None:
    admin = await client("admin")
    incident = await make(admin)
    before = await run("verify", "--tenant", tenant.slug)
    assert (before.exit_code, "nothing is anchored yet" in before.output) == (0, True)
    assert not (tmp_path / "home").exists()
    assert (await run("anchor", "--tenant", tenant.slug)).output.startswith(f"{tenant.slug}: anchor 1 covers")
    kept = tmp_path / "anchors.jsonl"
    assert (await run("anchors", "--tenant", tenant.slug, "--out", str(kept))).exit_code == 0
    whole = await run("verify", "--tenant", tenant.slug, "--anchors", str(kept))
    assert (whole.exit_code, "the one anchor holds" in whole.output) == (0, True)
    owner = await asyncpg.connect(server.admin_url)
    try:
        for table in ("events", "event_heads"):
            await owner.execute(f"delete from {table} where stream = $1", incident["id"])
        gone = await run("verify", "--tenant", tenant.slug)
        assert (gone.exit_code, "anchor 1 does not hold" in gone.output) == (1, True)
        await owner.execute("delete from audit_anchors where tenant_id = $1", tenant.id)
    finally:
        await owner.close()
    missed = await run("verify", "--tenant", tenant.slug)
    assert (missed.exit_code, "the order of changes is broken at place" in missed.output) == (1, True)
    found = await run("verify", "--tenant", tenant.slug, "--anchors", str(kept))
    assert (found.exit_code, "it is gone" in found.output) == (1, True)
    kept.write_text("rubbish")
    assert (await run("verify", "--tenant", tenant.slug, "--anchors", str(kept))).exit_code == 1


async def test_the_record_is_exported(run: Run, client: MakeClient, tenant: Tenant, tmp_path: Path) -> None:
    await make(await client("admin"))
    file = tmp_path / "record.jsonl"
    assert (await run("export", "--tenant", tenant.slug, "--out", str(file))).exit_code == 0
    types = [json.loads(line)["type"] for line in file.read_text().splitlines()]
    assert types == ["TenantCreated", "IncidentCreated"]
    assert (await run("export", "--tenant", tenant.slug)).stdout == file.read_text()
    nowhere = await run("export", "--tenant", tenant.slug, "--out", str(tmp_path / "absent" / "x"))
    assert (nowhere.exit_code, "Cannot write" in nowhere.output) == (1, True)


async def test_help_names_every_command(run: Run) -> None:
    output: Any = (await run("--help")).output
    for name in ("verify", "anchor", "anchors", "key", "prove", "check", "export"):
        assert f"  {name} " in output
