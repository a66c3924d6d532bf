"""Running clocks that follow a change of what is promised, and what such a change would do before it is made.

A preview makes the change and takes it back again in the same transaction, so that it cannot tell anything else than what
saving does.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.base.actor import Actor
from tocsin.base.errors import Refused
from tocsin.classification import service as classification
from tocsin.classification.model import Catalogue
from tocsin.db.tx import Tx
from tocsin.incidents import events, store
from tocsin.incidents.service.access import lock_id
from tocsin.incidents.service.clock import note_due, sync_clock
from tocsin.sla import service as sla
from tocsin.sla.model import Case, IncidentName, Move, Preview
from tocsin.sla.service import Configuration, Following

MOST_FOLLOWING = 5000
"""So many clocks follow within one request; it is given up after 25 seconds."""
MOST_SHOWN = 1000
_BATCH = 500


@dataclass(frozen=True, slots=True)
class _Standing:
    """What was set at a moment: what promises are chosen from."""

    configuration: Configuration
    catalogue: Catalogue


@dataclass(frozen=True, slots=True)
class _Follower:
    """An open incident whose promise changes, with its due times before and after."""

    name: IncidentName
    title: str
    following: Following


class _Undo(Exception):
    """The change was made only to be looked at."""


Edit = Callable[[], Awaitable[Any]]


async def preview(tx: Tx, edit: Edit, *, calendar_id: UUID | None = None) -> Preview:
    """What an edit would do to the clocks that run. Nothing of it stays. Raises what the edit raises."""
    before = await _standing(tx)
    memo, emitted = dict(tx.memo), len(tx.emitted)
    found, checked = [], 0
    try:
        async with tx.savepoint():
            await edit()
            async for follower in _followers(tx, before, calendar_id):
                checked += 1
                if follower is not None:
                    found.append(follower)
            raise _Undo
    except _Undo:
        tx.memo.clear()
        tx.memo.update(memo)
        del tx.emitted[emitted:]
    return _shown(found, checked, tx.now)


async def save(tx: Tx, actor: Actor, edit: Edit, *, follow: bool, because: str, calendar_id: UUID | None = None) -> Any:
    """Make an edit; with `follow` the clocks that run take what is promised then. Answers what the edit answers.

    Raises what the edit raises, and `Refused` when more clocks would follow than one request can move.
    """
    if not follow:
        return await edit()
    before = await _standing(tx)
    answer = await edit()
    found = [follower async for follower in _followers(tx, before, calendar_id) if follower is not None]
    if len(found) > MOST_FOLLOWING:
        raise Refused(
            "{count} clocks would follow, and at most {most} can at once: save without, or narrow the change.",
            count=len(found),
            most=MOST_FOLLOWING,
        )
    for follower in found:
        await _take(tx, actor, follower, because)
    return answer


async def _take(tx: Tx, actor: Actor, follower: _Follower, because: str) -> None:
    incident = await lock_id(tx, follower.name.id)
    if incident is None or not incident.is_open:
        return
    await note_due(tx, incident.id)
    clocks = await sla.apply(tx, incident.id, follower.following.policy, follower.following.calendar)
    await sync_clock(tx, incident.id, clocks)
    if clocks is None or clocks.resolution_due_at == incident.due_at:
        return
    facts = {
        "from": incident.due_at,
        "to": clocks.resolution_due_at,
        "due_source": incident.due_source,
        "because": because,
    }
    tx.emit(events.DueChanged(actor=actor, incident_id=incident.id, facts=facts))


async def _standing(tx: Tx) -> _Standing:
    return _Standing(await sla.configuration(tx), await classification.catalogue(tx))


async def _followers(tx: Tx, before: _Standing, calendar_id: UUID | None) -> AsyncIterator[_Follower | None]:
    """For each open incident with clocks, in the order of creation: how it follows, or None where it is not concerned."""
    after = await _standing(tx)
    last: UUID | None = None
    while True:
        rows = await store.promises.running(tx, last, _BATCH)
        if not rows:
            return
        for row in rows:
            old, new = _case(row, before.catalogue), _case(row, after.catalogue)
            following = await sla.follow(tx, row, (before.configuration, old), (after.configuration, new), calendar_id)
            name = IncidentName(row["incident_id"], row["reference_code"])
            yield None if following is None else _Follower(name, row["title"], following)
        last = rows[-1]["incident_id"]


def _case(row: Any, catalogue: Catalogue) -> Case:
    priority = catalogue.priorities[row["priority_id"]]
    return Case(
        priority.response_time_minutes,
        priority.resolution_time_minutes,
        priority.slug,
        priority.id,
        row["category_id"],
        row["team_id"],
        row["organization"],
    )


def _shown(found: list[_Follower], checked: int, now: datetime) -> Preview:
    moves = [
        Move(
            incident=follower.name,
            title=follower.title,
            clock=clock,
            due_at=due_at,
            new_due_at=new_due_at,
            minutes=None if due_at is None or new_due_at is None else (new_due_at - due_at).total_seconds() / 60,
            is_overdue=new_due_at is not None and new_due_at <= now,
        )
        for follower in found
        for clock, due_at, new_due_at in follower.following.moves
    ]
    return Preview(checked=checked, following=len(found), moved=len(moves), items=moves[:MOST_SHOWN])
