from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from tocsin.base.errors import SettingError
from tocsin.db import programs
from tocsin.db.programs import Programs, find_programs

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as another user")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@as_root
def test_programs_installed_under_a_strict_umask_can_be_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shut = tmp_path / "shut"
    tree = shut / "pginstall"
    (tree / "bin").mkdir(parents=True)
    for name in ("postgres", "initdb"):
        shutil.copy("/bin/sh", tree / "bin" / name)
    (tree / "lib").mkdir()
    (tree / "lib" / "data").write_text("")
    subprocess.run(["chmod", "-R", "u=rwX,go=", str(shut)], check=True)
    monkeypatch.setattr(programs, "_wheel_directory", lambda: tree / "bin")
    found = find_programs(None, tmp_path / "home" / "postgres")
    assert found.user is not None
    assert (mode(shut), mode(tree / "bin" / "postgres"), mode(tree / "lib" / "data")) == (0o701, 0o705, 0o604)
    assert found.run("postgres", "-c", "id -u") == f"{found.user.uid}\n"


def test_a_failing_program_is_told_in_one_line(tmp_path: Path) -> None:
    script = tmp_path / "postgres"
    script.touch(0o755)
    for said in ("first\nno space left", "FATAL:  no space left\nchild process exited\nremoving the directory failed"):
        script.write_text(f"#!/bin/sh\necho '{said}' >&2\nexit 1\n")
        with pytest.raises(SettingError, match=r"^PostgreSQL's postgres failed: (FATAL:  )?no space left$"):
            Programs(tmp_path, None).run("postgres")
    with pytest.raises(SettingError, match="cannot be run"):
        Programs(tmp_path, None).run("initdb")


def test_the_environment_of_the_caller_leads_nobody_astray(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGDATA", "/elsewhere")
    script = tmp_path / "postgres"
    script.write_text('#!/bin/sh\necho "[$PGDATA]"\n')
    script.chmod(0o755)
    assert Programs(tmp_path, None).run("postgres") == "[]\n"
