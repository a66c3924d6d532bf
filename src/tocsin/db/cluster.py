"""One PostgreSQL data directory: made, configured, started, found again and stopped."""

from __future__ import annotations

import hashlib
import locale
import os
import re
import shutil
import signal
import socket
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from tocsin.base.errors import SettingError
from tocsin.db.programs import Programs

START_SECONDS = 120  # recovery after a crash may take a while
STOP_SECONDS = 60

# A socket's path holds at most 107 bytes; its name takes up to 15 of them. Commas would split a URL's host.
_SOCKET_DIR_BYTES = 92
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/._+-]+")

_CONFIGURATION = """\
# Written by Tocsin at every start; put changes of your own into postgresql.conf after the include.
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{socket_dir}'
unix_socket_permissions = 0700
password_encryption = 'scram-sha-256'
max_connections = 100
shared_buffers = '{buffers}MB'
shared_preload_libraries = '{preload}'
effective_cache_size = '1GB'
work_mem = '8MB'
maintenance_work_mem = '128MB'
random_page_cost = 1.1
jit = off
fsync = on
full_page_writes = on
synchronous_commit = on
wal_compression = off
max_wal_size = '2GB'
checkpoint_timeout = '15min'
timezone = 'UTC'
log_timezone = 'UTC'
logging_collector = on
log_directory = 'log'
log_filename = 'postgresql-%a.log'
log_rotation_age = '1d'
log_rotation_size = 0
log_truncate_on_rotation = on
log_line_prefix = '%m [%p] %q%u@%d '
log_checkpoints = off
log_min_duration_statement = '2s'
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
"""
_ACCESS = """\
# Every login gives its password, on the socket as well.
local all all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
"""


_MEMORY_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
"""Where a container is told how much it may use: a number of bytes, or `max`."""


def _memory_limit() -> int | None:
    for path in map(Path, _MEMORY_LIMITS):
        if path.is_file() and (text := path.read_text().strip()).isdigit():
            return int(text)
    return None


