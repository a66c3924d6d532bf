"""The world outside: the file that `tocsin demo` leaves in its home, with the demo's logins."""

from __future__ import annotations

from pathlib import Path

import msgspec

FILE = "demo.json"


class DemoLogin(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody of the demo. Files of earlier versions have no name."""

    email: str
    password: str
    role: str
    name: str = ""


class DemoTenant(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation of the demo and who may log in there."""

    slug: str
    logins: list[DemoLogin]
    name: str = ""


def demo_tenants(home: Path) -> list[DemoTenant]:
    """The demo's organisations; none where there is no such file."""
    path = home / FILE
    return msgspec.json.decode(path.read_bytes(), type=list[DemoTenant]) if path.is_file() else []
