"""What an operator's shell may hand over: arguments and files as odd as file systems allow."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.test_cli import TOCSIN, environment, run

EXCERPT = Path(__file__).parents[1] / "intake" / "fixtures" / "servicenow_excerpt.csv"
ODD = os.fsdecode(b"odd \xff")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the tenant `acme`."""
    made = tmp_path_factory.mktemp("operator")
    done = run(made, "tenant", "create", "acme", "--name", "Acme")
    assert done.returncode == 0, done.stderr
    return made


@pytest.mark.parametrize(
    "arguments",
    [
        ("tenant", "create", "odd", "--name", ODD),
        ("token", "create", "--tenant", ODD, "--role", "viewer"),
        ("token", "create", "--tenant", "acme", "--role", ODD),
        ("import", "servicenow", ODD, "--tenant", "acme"),
    ],
)
def test_an_argument_that_is_not_text_is_one_clear_line(home, arguments):
    done = run(home, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "tocsin: The argument odd \\udcff is not UTF-8 text.\n"


def test_a_password_that_is_not_text_is_refused(home):
    command = [
        *TOCSIN,
        "user",
        "create",
        "--tenant",
        "acme",
        "--email",
        "a@b.example",
        "--name",
        "A",
        "--role",
        "agent",
    ]
    done = subprocess.run(
        [*command, "--password-stdin"],
        env=environment(home, PYTHONIOENCODING="utf-8:surrogateescape"),
        input=b"long enough \xff\n",
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.endswith(b"Error: The password is not UTF-8 text.\n")


def test_an_import_reports_and_is_repeatable_whatever_the_file_is_called(home, tmp_path):
    file = tmp_path / ODD
    shutil.copy(EXCERPT, file)
    with file.open("a") as added:
        added.write("not,a,row\n")
    dry, first, again = (
        run(home, "import", "servicenow", str(file), "--tenant", "acme", *more) for more in (["--dry-run"], [], [])
    )
    for done, made, known in ((dry, 38, 0), (first, 38, 0), (again, 0, 38)):
        assert done.returncode == 0, done.stderr
        counts = {name.strip(): int(count) for name, count in _counts(done.stdout)}
        assert counts["incidents would be made" if done is dry else "incidents made"] == made
        assert counts["incidents already there"] == known
        assert counts["rows refused"] == 1
        assert "3 fields where the header names 36" in done.stdout
    assert "every chain is whole" in run(home, "audit", "verify", "--tenant", "acme").stdout


def _counts(report: str) -> list[tuple[str, str]]:
    lines = [line.rsplit("  ", 1) for line in report.splitlines() if line.startswith("  ")]
    return [(name, count.replace(",", "")) for name, count in lines if count.strip().replace(",", "").isdigit()]


def test_a_policy_that_is_not_there_cannot_be_rehearsed(home, tmp_path):
    asked = ("rehearse", "Night", "--tenant", "acme", "--from", "2026-01-01", "--to", "2026-01-02")
    done = run(home, *asked)
    assert (done.returncode, done.stderr) == (1, "tocsin: There is no policy Night.\n")
    draft = tmp_path / "draft.json"
    draft.write_text('{"colour": "red"}', encoding="utf-8")
    done = run(home, *asked, "--draft", str(draft))
    assert done.returncode == 2
    assert "colour" in done.stderr
