"""The command line as the operator's shell sees it: real processes on a home of their own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

import httpx
import psutil
import pytest

from tests.db.servers import fresh_database

TOCSIN = [sys.executable, "-m", "tocsin"]


def environment(home: Path, **more: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
    return {**clean, "TOCSIN_HOME": str(home), **more}


def run(home: Path, *args: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*TOCSIN, *args], env=environment(home, **more), capture_output=True, text=True, timeout=60, check=False
    )


class Serving:
    """A `tocsin serve` that is ready; whatever is left of it is killed in the end."""

    def __init__(self, home: Path, *args: str, **more: str) -> None:
        self.home = home
        self._log = home / "serve.log"
        with self._log.open("w") as log:
            self.parent = subprocess.Popen(
                [*TOCSIN, "serve", "--port", "0", *args],
                env=environment(home, **more),
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        assert self.parent.stdout is not None
        line = self.parent.stdout.readline()
        assert line.startswith("Tocsin serves on http://127.0.0.1:"), line + self.errors()
        self.url = line.split()[-1]

    def errors(self) -> str:
        """What was said on stderr."""
        return self._log.read_text()

    def processes(self) -> list[psutil.Process]:
        """The parent, its children and the PostgreSQL of the home."""
        found = [psutil.Process(self.parent.pid), *psutil.Process(self.parent.pid).children(recursive=True)]
        pid_file = self.home / "postgres" / "postmaster.pid"
        if pid_file.exists():
            found.append(psutil.Process(int(pid_file.read_text().splitlines()[0])))
        return found

    def worker(self) -> psutil.Process | None:
        """The worker process, when it runs."""
        for process in psutil.Process(self.parent.pid).children():
            with suppress(psutil.NoSuchProcess):  # it has died meanwhile, or waits to be reaped
                if "tocsin.worker" in process.cmdline():
                    return process
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.parent.poll() is None:
            for process in self.processes():
                process.kill()
        self.parent.wait()
        assert self.parent.stdout is not None
        self.parent.stdout.close()


def gone(processes: list[psutil.Process], seconds: float) -> bool:
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    return not [process for process in alive if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


def wait_for(check, seconds: float = 10.0):
    deadline = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


@pytest.fixture(scope="module")
def own_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that the first test fills."""
    return tmp_path_factory.mktemp("cli")


def test_help_is_quick(own_home):
    best = 9.0
    done = run(own_home, "--help")
    for _ in range(3):
        began = time.monotonic()
        run(own_home, "--help")
        best = min(best, time.monotonic() - began)
    assert done.returncode == 0
    for command in ("serve", "worker", "demo", "db", "doctor"):
        assert f"  {command} " in done.stdout
    assert best < 0.6  # 0.2 s on a machine that does nothing else
    assert not (own_home / "postgres").exists()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"TOCSIN_POOL_SIZE": "many"}, "TOCSIN_POOL_SIZE"),
        ({"TOCSIN_NONSENSE": "1"}, "TOCSIN_NONSENSE"),
        ({"TOCSIN_CONFIG": "/nowhere.toml"}, "TOCSIN_CONFIG"),
        ({"TOCSIN_SMTP_URL": "smtp://mail.example.com?tls=yes"}, "TOCSIN_SMTP_URL"),
        ({"TOCSIN_TRUSTED_PROXIES": "proxy"}, "TOCSIN_TRUSTED_PROXIES"),
        ({"TOCSIN_FILES_URL": "file:///dev/null/files"}, "TOCSIN_FILES_URL"),
        ({"TOCSIN_HOME": "/dev/null/home"}, "TOCSIN_HOME"),
        ({"TOCSIN_DATABASE_URL": "postgresql://a@127.0.0.1:1/x"}, "TOCSIN_OWNER_URL"),
    ],
)
def test_a_wrong_setting_is_one_clear_line(own_home, changes, named):
    done = run(own_home, "serve", "--port", "0", **changes)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert named in done.stderr


def test_wrong_usage(own_home):
    assert run(own_home, "nonsense").returncode == 2
    assert run(own_home, "serve", "--port", "70000").returncode == 2


