"""The shape of an answer: some fields only (`?fields=`), and what belongs to an incident beside them (`?include=`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from tocsin.access import permissions
from tocsin.base.actor import Actor
from tocsin.base.errors import ModuleDisabled, invalid
from tocsin.base.manifest import INCLUDED, Include
from tocsin.db.tx import Tx
from tocsin.incidents import store
from tocsin.incidents.model import IncidentView, watcher_from

WATCHERS = Include("watchers", store.people.INCLUDED_WATCHERS, watcher_from, permissions.VIEW)
MORE = "more"
"""The field that names the includes of which not all are shown."""
_FIELDS = IncidentView.__struct_fields__


@dataclass(slots=True)
class Includes:
    """Everything that can be included, with the module that each belongs to. Filled once by `wiring`."""

    known: dict[str, tuple[str, Include]] = field(default_factory=dict)

    def add(self, module: str, includes: Iterable[Include]) -> None:
        """Add a module's includes."""
        for one in includes:
            if one.name in self.known or one.name in (*_FIELDS, MORE):
                raise ValueError(f"two things of an incident are named {one.name}")
            self.known[one.name] = (module, one)


INCLUDES = Includes()


@dataclass(frozen=True, slots=True)
class Shape:
    """Which fields an answer shows (None: all), and what it includes."""

    fields: tuple[str, ...] | None = None
    includes: tuple[Include, ...] = ()

    @property
    def parts(self) -> list[tuple[str, str]]:
        """What is included, for the statement that reads it."""
        return [(one.name, one.sql) for one in self.includes]


WHOLE = Shape()


def shape_of(tx: Tx, actor: Actor, fields: str | None, include: str | None) -> Shape:
    """The shape that two parameters ask for. Raises `Invalid`, `Forbidden` for what the actor may not see, `ModuleDisabled`."""
    if fields is None and include is None:
        return WHOLE
    names = _names(include, "include", INCLUDES.known) if include is not None else ()
    for name in names:
        module, one = INCLUDES.known[name]
        if module in tx.memo.get("disabled_modules", ()):
            raise ModuleDisabled(
                "The module {module} is switched off; an administrator can switch it on.", module=module
            )
        if one.permission is not None:
            actor.must(one.permission)
    shown = _names(fields, "fields", (*_FIELDS, *names)) if fields is not None else None
    return Shape(shown, tuple(one for _, one in INCLUDES.known.values() if one.name in names))


def _names(text: str, parameter: str, allowed: Iterable[str]) -> tuple[str, ...]:
    known = tuple(allowed)
    names = dict.fromkeys(name.strip() for name in text.split(","))
    for name in names:
        if name not in known:
            raise invalid(
                parameter, "There is no {name} here; name any of {names}.", name=repr(name[:80]), names=", ".join(known)
            )
    return tuple(names)


async def shaped(tx: Tx, actor: Actor, incident: IncidentView, shape: Shape) -> Any:
    """An incident in a shape; one statement more for all that is included."""
    if not shape.includes:
        return put(incident, None, shape)
    row = await store.page.included(tx, incident.id, shape.parts, public_only=not actor.can(permissions.VIEW))
    return put(incident, row, shape)


def put(incident: IncidentView, row: Any, shape: Shape) -> Any:
    """An incident in a shape; `row` holds the lists of what is included."""
    if shape is WHOLE:
        return incident
    fields = shape.fields if shape.fields is not None else _FIELDS
    shown = ((name, getattr(incident, name)) for name in fields if name in _FIELDS)
    found = {name: value for name, value in shown if value is not msgspec.UNSET}
    return found | _belongings(row, shape.includes) if shape.includes else found


def _belongings(row: Any, includes: Iterable[Include]) -> dict[str, Any]:
    lists = {one.name: row[one.name] or [] for one in includes}
    shown = {one.name: [one.show(_revived(item)) for item in lists[one.name][:INCLUDED]] for one in includes}
    return shown | {MORE: [name for name, items in lists.items() if len(items) > INCLUDED]}


def _revived(row: dict[str, Any]) -> dict[str, Any]:
    """A row that has travelled as JSON, with its ids, times and bytes as the driver would give them."""
    return {name: _value(name, value) for name, value in row.items()}


def _value(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_revived(item) if isinstance(item, dict) else item for item in value]
    if not isinstance(value, str):
        return value
    if name == "id" or name.endswith("_id"):
        return UUID(value)
    if name.endswith("_at"):
        return datetime.fromisoformat(value).astimezone(UTC)
    return bytes.fromhex(value[2:]) if name == "sha256" else value
