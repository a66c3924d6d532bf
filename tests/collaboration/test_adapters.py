"""The store of files is looked at before the server starts."""

from __future__ import annotations

import os

import pytest

from tocsin.base.errors import SettingError
from tocsin.base.settings import Settings
from tocsin.collaboration.adapters import files


def test_the_local_folder_is_made_for_us_alone(tmp_path):
    files.check_settings(Settings(home=tmp_path))
    assert (tmp_path / "files").stat().st_mode & 0o777 == 0o700


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path):
    (tmp_path / "taken").write_text("a file")
    for url in (f"file://{tmp_path}/taken/files", f"file://{tmp_path}/taken"):
        with pytest.raises(
            SettingError, match=f"^TOCSIN_FILES_URL: the folder {tmp_path}/taken.* cannot be used: [^\n]+$"
        ):
            files.check_settings(Settings(home=tmp_path, files_url=url))


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)  # as for anybody but root
    with pytest.raises(SettingError, match=r"^TOCSIN_HOME: the folder .*/files cannot be used: Permission denied\.$"):
        files.check_settings(Settings(home=tmp_path))


def test_a_bucket_that_is_set_up_by_half_is_one_line(tmp_path, monkeypatch):
    for name in ("AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT"):
        monkeypatch.delenv(name, raising=False)
    files.check_settings(Settings(home=tmp_path, files_url="s3://bucket/folder"))
    with pytest.raises(SettingError, match=r"^TOCSIN_FILES_URL: [^\n]*Account must be specified[^\n]*$"):
        files.check_settings(Settings(home=tmp_path, files_url="az://container"))
