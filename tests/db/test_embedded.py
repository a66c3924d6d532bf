from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg
import psutil
import pytest

from tests.db.servers import DEBIAN_15, login
from tocsin.base.errors import SettingError
from tocsin.db import cluster
from tocsin.db.embedded import EmbeddedServer, ensure_running
from tocsin.db.urls import with_login

# Another process of the same home: starts or joins, says so, and leaves when its stdin closes.
OTHER = """
import sys
from pathlib import Path
from tocsin.db.embedded import ensure_running
server = ensure_running(Path(sys.argv[1]))
print("started" if server.started_here else "joined", flush=True)
sys.stdin.read()
print("stopped" if server.stop() else "left", flush=True)
"""


@pytest.fixture
def home(tmp_path: Path):
    yield tmp_path / "home"
    pid_file = tmp_path / "home" / "postgres" / "postmaster.pid"
    if pid_file.exists():  # a failed test left its server
        ensure_running(tmp_path / "home").stop()


def other_process(home: Path) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-c", OTHER, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def end(process: subprocess.Popen[str]) -> str:
    out, _ = process.communicate(timeout=30)
    return out.strip()


def postmaster_pid(home: Path) -> int:
    return int((home / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def tcp_url(url: str, host: str = "127.0.0.1") -> str:
    """The same login over TCP, for tools that know no Unix sockets; a URL that names a host is returned unchanged."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    if not options.get("host", "").startswith("/"):
        return url
    login = parts.netloc.rpartition("@")[0]
    port = options.pop("port", "5432")
    del options["host"]
    return urlunsplit((parts.scheme, f"{login}@{host}:{port}", parts.path, urlencode(options), ""))


async def answers(server: EmbeddedServer) -> bool:
    async with login(server.urls.app) as conn:
        return await conn.fetchval("SELECT current_user") == "tocsin_app"


async def test_first_start_makes_everything_and_stop_ends_it(home: Path) -> None:
    server = ensure_running(home)
    assert server.started_here
    assert stat.S_IMODE((home / "secrets.json").stat().st_mode) == 0o600
    assert await answers(server)
    async with login(tcp_url(server.urls.owner)) as conn:
        assert await conn.fetchval("SELECT current_user || current_setting('server_encoding')") == "tocsin_ownerUTF8"
        assert await conn.fetchval("SELECT lower('ÄÖ') || to_tsvector('simple', 'Störung')::text") == "äö'störung':1"
        assert await conn.fetchval("SHOW synchronous_commit") == "on"
    pid = postmaster_pid(home)
    assert server.stop()
    assert not server.stop()
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


async def test_nobody_enters_without_the_password(server18: EmbeddedServer) -> None:
    for url in (server18.urls.app, tcp_url(server18.urls.app)):
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(with_login(url, "postgres", "guess", "tocsin"))


async def test_the_last_one_out_stops_the_server(home: Path) -> None:
    first = ensure_running(home)
    second = ensure_running(home)
    assert (first.started_here, second.started_here) == (True, False)
    assert not first.stop()
    assert await answers(second)
    assert second.stop()


async def test_a_command_leaves_the_server_of_another_process(home: Path) -> None:
    with ensure_running(home) as server:
        command, word = other_process(home)
        assert (word, end(command)) == ("joined", "left")
        assert await answers(server)


async def test_a_server_started_by_a_command_stays_for_who_joined(home: Path) -> None:
    command, word = other_process(home)
    with ensure_running(home) as server:
        assert (word, end(command)) == ("started", "left")
        assert await answers(server)


async def test_the_server_of_a_killed_process_is_reused(home: Path) -> None:
    command, _ = other_process(home)
    command.kill()
    command.communicate()
    server = ensure_running(home)
    assert not server.started_here
    assert await answers(server)
    assert server.stop()


def test_two_at_once_start_it_once(home: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", OTHER, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    words = sorted(process.stdout.readline().strip() for process in processes if process.stdout)
    assert words == ["joined", "joined", "started"]
    assert sorted(end(process) for process in processes) == ["left", "left", "stopped"]


async def test_a_killed_server_recovers_at_its_old_port(home: Path) -> None:
    first = ensure_running(home)
    process = psutil.Process(postmaster_pid(home))
    process.kill()
    process.wait(timeout=10)
    second = ensure_running(home)
    assert second.started_here
    assert second.urls == first.urls
    assert await answers(second)
    first.stop()
    assert second.stop()


async def test_a_stale_pid_that_is_now_another_program(home: Path) -> None:
    ensure_running(home).stop()
    pid_file = home / "postgres" / "postmaster.pid"
    port = next(
        line for line in (home / "postgres" / "tocsin.conf").read_text().splitlines() if line.startswith("port")
    )
    pid_file.write_text(f"{os.getpid()}\n{home / 'postgres'}\n1\n{port.split()[-1]}\n{home / 'postgres'}\n127.0.0.1\n")
    with ensure_running(home) as server:
        assert await answers(server)


async def test_a_long_path_with_odd_characters(tmp_path: Path) -> None:
    home = tmp_path / ("it's a long, odd name " * 5)
    with ensure_running(home) as server:
        assert await answers(server)
        socket_dir = Path(parse_qs(urlsplit(server.urls.app).query)["host"][0])
        assert socket_dir.exists()
    assert socket_dir.parent == Path(tempfile.gettempdir())
    assert not socket_dir.exists()


def test_data_of_another_version_is_refused_with_one_line(home: Path) -> None:
    if not DEBIAN_15.exists():
        pytest.skip("PostgreSQL 15 (Debian's postgresql-15) is not installed")
    with ensure_running(home):
        joined = ensure_running(home, DEBIAN_15)  # what runs is used as it is
        assert not joined.started_here
        joined.stop()
    with pytest.raises(SettingError, match="made by PostgreSQL 18"):
        ensure_running(home, DEBIAN_15)


@pytest.mark.parametrize("damage", ["missing", "damaged"])
def test_lost_secrets_are_told(home: Path, damage: str) -> None:
    ensure_running(home).stop()
    kept = (home / "secrets.json").read_text()
    if damage == "missing":
        (home / "secrets.json").unlink()
    else:
        (home / "secrets.json").write_text("{")
    with pytest.raises(SettingError, match=damage):
        ensure_running(home)
    (home / "secrets.json").write_text(kept)


def test_a_home_that_cannot_be_written_is_one_line(home: Path) -> None:
    (home / "postgres.lock").mkdir(parents=True)  # even root cannot open it as a file
    with pytest.raises(SettingError, match=f"^TOCSIN_HOME {home} cannot be used: {home}/postgres.lock: [^\n]+$"):
        ensure_running(home)


def test_no_programs_there(home: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="no PostgreSQL programs"):
        ensure_running(home, tmp_path)


@pytest.mark.parametrize(
    "machine, limit, found",
    [(24, None, 1024), (4, None, 512), (24, 2, 256), (1, None, 128), (0.25, None, 128), (8, 64, 1024)],
)
def test_the_cache_is_an_eighth_of_what_we_may_use(machine: float, limit: int | None, found: int) -> None:
    assert cluster._buffers(int(machine * 2**30), None if limit is None else limit * 2**30) == found
