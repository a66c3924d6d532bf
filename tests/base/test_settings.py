from __future__ import annotations

from pathlib import Path

import pytest

from tocsin.base.errors import SettingError
from tocsin.base.settings import Settings, load_settings


def test_nothing_set_is_the_defaults():
    assert load_settings({"PATH": "/bin", "TOCSIN_POOL_SIZE": ""}) == Settings(home=Path("var").absolute())


@pytest.mark.parametrize(
    "name, text",
    [
        ("POOL_SIZE", "1001"),
        ("POOL_SIZE", "9" * 30),
        ("ATTACHMENT_LIMIT", str(2**40 + 1)),
        ("PUBLIC_RATE_PER_MINUTE", "0"),
        ("LOGIN_RATE_PER_MINUTE", "1000001"),
        ("SESSION_HOURS", "87601"),
        ("PUBLIC_URL", "tocsin.example"),
        ("PUBLIC_URL", "http://"),
        ("PUBLIC_URL", "http://[::1"),
        ("PUBLIC_URL", "https://tocsin.example:port"),
        ("PUBLIC_URL", "https://tocsin.example/?a=b"),
        ("FILES_URL", "ftp://files.example/x"),
        ("FILES_URL", "file://"),
        ("FILES_URL", "file://folder/files"),
        ("FILES_URL", "s3://"),
        ("FILES_URL", "s3:///folder"),
        ("DATABASE_URL", "postgresql://[::1/x"),
        ("TRUSTED_PROXIES", "proxy.example"),
        ("TRUSTED_PROXIES", "10.0.0.1, 10.0.0.0/8"),
        ("SMS_URL", "{phone}"),
        ("SLACK_URL", "general"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused_in_one_line(name, text):
    with pytest.raises(SettingError, match=f"^TOCSIN_{name}") as refused:
        load_settings({f"TOCSIN_{name}": text})
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "name, text",
    [
        ("POOL_SIZE", "1000"),
        ("PUBLIC_URL", "https://tocsin.example/desk"),
        ("PUBLIC_URL", "http://[::1]:8420"),
        ("FILES_URL", "file:///srv/tocsin"),
        ("FILES_URL", "file://localhost/srv/tocsin"),
        ("FILES_URL", "s3://bucket/folder"),
        ("DATABASE_URL", "postgresql:///tocsin?host=/run/postgresql"),
        ("TRUSTED_PROXIES", "10.0.0.1, ::1,"),
        ("SMS_URL", "twilio://sid:token@0123/{phone}"),
        ("SLACK_URL", "slack://a/b/c/#general"),
    ],
)
def test_what_can_be_meant_is_taken(name, text):
    others = {f"TOCSIN_{role}_URL": "postgresql://a@b/c" for role in ("OWNER", "SWEEPER")}
    taken = getattr(load_settings({**others, f"TOCSIN_{name}": text}), name.lower())
    assert str(taken) == text


@pytest.mark.parametrize("line", ["pool_size = true", "pool_size = 1.5", "home = 3", "nonsense = 1", "[home]\na = 1"])
def test_the_file_is_held_to_the_same(tmp_path, line):
    path = tmp_path / "tocsin.toml"
    path.write_text(line)
    with pytest.raises(SettingError):
        load_settings({"TOCSIN_CONFIG": str(path)})


def test_a_variable_wins_over_the_file(tmp_path):
    path = tmp_path / "tocsin.toml"
    path.write_text('pool_size = 3\nlog_level = "debug"\n')
    taken = load_settings({"TOCSIN_CONFIG": str(path), "TOCSIN_POOL_SIZE": "4"})
    assert (taken.pool_size, taken.log_level) == (4, "debug")
