from __future__ import annotations

from pathlib import Path

import pytest

from tocsin.base.errors import SettingError
from tocsin.base.settings import Settings
from tocsin.db.urls import (
    DatabaseUrls,
    socket_url,
    urls_from_settings,
    with_database,
    with_login,
    without_password,
)

SOCKET = "postgresql://tocsin_app:p%40ss@/tocsin?host=/run/pg&port=5433"


def test_a_socket_url() -> None:
    assert socket_url("tocsin_app", "p@ss", "tocsin", "/run/pg", 5433) == SOCKET


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (SOCKET, "postgresql://o:w%2F@/d?host=/run/pg&port=5433"),
        (
            "postgresql://root:x@db.test:6432/postgres?sslmode=require",
            "postgresql://o:w%2F@db.test:6432/d?sslmode=require",
        ),
        ("postgresql:///postgres?host=/run/pg&user=root&password=x", "postgresql://o:w%2F@/d?host=/run/pg"),
    ],
)
def test_another_login(url: str, expected: str) -> None:
    assert with_login(url, "o", "w/", "d") == expected


def test_another_database() -> None:
    assert with_database(SOCKET, "a b") == SOCKET.replace("/tocsin?", "/a%20b?")


def test_passwords_stay_out_of_messages() -> None:
    assert without_password(SOCKET) == "postgresql://tocsin_app@/tocsin"
    assert without_password("postgresql://u:x@db.test:1/d") == "postgresql://u@db.test:1/d"
    assert "hunter2" not in repr(DatabaseUrls(*["hunter2"] * 5))


def test_urls_of_the_settings() -> None:
    assert urls_from_settings(Settings(home=Path("var"))) is None
    given = Settings(home=Path("var"), database_url="a", owner_url="o", sweeper_url="s")
    assert urls_from_settings(given) == DatabaseUrls("a", "o", "s")
    with pytest.raises(SettingError, match="TOCSIN_OWNER_URL"):
        urls_from_settings(Settings(home=Path("var"), database_url="a"))
