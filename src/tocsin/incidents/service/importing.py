"""Incidents with a past of their own, from another system: written once, with history, clocks and trail as they were.

No permission but Tocsin's own opens this door: an import is an act of the operator. Its events carry the past's times and
the source `import`, for which no handler runs, so that nobody is told of what happened long ago.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.access import permissions
from tocsin.base.actor import Actor
from tocsin.base.ids import new_id
from tocsin.classification import service as classification
from tocsin.db.tx import Tx
from tocsin.incidents import rules, store
from tocsin.incidents.model import PastIncident
from tocsin.incidents.service.clock import next_due_of
from tocsin.incidents.service.replay import Replay
from tocsin.incidents.service.searching import add_words
from tocsin.incidents.store import importing
from tocsin.sla import service as sla
from tocsin.sla.model import clocks_of
from tocsin.tenancy import service as tenancy


async def lock_imports(tx: Tx) -> None:
    """Let one import at a time write into the tenant, until the commit."""
    await importing.lock(tx)


async def known_imports(tx: Tx, keys: Sequence[str]) -> set[str]:
    """Those of the import keys that are there already."""
    return await importing.known_keys(tx, keys)


async def reporters_by_name(tx: Tx, actor: Actor, names: Iterable[str]) -> tuple[dict[str, UUID], int]:
    """Reporters of whom only the name is known, to the letter, and how many are recorded only now."""
    actor.must(permissions.CREATE)
    wanted = sorted(set(names))
    found = await importing.reporters(tx, wanted)
    made = await importing.add_reporters(tx, [name for name in wanted if name not in found])
    return found | made, len(made)


async def import_incidents(tx: Tx, actor: Actor, past: Sequence[PastIncident]) -> list[UUID]:
    """Write incidents that are not there yet, numbered in the order given; the ids of those written.

    `actor` is Tocsin with the source `import`. One import at a time writes into a tenant; an import key that another
    one has written meanwhile is left out.
    """
    actor.must(permissions.CREATE)
    await importing.lock(tx)
    known = await importing.known_keys(tx, [one.import_key for one in past])
    fresh = [one for one in past if one.import_key not in known]
    if not fresh:
        return []
    numbers = await importing.next_numbers(tx.database, tx.tenant_id, len(fresh))
    return [await _write(tx, actor, one, number) for one, number in zip(fresh, numbers, strict=True)]


async def _write(tx: Tx, actor: Actor, past: PastIncident, number: int) -> UUID:
    catalogue = await classification.catalogue(tx)
    prefix = (await tenancy.current(tx)).settings.reference_prefix
    incident_id, code = new_id(), rules.reference_code(prefix, number)
    life = Replay(past, catalogue.default_status)
    history = await sla.replay(tx, life.first_case, started_at=past.created_at, moments=life.moments)
    clocks = clocks_of(history) if history is not None else None
    values: dict[str, Any] = {
        "id": incident_id,
        "reference_no": number,
        "reference_code": code,
        **_plain(past),
        **life.columns(),
        "due_at": clocks.resolution_due_at if clocks is not None else None,
        "next_due_at": rules.queue_time(next_due_of(clocks)) if clocks is not None and life.status.is_open else None,
        "is_breached": clocks is not None and clocks.is_breached,
    }
    await store.record.insert(tx, values)
    await add_words(tx, values, None)
    if history is not None:
        await sla.record(tx, incident_id, history)
    for user_id, since, until in life.assignments:
        await _assignment(tx, incident_id, user_id, since, until)
    clocks = await sla.first_clocks(tx, life.first_case, past.created_at)
    first_due = clocks.resolution_due_at if clocks is not None else None
    for event in life.events(actor, incident_id, code, first_due):
        tx.emit(event)
    return incident_id


def _plain(past: PastIncident) -> dict[str, Any]:
    return {
        "title": past.title,
        "description": past.description,
        "impact": past.impact,
        "metadata": past.metadata,
        "import_key": past.import_key,
        "source": "import",
        "reported_via": "internal",
        "reported_by_reporter_id": past.reporter_id,
        "created_at": past.created_at,
        "updated_at": past.updated_at,
    }


async def _assignment(tx: Tx, incident_id: UUID, user_id: UUID, since: datetime, until: datetime | None) -> None:
    await store.assignments.add(tx, incident_id, user_id, by=None, capacity="owner", at=since, ended_at=until)
