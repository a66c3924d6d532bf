"""The catalogue of the transaction's tenant, kept in the process for as long as the tenant's revision stands."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec

from tocsin.classification import store
from tocsin.classification.model import Catalogue, Category, Demands, Field, Priority, Status
from tocsin.db.tx import Tx
from tocsin.tenancy import service as tenancy

_KEPT: OrderedDict[UUID, tuple[int, Catalogue]] = OrderedDict()
_MOST = 2000


async def catalogue(tx: Tx) -> Catalogue:
    """The tenant's catalogue, by the revision the request was admitted at: a change in another process shows as soon as
    this one has heard of it (`db.signals`), in its own process at once.
    """
    if (mine := tx.memo.get("catalogue")) is not None:
        return mine  # type: ignore[no-any-return]
    tenant = await tenancy.current(tx)
    kept = _KEPT.get(tenant.id)
    if kept is not None and kept[0] == tenant.revision:
        _KEPT.move_to_end(tenant.id)
        return kept[1]
    found = _build(await store.catalogue(tx))
    _KEPT[tenant.id] = (tenant.revision, found)
    if len(_KEPT) > _MOST:
        _KEPT.popitem(last=False)
    return found


async def reread(tx: Tx) -> Catalogue:
    """The catalogue as this transaction has changed it (kept for this transaction only)."""
    found: Catalogue = _build(await store.catalogue(tx))
    tx.memo["catalogue"] = found
    return found


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
