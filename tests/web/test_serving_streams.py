"""The real server with two web processes: its streams end with it, and at once."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from tests.conftest import Member
from tocsin.db.embedded import EmbeddedServer
from tocsin.db.tx import Database


async def test_streams_end_with_the_server_within_seconds(
    server: EmbeddedServer,
    database: Database,
    member: Callable[..., Awaitable[Member]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    agent = await member("agent")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")} | {
        "TOCSIN_HOME": str(tmp_path),
        "TOCSIN_DATABASE_URL": server.urls.app,
        "TOCSIN_OWNER_URL": server.urls.owner,
        "TOCSIN_SWEEPER_URL": server.urls.sweeper,
    }
    program = str(Path(sys.executable).with_name("tocsin"))
    running = await asyncio.create_subprocess_exec(
        *(program, "serve", "--no-worker", "--workers", "2", "--port", "0"),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        assert running.stdout is not None
        line = (await asyncio.wait_for(running.stdout.readline(), 60)).decode()
        url = line.split()[-1]
        headers = {"Authorization": f"Bearer {agent.token}"}
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=20, limits=limits) as client:
            heard = [asyncio.create_task(_listen(client)) for _ in range(12)]
            await asyncio.sleep(1)
            made = await client.post("/api/incidents/v1/incidents", json={"title": "Heard by all processes"})
            assert made.status_code == 201
            await asyncio.sleep(1)
            began = time.monotonic()
            running.send_signal(signal.SIGTERM)
            texts = await asyncio.gather(*heard)
            await asyncio.wait_for(running.wait(), 8)
            assert time.monotonic() - began < 8
        assert all(made.json()["id"] in text for text in texts)
    finally:
        if running.returncode is None:
            running.kill()
            await running.wait()


async def _listen(client: httpx.AsyncClient) -> str:
    """All that comes until the server ends the stream, properly."""
    async with client.stream("GET", "/live") as answer:
        return "".join([part async for part in answer.aiter_text()])