def _buffers(machine: int, limit: int | None) -> int:
    """Megabytes for PostgreSQL's own cache: an eighth of the memory (in bytes) that we may use, from 128 to 1024."""
    usable = machine if limit is None else min(machine, limit)
    return max(128, min(1024, usable // 8 // 2**20))


@dataclass(frozen=True, slots=True)
class Postmaster:
    """What a running server wrote into its postmaster.pid."""

    pid: int
    port: int
    socket_dir: str
    ready: bool


class Cluster:
    """The data directory `data`, run by `programs`. Callers hold the home's lock around every method."""

    def __init__(self, data: Path, programs: Programs) -> None:
        self.data = data
        self.programs = programs

    def exists(self) -> bool:
        """Whether the directory was initialised (to the end: it gets its name last)."""
        return (self.data / "PG_VERSION").exists()

    def create(self, password: str) -> None:
        """Initialise the directory; `password` becomes that of the administrator `postgres`."""
        fresh = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self.programs.own(fresh)
        handle, name = tempfile.mkstemp(dir=self.data.parent, prefix="postgres.", suffix=".pw")
        password_file = Path(name)
        try:
            with os.fdopen(handle, "w") as file:
                file.write(password + "\n")
            self.programs.own(password_file)
            self.programs.run("initdb", *self._initdb_options(), f"--pwfile={password_file}", "-D", str(fresh))
        finally:
            password_file.unlink()
        with (fresh / "postgresql.conf").open("a") as file:
            file.write("\ninclude 'tocsin.conf'\n")
        (fresh / "pg_hba.conf").write_text(_ACCESS)
        fresh.rename(self.data)

    def _initdb_options(self) -> list[str]:
        options = ["-U", "postgres", "--encoding=UTF8", "--no-sync", "--auth=scram-sha-256"]
        # LC_CTYPE decides which letters text search knows: with plain C only those of ASCII.
        ctype = _unicode_ctype()
        options += ["--locale=C", f"--lc-ctype={ctype}"]
        if self.programs.major_version() >= 17:
            options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        return options

    def running(self) -> Postmaster | None:
        """The server of this directory when its process lives, be it ready or not."""
        found = self._read_pid_file()
        return found if found is not None and self._is_ours(found.pid) else None

    def start(self) -> Postmaster:
        """Start the server and wait until it accepts connections. Raises `SettingError` with the log's last words."""
        self._check_startable()
        self._drop_foreign_pid_file()
        deadline = time.monotonic() + START_SECONDS
        port = self._last_port()
        while True:
            self._configure(port)
            found, complaint = self._start_once(deadline)
            if found is not None:
                return found
            if "in use" not in complaint or time.monotonic() > deadline:
                raise SettingError(f"The embedded PostgreSQL does not start: {complaint}")
            # The port was taken between our look and the bind, or processes of a killed server still finish.
            port = free_port()
            time.sleep(0.1)

    def _start_once(self, deadline: float) -> tuple[Postmaster | None, str]:
        log = self.data / "startup.log"
        log.unlink(missing_ok=True)
        # pg_ctl leaves the server to init, so it is nobody's zombie; the waiting is ours, finer than pg_ctl's.
        self.programs.run("pg_ctl", "-D", str(self.data), "-l", str(log), "-W", "start")
        born = time.monotonic()
        while time.monotonic() < deadline:
            found = self.running()
            if found is not None and found.ready:
                return found, ""
            if found is None and time.monotonic() - born > 0.5 and not self._starting():
                return None, _complaint(log, self.data / "log")
            time.sleep(0.01)
        return None, f"it was not ready after {START_SECONDS} s; see {self.data / 'log'}"

    def _starting(self) -> bool:
        """Whether a server process works in this directory (before it has written its pid file)."""
        target = str(self.data)
        for process in psutil.process_iter(["name", "cmdline"]):
            if process.info["name"] == "postgres" and target in (process.info["cmdline"] or []):
                return bool(process.status() != psutil.STATUS_ZOMBIE)
        return False

    def stop(self) -> None:
        """Stop the server: clients are disconnected, what is committed is on disk. Nothing to do when none runs."""
        found = self.running()
        if found is None:
            return
        for sign in (signal.SIGINT, signal.SIGQUIT):  # fast; then immediate (the next start recovers)
            os.kill(found.pid, sign)
            deadline = time.monotonic() + STOP_SECONDS
            while time.monotonic() < deadline:
                if not self._is_ours(found.pid):
                    self._remove_short_socket_dir(Path(found.socket_dir))
                    return
                time.sleep(0.01)
        raise SettingError(f"The embedded PostgreSQL (process {found.pid}) does not stop.")

    def _remove_short_socket_dir(self, path: Path) -> None:
        if path != self.data and path.exists() and not any(path.iterdir()):
            path.rmdir()

    def socket_dir(self) -> Path:
        """Where the Unix socket stands: the data directory, or a short private one when its path is too long."""
        text = str(self.data)
        if len(text.encode()) <= _SOCKET_DIR_BYTES and _PLAIN_PATH.fullmatch(text):
            return self.data
        name = hashlib.sha256(text.encode()).hexdigest()[:12]
        short = Path(tempfile.gettempdir()) / f"tocsin-{name}"
        try:
            short.mkdir(mode=0o700)
            self.programs.own(short)
        except FileExistsError:
            owner = self.programs.user.uid if self.programs.user else os.geteuid()
            if short.is_symlink() or short.stat().st_uid != owner:
                raise SettingError(f"{short} belongs to somebody else; remove it or move TOCSIN_HOME.") from None
        return short

    def _configure(self, port: int) -> None:
        text = _CONFIGURATION.format(
            port=port,
            socket_dir=str(self.socket_dir()).replace("'", "''"),
            buffers=_buffers(psutil.virtual_memory().total, _memory_limit()),
            preload="pg_prewarm" if self.programs.has_library("pg_prewarm") else "",
        )
        path = self.data / "tocsin.conf"
        path.write_text(text)
        self.programs.own(path)

    def _last_port(self) -> int:
        """The port of the last run while it is free, so that a noted URL stays true; else any free one."""
        path = self.data / "tocsin.conf"
        found = re.search(r"^port = (\d+)$", path.read_text(), re.MULTILINE) if path.exists() else None
        return int(found.group(1)) if found and _is_free(int(found.group(1))) else free_port()

    def _check_startable(self) -> None:
        made_by = int((self.data / "PG_VERSION").read_text().split(".")[0])
        ours = self.programs.major_version()
        if made_by != ours:
            raise SettingError(
                f"The database in {self.data} was made by PostgreSQL {made_by}, the programs in "
                f"{self.programs.directory} are version {ours}: set TOCSIN_PG_BIN to version {made_by}."
            )
        if self.programs.user is None and self.data.stat().st_uid != os.geteuid():
            raise SettingError(f"The database in {self.data} belongs to another user: start Tocsin as that user.")

    def _read_pid_file(self) -> Postmaster | None:
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return None
        if len(lines) < 5 or not lines[0].strip().isdigit() or not lines[3].strip().isdigit():
            return None
        status = lines[7].strip() if len(lines) > 7 else ""
        return Postmaster(int(lines[0]), int(lines[3]), lines[4].strip(), status == "ready")

    def _is_ours(self, pid: int) -> bool:
        """Whether `pid` is a live server of this directory; after a reboot the number may be another program's."""
        try:
            process = psutil.Process(pid)
            if process.status() == psutil.STATUS_ZOMBIE or not process.name().startswith("postgres"):
                return False
            return Path(process.cwd()) == self.data.resolve()
        except psutil.AccessDenied:
            return True  # a postgres of another user; its pid stands in our file
        except psutil.NoSuchProcess:
            return False

    def _drop_foreign_pid_file(self) -> None:
        """Remove a stale pid file whose number now belongs to another program: PostgreSQL would refuse to start.

        A number that belongs to nobody is left to PostgreSQL, which then looks for surviving children itself.
        """
        found = self._read_pid_file()
        if found is None or not psutil.pid_exists(found.pid) or self._is_ours(found.pid):
            return
        (self.data / "postmaster.pid").unlink()
        for name in (f".s.PGSQL.{found.port}", f".s.PGSQL.{found.port}.lock"):
            (Path(found.socket_dir or self.data) / name).unlink(missing_ok=True)


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as PostgreSQL binds
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _unicode_ctype() -> str:
    """A LC_CTYPE of this machine that knows Unicode's letters, else C."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in ("C.UTF-8", "C.utf8", "en_US.UTF-8"):
            try:
                locale.setlocale(locale.LC_CTYPE, name)
            except locale.Error:
                continue
            return name
        return "C"
    finally:
        locale.setlocale(locale.LC_CTYPE, before)


def _complaint(startup_log: Path, log_directory: Path) -> str:
    """The last FATAL or hint of a failed start, from wherever it was written."""
    logs = sorted(log_directory.glob("*.log"), key=lambda path: path.stat().st_mtime) if log_directory.exists() else []
    lines: list[str] = []
    for path in (startup_log, *logs[-1:]):
        if path.exists():
            lines += path.read_text(errors="replace").splitlines()[-20:]
    telling = [line for line in lines if "FATAL" in line or "in use" in line or "PANIC" in line]
    return " / ".join(line.strip() for line in (telling or lines)[-3:]) or "it left no message"
