"""The catalogue of the transaction's tenant, kept in the process for as long as the tenant's revision stands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec

from tocsin.classification import store
from tocsin.classification.model import Catalogue, Category, Demands, Field, Priority, Status
from tocsin.db.tx import Tx
from tocsin.tenancy.service.kept import Kept


async def _read(tx: Tx) -> Catalogue:
    return _build(await store.catalogue(tx))


_KEPT = Kept("catalogue", _read)
catalogue = _KEPT.get
reread = _KEPT.reread


async def names(tx: Tx, ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names of categories, priorities, statuses and custom fields."""
    found = await catalogue(tx)
    entries: list[Category | Priority | Status | Field] = [
        *found.categories.values(),
        *found.priorities.values(),
        *found.statuses.values(),
        *found.fields.values(),
    ]
    wanted = set(ids)
    return {entry.id: entry.name for entry in entries if entry.id in wanted}


def _build(rows: list[Any]) -> Catalogue:
    made: dict[str, list[Any]] = {kind: [] for kind in _MAKERS}
    transitions = {}
    for row in rows:
        if row["kind"] == "transition":
            transitions[row["id"], row["other"]] = msgspec.convert(row["more"], Demands)
        else:
            common = {name: row[name] for name in ("id", "slug", "name", "is_active")}
            made[row["kind"]].append(_MAKERS[row["kind"]](row, common))
    fields = sorted(made["field"], key=lambda field: (field.sort_order, field.id))
    return Catalogue(made["category"], made["priority"], made["status"], transitions, fields)


def _category(row: Any, common: dict[str, Any]) -> Category:
    return Category(**common, **{name: row[name] for name in ("description", "type", "department")})


def _priority(row: Any, common: dict[str, Any]) -> Priority:
    targets = {name: row[name] for name in ("response_time_minutes", "resolution_time_minutes", "is_default")}
    return Priority(**common, level=row["number"], **targets)


def _status(row: Any, common: dict[str, Any]) -> Status:
    flags = {name: row[name] for name in ("is_terminal", "is_default", "is_resolved", "pauses_sla")}
    return Status(**common, sort_order=row["number"], **flags)


def _field(row: Any, common: dict[str, Any]) -> Field:
    about = {**row["more"], "categories": [UUID(category) for category in row["more"]["categories"]]}
    return Field(**common, **about, description=row["description"], type=row["type"], sort_order=row["number"])


_MAKERS = {"category": _category, "priority": _priority, "status": _status, "field": _field}
