"""The least a Python web application can do: Granian, asyncpg, the same SELECTs. No login, validation or tenancy.

Each statement is planned as the application has it planned, by connections that do nothing else.

`BENCH_BARE` names a file of the statements (pickled by the benchmark itself), `BENCH_BARE_URL` the database.
"""

from __future__ import annotations

import itertools
import os
import pickle
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

_ENCODER = msgspec.json.Encoder(enc_hook=str)
_HEADERS = [(b"content-type", b"application/json")]
_state: dict[str, Any] = {}


async def _start() -> None:
    statements = pickle.loads(Path(os.environ["BENCH_BARE"]).read_bytes())
    _state["requests"] = {name: itertools.cycle(requests) for name, requests in statements.items()}
    modes = {mode for requests in statements.values() for request in requests for mode, _, _ in request}
    _state["pools"] = {
        mode: await asyncpg.create_pool(
            os.environ["BENCH_BARE_URL"],
            min_size=2,
            max_size=16,
            reset=_keep,
            server_settings={"plan_cache_mode": mode},
        )
        for mode in modes
    }


async def _keep(_conn: Any) -> None:
    """No RESET between requests, as in the application."""


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer `/get` and `/list` with the rows of the next captured request."""
    if scope["type"] == "lifespan":
        await receive()
        await _start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        for pool in _state["pools"].values():
            await pool.close()
        await send({"type": "lifespan.shutdown.complete"})
        return
    statements = next(_state["requests"][scope["path"].lstrip("/")])
    found = []
    for mode, sql, args in statements:
        async with _state["pools"][mode].acquire() as conn:
            found.append([dict(row) for row in await conn.fetch(sql, *args)])
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _ENCODER.encode(found)})