@pytest.mark.slow
def test_serving_and_ending(own_home):
    with Serving(own_home) as server:
        assert httpx.get(f"{server.url}/health/live").json() == {"status": "live"}
        assert httpx.get(f"{server.url}/health/ready").json() == {"status": "ready"}
        assert httpx.get(f"{server.url}/api/openapi.json").json()["openapi"].startswith("3.1")
        refused = httpx.get(f"{server.url}/api/notifications/v1/deliveries")
        assert (refused.status_code, refused.headers["content-type"]) == (401, "application/problem+json")
        metrics = httpx.get(f"{server.url}/metrics")
        assert 'tocsin_http_requests_total{method="GET",route="/health/live",status="200"} 1.0' in metrics.text
        assert "tocsin_db_connections_max 16.0" in metrics.text
        assert httpx.get(f"{server.url}/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 403
        wait_for(server.worker)
        processes = server.processes()
        assert len(processes) >= 4
        # Beside a running server: commands, and a second server on the same port.
        url = run(own_home, "db", "url")
        assert url.stdout.startswith("postgresql://tocsin_owner:")
        assert run(own_home, "db", "url", "--admin").stdout.startswith("postgresql://postgres:")
        assert run(own_home, "db", "status").returncode == 0
        assert "Nothing to do" in run(own_home, "db", "migrate").stdout
        doctor = run(own_home, "doctor")
        assert "FAIL" not in doctor.stdout, doctor.stdout
        assert doctor.returncode == 0
        second = run(own_home, "serve", "--port", server.url.rsplit(":", 1)[1])
        assert second.returncode == 2
        assert "Cannot listen on 127.0.0.1:" in second.stderr
        os.killpg(server.parent.pid, signal.SIGINT)  # as Ctrl-C does: every process of the terminal gets it
        began = time.monotonic()
        assert gone(processes, 10)
        assert time.monotonic() - began < 10
        assert server.parent.wait() == 0
        assert "Traceback" not in server.errors()


@pytest.mark.slow
def test_nothing_outlives_a_parent_that_was_killed(own_home):
    with Serving(own_home) as server:
        wait_for(server.worker)
        processes = server.processes()
        server.parent.kill()
        assert gone(processes, 15)


@pytest.mark.slow
def test_a_worker_that_dies_is_replaced_and_web_processes_too(own_home):
    with Serving(own_home, "--workers", "2") as server:
        first = wait_for(server.worker)
        first.kill()
        second = wait_for(lambda: (found := server.worker()) and found.pid != first.pid and found)
        web = [p for p in psutil.Process(server.parent.pid).children() if p.pid != second.pid]
        assert len(web) == 2
        web[0].kill()
        wait_for(lambda: len([p for p in psutil.Process(server.parent.pid).children() if p.pid != web[0].pid]) == 3)
        wait_for(lambda: httpx.get(f"{server.url}/health/ready").status_code == 200)
        processes = server.processes()
        server.parent.terminate()
        assert gone(processes, 10)


@pytest.mark.slow
def test_a_database_that_dies_is_started_anew(own_home):
    with Serving(own_home) as server:
        before = next(process for process in server.processes() if process.name() == "postgres")
        before.kill()
        wait_for(lambda: httpx.get(f"{server.url}/health/ready").status_code == 503)
        gone_for_now = httpx.get(f"{server.url}/health/ready")
        assert gone_for_now.headers["retry-after"] == "2"
        assert httpx.get(f"{server.url}/health/live").status_code == 200
        wait_for(lambda: httpx.get(f"{server.url}/health/ready", timeout=10).status_code == 200, 20)
        processes = server.processes()
        server.parent.terminate()
        assert gone(processes, 10)


@pytest.mark.slow
def test_without_the_worker(own_home):
    with Serving(own_home, "--no-worker", TOCSIN_METRICS_TOKEN="s3cret") as server:
        time.sleep(0.5)
        assert server.worker() is None
        assert httpx.get(f"{server.url}/metrics").status_code == 403
        assert httpx.get(f"{server.url}/metrics", headers={"Authorization": "Bearer s3cret"}).status_code == 200
        *ours, postgres = server.processes()
        assert postgres.name() == "postgres"
        log = own_home / "worker.log"
        with (
            log.open("w") as file,
            subprocess.Popen([*TOCSIN, "worker"], env=environment(own_home), stderr=file) as beside,
        ):
            try:
                wait_for(lambda: "worker started" in log.read_text())
                server.parent.terminate()
                assert gone(ours, 10)
                assert postgres.is_running(), "the worker still uses it"
            finally:
                beside.terminate()
            assert beside.wait(10) == 0
        assert gone([postgres], 10)


async def test_a_server_of_ones_own_must_be_safe_and_migrated(own_home, server):
    urls = await fresh_database(server)
    others = {"TOCSIN_OWNER_URL": urls.owner, "TOCSIN_SWEEPER_URL": urls.sweeper}
    behind = run(own_home, "serve", "--port", "0", TOCSIN_DATABASE_URL=urls.app, **others)
    assert (behind.returncode, behind.stdout) == (2, "")
    assert "`tocsin db migrate`" in behind.stderr
    migrated = run(own_home, "db", "migrate", TOCSIN_DATABASE_URL=urls.app, **others)
    assert "Applied 0001_initial." in migrated.stdout, migrated.stderr
    for strong in (urls.admin, urls.backup):
        refused = run(own_home, "serve", "--port", "0", TOCSIN_DATABASE_URL=str(strong), **others)
        assert refused.returncode == 2
        assert "bypasses row security" in refused.stderr
        assert len(refused.stderr.strip().splitlines()) == 1
    worker = run(own_home, "worker", TOCSIN_DATABASE_URL=str(urls.admin), **others)
    assert worker.returncode == 2
    assert "bypasses row security" in worker.stderr


def test_a_database_that_is_not_there_is_one_clear_line(own_home):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"postgresql://tocsin_app:pw@127.0.0.1:{free.getsockname()[1]}/tocsin"
        done = run(
            own_home, "serve", "--port", "0", TOCSIN_DATABASE_URL=url, TOCSIN_OWNER_URL=url, TOCSIN_SWEEPER_URL=url
        )
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Cannot log in at postgresql://tocsin_app@127.0.0.1" in done.stderr
    assert "pw" not in done.stderr
