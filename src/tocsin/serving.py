"""`tocsin serve` and `tocsin demo`: the parent process, which starts everything, watches it and ends it.

The web application is loaded while PostgreSQL starts, before the web processes are forked off: so they are ready at once.
"""

from __future__ import annotations

import asyncio
import gc
import http.client
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from tocsin.base.errors import SettingError
from tocsin.base.settings import Settings
from tocsin.collaboration.adapters import files
from tocsin.db.session import close, connect, database_urls, require_schema
from tocsin.db.urls import DatabaseUrls
from tocsin.jobs.supervisor import WorkerProcess
from tocsin.notifications.rules import LINKS_HELP, missing_links, wrong_setting

# Loaded by name on the side, while PostgreSQL starts: importing them here would put both one after the other.
APP = "tocsin.asgi:create_app"
SERVER = "tocsin.web.server"
RECORDER = "tocsin.activity.service"
DEMO = "tocsin.intake.service.demo"
WORKER = "tocsin.worker"
READY_SECONDS = 60.0
RESTART_SECONDS = 3

Prepare = Callable[[DatabaseUrls], None]
Announce = Callable[[str], None]


def run(settings: Settings, *, host: str, port: int, workers: int, worker: bool) -> None:
    """Serve until a signal ends it. Raises `SettingError` for whatever stands in the way."""
    if settings.demo:
        raise SettingError("TOCSIN_DEMO is set by `tocsin demo` alone: unset it.")
    _run(settings, host, port, workers, worker=worker, announce=lambda url: _say_ready(settings, url))


def _say_ready(settings: Settings, url: str) -> None:
    _say(f"Tocsin serves on {url}")
    missing = missing_links(settings.public_url)
    if missing is not None:
        _log(f"{missing}; {LINKS_HELP}.")


def _run(
    settings: Settings,
    host: str,
    port: int,
    workers: int,
    *,
    worker: bool,
    announce: Announce,
    prepare: Prepare | None = None,
) -> None:
    for sign in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, _leave)  # until the server puts its own handlers there
    wrong = wrong_setting(settings.smtp_url, settings.mail_from, settings.sms_url)
    if wrong is not None:
        raise SettingError(wrong)
    files.check_settings(settings)
    with closing(reserve(host, port)) as held:
        loading = _Loading()
        with database_urls(settings) as urls:
            asyncio.run(_check(settings, urls))
            server = loading.wait()
            if prepare is not None:
                prepare(urls)
            with _database_kept(settings):
                _serve(server, held, workers, WorkerProcess(WORKER) if worker else None, announce)


def reserve(host: str, port: int) -> socket.socket:
    """Hold a port for our web processes, which listen on it beside this socket; 0 finds a free one. Raises `SettingError`.

    Looking first without SO_REUSEPORT finds out about another server of ours, with which we would share the port.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        if port != 0:
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
        held = socket.socket(family, kind, protocol)
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind(address)
    except (OSError, OverflowError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SettingError(f"Cannot listen on {host}:{port}: {reason}.") from None
    return held


def _leave(_number: int, _frame: Any) -> None:
    raise SystemExit(0)


@contextmanager
def _database_kept(settings: Settings) -> Iterator[None]:
    """Start the embedded server anew should it die meanwhile. A server of the operator's own is theirs to look after."""
    ending = threading.Event()
    watching = threading.Thread(target=_keep_database, args=(settings, ending), name="watch-database", daemon=True)
    if settings.database_url is None:
        watching.start()
    try:
        yield
    finally:
        ending.set()
        if watching.is_alive():
            watching.join()


def _keep_database(settings: Settings, ending: threading.Event) -> None:
    gone = 0
    while not ending.wait(1):
        gone = 0 if _postmaster_lives(settings.home) else gone + 1
        if gone < RESTART_SECONDS:  # somebody may be restarting it
            continue
        _log("The embedded PostgreSQL has gone; starting it.")
        try:
            with database_urls(settings):
                gone = 0
        except SettingError as error:
            _log(str(error))


def _postmaster_lives(home: Path) -> bool:
    try:
        os.kill(int((home / "postgres" / "postmaster.pid").read_text().partition("\n")[0]), 0)
    except (OSError, ValueError):
        return False
    return True


class _Loading(threading.Thread):
    """Loads the application on the side."""

    def __init__(self) -> None:
        super().__init__(name="load-application", daemon=True)
        self.error: BaseException | None = None
        self.server: Any = None
        self.start()

    def run(self) -> None:
        """Load; what goes wrong is kept for `wait`."""
        try:
            gc.disable()  # nothing of what is made here is ever thrown away
            self.server = import_module(SERVER)
            self.server.load(APP)
        except BaseException as error:  # noqa: BLE001  raised again in the main thread
            self.error = error

    def wait(self) -> Any:
        """The server's module, when the application is loaded. Raises what went wrong."""
        self.join()
        if self.error is not None:
            raise self.error
        return self.server


async def _check(settings: Settings, urls: DatabaseUrls) -> None:
    """The schema is this version's and the role is one that row security binds. Raises `SettingError`."""
    await require_schema(settings, urls, _log)
    await close(await connect(urls.app, size=1, patience=0))


