"""Verbs on modules. The switch stands in the tenant's own row: jobs read it anew, requests as of their admission, which
a switch ends in every process (`db.signals`).
"""

from __future__ import annotations

from collections.abc import Iterable

from tocsin.access import permissions
from tocsin.base.actor import Actor
from tocsin.base.errors import NotFound, Refused
from tocsin.base.manifest import Module
from tocsin.db.tx import Tx
from tocsin.modules import events
from tocsin.modules.model import ModuleView
from tocsin.tenancy import service as tenancy

REGISTRY: dict[str, Module] = {}
"""Every module that a tenant sees, by name. Filled once by `wiring`, which alone knows them all."""


def register(modules: Iterable[Module]) -> None:
    """Make modules known."""
    REGISTRY.update({module.name: module for module in modules if not module.part_of})


async def list_modules(tx: Tx) -> list[ModuleView]:
    """Every module, lowest floor first, and whether this tenant has it on."""
    off = (await tenancy.current(tx)).disabled_modules
    return [_view(module, module.name not in off) for module in REGISTRY.values()]


async def switch(tx: Tx, actor: Actor, name: str, *, enabled: bool) -> ModuleView:
    """Switch a module on or off; nothing happens when it is so already.

    Raises `NotFound` for a name that is none, `Refused` for a module that the others stand on.
    """
    actor.must(permissions.MODULES_MANAGE)
    module = REGISTRY.get(name)
    if module is None:
        raise NotFound
    if module.always_on and not enabled:
        raise Refused("The module {name} carries the others; it can't be switched off.", name=name)
    if await tenancy.switch_module(tx, name, enabled=enabled):
        kind = events.ModuleEnabled if enabled else events.ModuleDisabled
        tx.emit(kind(actor=actor, facts={"module": name}))
    return _view(module, enabled)


def _view(module: Module, is_enabled: bool) -> ModuleView:
    return ModuleView(module.name, module.title, is_enabled, module.always_on)
