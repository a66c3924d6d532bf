"""The catalogue of the transaction's tenant, kept in the process for as long as the tenant's revision stands."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from tocsin.classification import store
from tocsin.classification.model import Catalogue, Category, Priority, Status
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
    """The names of categories, priorities and statuses."""
    found = await catalogue(tx)
    entries: list[Category | Priority | Status] = [
        *found.categories.values(),
        *found.priorities.values(),
        *found.statuses.values(),
    ]
    wanted = set(ids)
    return {entry.id: entry.name for entry in entries if entry.id in wanted}


def _build(rows: list[Any]) -> Catalogue:
    categories, priorities, statuses, transitions = [], [], [], []
    for row in rows:
        common = {name: row[name] for name in ("id", "slug", "name", "is_active")}
        if row["kind"] == "category":
            about = {name: row[name] for name in ("description", "type", "department")}
            categories.append(Category(**common, **about))
        elif row["kind"] == "priority":
            targets = {name: row[name] for name in ("response_time_minutes", "resolution_time_minutes", "is_default")}
            priorities.append(Priority(**common, level=row["number"], **targets))
        elif row["kind"] == "status":
            flags = {name: row[name] for name in ("is_terminal", "is_default", "is_resolved", "pauses_sla")}
            statuses.append(Status(**common, sort_order=row["number"], **flags))
        else:
            transitions.append((row["id"], row["other"]))
    return Catalogue(categories, priorities, statuses, transitions)
