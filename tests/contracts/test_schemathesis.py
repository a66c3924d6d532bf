"""Generated requests against the running server: whatever is sent, no answer is a server error, and all are as documented."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.conftest import make_tenant
from tests.contracts import samples
from tests.contracts.conftest import issue_token
from tests.contracts.docs import documented
from tests.contracts.samples import World, kinds_in_use

pytestmark = [pytest.mark.contract, pytest.mark.fuzz, pytest.mark.slow]

SEED = 8420
SECONDS = int(os.environ.get("FUZZ_SECONDS", "30"))
# One thread: the parser of CPython 3.11 counts its depth for all threads together, and generating code parses.
EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "8")
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


@pytest.fixture
async def served(home, server, database, whole_app):
    """The real server, as a process of its own on loopback, on the database of the tests."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
    environment |= {"TOCSIN_HOME": str(home), "TOCSIN_PUBLIC_RATE_PER_MINUTE": "1000000"}
    environment |= {"TOCSIN_LOGIN_RATE_PER_MINUTE": "1000000", "TOCSIN_LOG_LEVEL": "error"}
    command = [str(Path(sys.executable).with_name("tocsin")), "serve", "--no-worker", "--port", str(port)]
    process = subprocess.Popen(  # noqa: ASYNC220  started once, before anything else runs
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    url = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient(base_url=url, timeout=20) as client:
            await _ready(client, process)
            yield client
    finally:
        process.terminate()
        try:
            process.communicate(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


async def _ready(client, process):
    for _ in range(200):
        assert process.poll() is None, process.stderr.read()
        try:
            if (await client.get("/health/ready")).status_code == 200:
                return
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.1)
    pytest.fail("the server did not get ready within 20 seconds")


async def seeded(document, world):
    """The document with the ids of real things where it asks for some: so that requests get past the look-up."""
    for endpoint in documented():
        operation = document["paths"][endpoint.path][endpoint.method.lower()]
        if endpoint.access != "member":
            continue
        for name, kind in samples.kinds(endpoint):
            parameter = next(p for p in operation["parameters"] if p["name"] == name and p["in"] == "path")
            known = await world.id(kind) if kind else "incidents"
            parameter["schema"] = {"anyOf": [{"enum": [known]}, {"enum": [known]}, parameter["schema"]]}
    for schema in document["components"]["schemas"].values():
        for name, given in schema.get("properties", {}).items():
            if name in samples.REFERENCES and schema.get("additionalProperties") is False:
                await _seed_field(given, samples.REFERENCES[name], world)
    return document


async def _seed_field(given, kind, world):
    if kind not in world.made:
        return
    for part in (given, *given.get("anyOf", ())):
        if part.get("type") == "string":
            part.clear()
            part["anyOf"] = [{"enum": [world.made[kind]]}, {"type": "string"}]
            return


async def test_generated_requests_find_no_server_error(served, database, tmp_path):
    tenant = await make_tenant(database)
    token = await issue_token(database, tenant.id)
    served.headers["Authorization"] = f"Bearer {token}"
    world = World(database, tenant.id, tenant.slug, served, "Fuzz")
    for kind in sorted({*kinds_in_use(), *(k for k in samples.REFERENCES.values() if k in ("user", "team"))}):
        await world.id(kind)
    document = await seeded((await served.get("/api/openapi.json")).json(), world)
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(document))
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", str(path), "--url", str(served.base_url)]
    command += [
        "--header",
        f"Authorization: Bearer {token}",
        "--header",
        f"X-Tenant: {tenant.slug}",
        "--checks",
        CHECKS,
    ]
    command += [
        "--seed",
        str(SEED),
        "--max-examples",
        EXAMPLES,
        "--max-time",
        str(SECONDS),
        "--workers",
        "1",
        "--no-shrink",
    ]
    command += [
        "--phases",
        "coverage,fuzzing",
        "--no-color",
        "--suppress-health-check",
        "all",
        "--generation-database",
        "none",
    ]
    command += ["--warnings", "off", "--continue-on-failure"]
    done = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, timeout=SECONDS + 60, cwd=tmp_path
    )
    assert done.returncode == 0, _failures(done.stdout) + done.stderr[-2000:]
    assert "passed" in done.stdout
    assert (await served.get("/health/ready")).status_code == 200


def _failures(output):
    found = re.split(r"=+ FAILURES =+", output)[-1]
    return found[:12_000]
