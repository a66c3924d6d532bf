"""The only list of features. Everything that must know all of them asks here."""

from __future__ import annotations

import importlib
import importlib.util
from functools import cache

from tocsin.activity.service import SUBSCRIPTIONS
from tocsin.base.manifest import Module
from tocsin.modules.service import register
from tocsin.tenancy.service import SEEDS

_ROOMS = (
    *("activity", "tenancy", "access", "modules", "notifications", "classification", "sla", "incidents"),
    *("collaboration", "escalation", "reminders", "intake"),
)


@cache
def modules() -> tuple[Module, ...]:
    """All manifests, lowest floor first; listeners, seeds and switches are registered on the first call."""
    found = tuple(
        importlib.import_module(f"tocsin.{room}.module").MODULE
        for room in _ROOMS
        if importlib.util.find_spec(f"tocsin.{room}.module")
    )
    for module in found:
        SUBSCRIPTIONS.add(module.name, module.handlers, module.reactions)
        SEEDS.extend(module.seeds)
    register(found)
    return found
