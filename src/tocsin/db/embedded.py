"""The embedded PostgreSQL of a `TOCSIN_HOME`: started when needed, shared by its processes, stopped by the last.

Everything stands in the home: `postgres/` (data), `postgres.lock` (one at a time starts or stops),
`postgres.users/` (a file for each process that uses the server), `secrets.json` (passwords, readable by us alone).
"""

from __future__ import annotations

import asyncio
import fcntl
import itertools
import json
import os
import secrets
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from tocsin.base.errors import SettingError
from tocsin.db.cluster import Cluster, Postmaster
from tocsin.db.programs import find_programs
from tocsin.db.roles import ROLES, ROLES_VERSION, init_database
from tocsin.db.urls import DatabaseUrls, socket_url

DATABASE = "tocsin"
ADMINISTRATOR = "postgres"
LOCK_SECONDS = 180  # a first start beside us, or a recovery after a crash

_numbers = itertools.count()


class EmbeddedServer:
    """This process's use of the embedded server. `stop` ends the use, and the server when nobody else uses it.

    `urls` and `admin_url` (the administrator's) go through the Unix socket; `started_here` tells whether this process started it.
    """

    def __init__(self, home: Path, cluster: Cluster, urls: DatabaseUrls, admin_url: str, *, started_here: bool) -> None:
        self.home = home
        self.urls = urls
        self.admin_url = admin_url
        self.started_here = started_here
        self._cluster = cluster
        self._pid = os.getpid()
        self._entry: Path | None = _register(home)

    def stop(self) -> bool:
        """Stop using the server; whether that stopped it. Safe to call twice, and of no effect in a forked child."""
        if self._entry is None or os.getpid() != self._pid:
            return False
        with _locked(self.home):
            self._entry.unlink(missing_ok=True)
            self._entry = None
            if _live_users(self.home):
                return False
            self._cluster.stop()
            return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def ensure_running(home: Path, pg_bin: Path | None = None) -> EmbeddedServer:
    """The embedded server of `home`, made and started if it is not yet; with its roles and database, not migrated.

    `pg_bin` names another PostgreSQL's programs. Raises `SettingError` with one line when it cannot be had.
    """
    home = home.absolute()
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingError(f"TOCSIN_HOME {home} cannot be made: {error.strerror}.") from None
    try:
        return _ensure(home, pg_bin)
    except OSError as error:
        raise SettingError(f"TOCSIN_HOME {home} cannot be used: {error.filename}: {error.strerror}.") from None


def _ensure(home: Path, pg_bin: Path | None) -> EmbeddedServer:
    with _locked(home):
        data = home / "postgres"
        cluster = Cluster(data, find_programs(pg_bin, data))
        passwords = _passwords(home)
        if not cluster.exists():
            cluster.create(passwords[ADMINISTRATOR])
        found, started_here = _started(cluster)
        try:
            _prepare(data, passwords, found)
            urls, admin_url = _urls(passwords, found)
            return EmbeddedServer(home, cluster, urls, admin_url, started_here=started_here)
        except BaseException:
            if started_here:
                cluster.stop()
            raise


def _started(cluster: Cluster) -> tuple[Postmaster, bool]:
    """The running server, started if need be, and whether it was."""
    deadline = time.monotonic() + LOCK_SECONDS
    while (found := cluster.running()) is not None:
        if found.ready:
            return found, False
        # Left behind while starting or stopping by a process that was killed: either will end.
        if time.monotonic() > deadline:
            raise SettingError(f"The embedded PostgreSQL (process {found.pid}) neither starts nor stops.")
        time.sleep(0.02)
    return cluster.start(), True


def _urls(passwords: dict[str, str], found: Postmaster) -> tuple[DatabaseUrls, str]:
    def url(role: str) -> str:
        return socket_url(role, passwords[role], DATABASE, found.socket_dir, found.port)

    owner, app, sweeper, backup = (url(role) for role in ROLES)
    admin = url(ADMINISTRATOR)
    return DatabaseUrls(app=app, owner=owner, sweeper=sweeper, backup=backup, admin=admin), admin


def _prepare(data: Path, passwords: dict[str, str], found: Postmaster) -> None:
    """Make roles and database, once for each version of what they should be."""
    marker = data / "tocsin.roles"
    if marker.exists() and marker.read_text() == str(ROLES_VERSION):
        return
    # By way of the administrator's own database: ours may not exist yet.
    admin = socket_url(ADMINISTRATOR, passwords[ADMINISTRATOR], "postgres", found.socket_dir, found.port)
    with ThreadPoolExecutor(1) as thread:  # the caller may be inside an event loop
        thread.submit(lambda: asyncio.run(init_database(admin, DATABASE, passwords))).result()
    marker.write_text(str(ROLES_VERSION))


def _passwords(home: Path) -> dict[str, str]:
    """The passwords of all roles, made at the first call and kept in `secrets.json`."""
    path = home / "secrets.json"
    try:
        known = dict(json.loads(path.read_text())) if path.exists() else {}
    except ValueError:
        raise SettingError(f"{path} is damaged: restore it, or remove it together with {home / 'postgres'}.") from None
    if not known and (home / "postgres" / "PG_VERSION").exists():
        raise SettingError(f"{path} is missing, and with it the passwords of the database in {home / 'postgres'}.")
    missing = [role for role in (ADMINISTRATOR, *ROLES) if role not in known]
    if missing:
        known |= {role: secrets.token_urlsafe(24) for role in missing}
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(known, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    return known


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    """Hold the home's lock; it falls with the process, however that ends."""
    with (home / "postgres.lock").open("a") as file:
        deadline = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise SettingError(f"Another process has held {home / 'postgres.lock'} too long.") from None
                time.sleep(0.02)
        yield


def _register(home: Path) -> Path:
    """Note this process as a user of the server: the file's name holds its pid, its content when it was born."""
    folder = home / "postgres.users"
    folder.mkdir(exist_ok=True)
    pid = os.getpid()
    entry = folder / f"{pid}-{next(_numbers)}"
    entry.write_text(repr(psutil.Process(pid).create_time()))
    return entry


def _live_users(home: Path) -> int:
    """How many uses stand; files of processes that are gone are removed."""
    live = 0
    for entry in (home / "postgres.users").iterdir():
        if _lives(entry):
            live += 1
        else:
            entry.unlink(missing_ok=True)
    return live


def _lives(entry: Path) -> bool:
    try:
        process = psutil.Process(int(entry.name.partition("-")[0]))
        # A pid is used again after a while; the time of birth tells two processes apart (to the clock's tick).
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        born: float = process.create_time()
        return abs(born - float(entry.read_text())) < 1
    except (psutil.NoSuchProcess, ValueError):
        return False
