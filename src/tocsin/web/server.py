"""Serving HTTP with Granian: the web processes and their end. Runs in the parent of a `tocsin serve`."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from functools import partial
from importlib import import_module
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

from granian import Granian
from granian.constants import Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels

from tocsin.base.errors import SettingError
from tocsin.base.processes import end_with_parent

BACKLOG = 8192
"""Connections that may wait, and be worked on at once: half-open ones must not keep others out."""
HEADER_MILLISECONDS = 5000
STOP_SECONDS = 8
GARBAGE = (20_000, 20, 20)
"""Allocations between collections: requests leave next to no cycles behind, and looking for them takes time."""
# Warnings are left out: it often calls a process that has just ended one that refuses to.
_QUIET = {
    "handlers": {"console": {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "generic"}},
    "loggers": {"_granian": {"handlers": ["console"], "level": "ERROR", "propagate": False}},
}

_APPS: dict[str, Any] = {}
"""Applications built before the web processes are forked off, by target: they share its memory and start at once."""


def load(target: str) -> Any:
    """The application that the factory `module:name` makes; made once."""
    if target not in _APPS:
        module, _, name = target.partition(":")
        _APPS[target] = getattr(import_module(module), name)()
    return _APPS[target]


def _share_what_is_loaded() -> None:
    """What stands in memory by now is left alone by the collector, so that the processes to come go on sharing it."""
    gc.freeze()
    gc.set_threshold(*GARBAGE)
    gc.enable()


def serve(
    target: str,
    held: socket.socket,
    *,
    workers: int,
    on_start: Callable[[], None],
    on_stop: Callable[[], None],
) -> None:
    """Serve until SIGTERM, SIGINT or SIGHUP. `on_start` runs before the web processes do, `on_stop` as soon as we end.

    Web processes that die are replaced, unless they do so in a row: then SystemExit(1).
    """
    host, port = held.getsockname()[:2]
    heard, said = Pipe(duplex=False)
    server = Granian(
        target,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=workers,
        loop=Loops.uvloop,
        websockets=False,
        backlog=BACKLOG,
        backpressure=BACKLOG,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_MILLISECONDS),
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        log_level=LogLevels.error,
        log_dictconfig=_QUIET,
    )

    def stop(number: int, frame: Any) -> None:
        said.close()
        threading.Thread(target=on_stop, name="stop").start()
        server.signal_handler_interrupt(number, frame)  # type: ignore[no-untyped-call]

    def started() -> None:
        for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(sign, stop)
        on_start()

    server.on_startup(started)
    _share_what_is_loaded()
    server.serve(target_loader=partial(_in_child, target, os.getpid(), heard, said), wrap_loader=False)


def _in_child(target: str, parent: int, heard: Connection, said: Connection) -> Any:
    """The application, inside a web process. It hears of the end through a pipe that the parent closes: Granian waits for
    every answer to be finished, so those that go on must be ended before it asks.
    """
    end_with_parent(parent)
    said.close()
    app = load(target)
    app.state.ending = heard

    async def lifespan(scope: Any, receive: Any, send: Any) -> None:
        async def send_briefly(message: Any) -> None:
            # The whole traceback stands in the message; what an operator needs is the one line.
            await send({"type": message["type"]})

        try:
            await app(scope, receive, send_briefly)
        except SettingError as error:
            sys.stderr.write(f"tocsin: {error}\n")

    def entry(scope: Any, receive: Any, send: Any) -> Any:
        return app(scope, receive, send) if scope["type"] != "lifespan" else lifespan(scope, receive, send)

    return entry
