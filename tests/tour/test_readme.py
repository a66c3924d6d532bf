"""The README's tour runs as it stands, against the demo started as the README says."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
BLOCKS = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """`tocsin demo --json --port 0` on an empty home; its one line."""
    environment = {**os.environ, "TOCSIN_HOME": str(tmp_path_factory.mktemp("tour"))}
    command = [str(Path(sys.executable).with_name("tocsin")), "demo", "--json", "--port", "0"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            yield json.loads(line)
        finally:
            process.send_signal(signal.SIGINT)
            rest, _ = process.communicate(timeout=30)
    assert rest == "", "stdout carries exactly one line"
    assert process.returncode == 0


def test_the_demo_names_what_the_contract_promises(demo: dict[str, Any]) -> None:
    assert [tenant["slug"] for tenant in demo["tenants"]] == ["acme", "globex", "lab"]
    for tenant in demo["tenants"]:
        assert set(tenant["tokens"]) == {"admin", "manager", "agent", "viewer"}
        assert {login["role"] for login in tenant["logins"]} >= {"admin", "manager", "agent", "viewer"}
        assert all(set(login) == {"email", "password", "role"} for login in tenant["logins"])


def test_the_tour_runs(demo: dict[str, Any]) -> None:
    script = "set -eu -o pipefail\n" + "".join(BLOCKS.findall((ROOT / "README.md").read_text()))
    environment = {**os.environ, "URL": demo["url"], "TOKEN": demo["tenants"][0]["tokens"]["admin"]}
    ran = subprocess.run(
        ["bash"], input=script, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert '"type":"IncidentResolved"' in ran.stdout
    assert '"tracking_url"' in ran.stdout


def test_every_link_of_the_readme_leads_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", (ROOT / "README.md").read_text())
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []
