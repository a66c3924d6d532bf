"""A module as a tenant sees it."""

from __future__ import annotations

import msgspec


class ModuleView(msgspec.Struct, frozen=True):
    """A part of the server. What is `always_on` cannot be switched off."""

    name: str
    title: str
    is_enabled: bool
    always_on: bool