def _serve(server: Any, held: socket.socket, workers: int, worker: WorkerProcess | None, announce: Announce) -> None:
    host, port = held.getsockname()[:2]

    def begin() -> None:
        ready = threading.Event()
        if worker is not None:
            worker.start(after=ready)
        threading.Thread(target=_announce, args=(host, port, announce, ready), name="ready", daemon=True).start()

    def end() -> None:
        if worker is not None:
            worker.ask_to_stop()

    try:
        server.serve(APP, held, workers=workers, on_start=begin, on_stop=end)
    except SystemExit as ending:
        if ending.code:
            raise SettingError("A web process ended again and again; its last words stand above.") from None
    finally:
        if worker is not None:
            worker.stop()


def _announce(host: str, port: int, announce: Announce, ready: threading.Event) -> None:
    """Say where we serve, as soon as that is true."""
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  compared, not bound
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        time.sleep(0.02)
        if _is_ready(near, port):
            ready.set()
            announce(f"http://{f'[{near}]' if ':' in near else near}:{port}")
            return
    _log(f"Not ready after {READY_SECONDS:.0f} seconds; /health/ready tells when it is.")


def _is_ready(host: str, port: int) -> bool:
    conn = http.client.HTTPConnection(host, port, timeout=3)
    try:
        conn.request("GET", "/health/ready")
        return conn.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        conn.close()


def run_demo(settings: Settings, *, host: str, port: int, as_json: bool) -> None:
    """Serve the demo, loaded when it is not there yet. Raises `SettingError` where a database of one's own is set."""
    if settings.database_url is not None:
        raise SettingError("The demo serves its own, embedded database: unset TOCSIN_DATABASE_URL for it.")
    os.environ["TOCSIN_DEMO"] = "true"  # for the web processes, which are forked off and read the environment
    tenants: list[dict[str, Any]] = []

    def prepare(urls: DatabaseUrls) -> None:
        tenants.extend(_demo_tenants(settings, urls))

    def announce(url: str) -> None:
        if not all(_is_known(url, tenant["tokens"]["admin"]) for tenant in tenants):
            tenants[:] = asyncio.run(_renewed(settings))  # the database is another than the one the file is of
        if as_json:
            _say(json.dumps({"url": url, "tenants": [_promised(tenant) for tenant in tenants]}))
        else:
            _say(_welcome(url, tenants))

    _run(settings, host, port, 1, worker=True, announce=announce, prepare=prepare)


def _promised(tenant: dict[str, Any]) -> dict[str, Any]:
    """What `--json` tells of a tenant; the login page also knows names."""
    logins = [{key: login[key] for key in ("email", "password", "role")} for login in tenant["logins"]]
    return {"slug": tenant["slug"], "tokens": tenant["tokens"], "logins": logins}


def _demo_tenants(settings: Settings, urls: DatabaseUrls) -> list[dict[str, Any]]:
    """Logins and tokens of the demo: from the file that the first start left in the home, or of a fresh load."""
    kept = settings.home / "demo.json"
    if kept.exists():
        found: list[dict[str, Any]] = json.loads(kept.read_text())
        return found
    tenants = asyncio.run(_load_demo(urls))
    _keep(kept, json.dumps(tenants, indent=1))
    return tenants


def _is_known(url: str, token: str) -> bool:
    with closing(http.client.HTTPConnection(url.removeprefix("http://"), timeout=5)) as conn:
        conn.request("GET", "/api/access/v1/me", headers={"Authorization": f"Bearer {token}"})
        return conn.getresponse().status != http.client.UNAUTHORIZED


async def _renewed(settings: Settings) -> list[dict[str, Any]]:
    with database_urls(settings) as urls:
        tenants = await _load_demo(urls)
    _keep(settings.home / "demo.json", json.dumps(tenants, indent=1))
    return tenants


async def _load_demo(urls: DatabaseUrls) -> list[dict[str, Any]]:
    database = await connect(urls.app, size=8, closer=import_module(RECORDER).record, patience=0, name="tocsin demo")
    try:
        loaded: list[dict[str, Any]] = await import_module(DEMO).load(database)
        return loaded
    finally:
        await close(database)


def _keep(path: Path, text: str) -> None:
    """Write a file with secrets: readable by us alone, whole or not at all."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)


def _welcome(url: str, tenants: list[dict[str, Any]]) -> str:
    lines = ["", f"Tocsin serves on {url}", f"  console   {url}/login", f"  API       {url}/api/docs"]
    for tenant in tenants:
        slug = tenant["slug"]
        lines += ["", f"{slug}", f"  report    {url}/p/{slug}"]
        lines += [f"  login     {who['email']:<34} {who['password']:<20} {who['role']}" for who in tenant["logins"]]
        lines += [f"  token     {role:<8} {token}" for role, token in tenant["tokens"].items()]
    if tenants:
        token = tenants[0]["tokens"].get("admin", "")
        lines += ["", "Try:", f"  curl -H 'Authorization: Bearer {token}' {url}/api/incidents/v1/incidents?limit=3"]
    return "\n".join([*lines, "", "Ctrl-C stops everything."])


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _log(text: str) -> None:
    sys.stderr.write(f"tocsin: {text}\n")
