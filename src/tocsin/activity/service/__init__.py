"""Recording events at the end of each transaction, reading timelines, running each handler once, verifying chains."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.activity import rules, store
from tocsin.activity.model import Event, RecordedEvent, recorded_from
from tocsin.activity.service.anchors import (
    ANCHORING,
    AnchorVerdict,
    Open,
    all_anchors,
    anchor,
    list_anchors,
    number_all,
    shown,
    verify_anchors,
)
from tocsin.activity.service.browsing import DIRECTORY, AuditQuery, Thing, browse, find_thing, name_things, names_of
from tocsin.activity.service.exporting import export, shows_values
from tocsin.activity.service.feed import number, seed
from tocsin.activity.service.proving import prove
from tocsin.activity.service.verifying import Verdict, VerifiedSoFar, count, verify, verify_on, verify_places
from tocsin.base.manifest import Handler, Reaction, Sweep
from tocsin.db.signals import announce, tell
from tocsin.db.tx import Database, Tx
from tocsin.jobs import queue

__all__ = [
    "ANCHORING",
    "DIRECTORY",
    "PENDING",
    "RUN_HANDLER",
    "SUBSCRIPTIONS",
    "AnchorVerdict",
    "AuditQuery",
    "Open",
    "Subscriptions",
    "Thing",
    "Verdict",
    "VerifiedSoFar",
    "all_anchors",
    "anchor",
    "browse",
    "collect_at_once",
    "count",
    "export",
    "find_thing",
    "handle",
    "handle_pending",
    "happened",
    "histories",
    "list_anchors",
    "name_things",
    "names_of",
    "number",
    "number_all",
    "prove",
    "record",
    "run_pending",
    "seed",
    "shown",
    "shows_values",
    "tenant_of",
    "timeline",
    "verify",
    "verify_anchors",
    "verify_on",
    "verify_places",
    "write_at_once",
]

RUN_HANDLER = "activity.handle"


@dataclass(slots=True)
class Subscriptions:
    """Who listens: jobs per event, and reactions inside the emitting transaction. Filled once by `wiring`."""

    handlers: dict[str, list[tuple[str, Handler]]] = field(default_factory=lambda: defaultdict(list))
    reactions: dict[str, list[tuple[str, Reaction]]] = field(default_factory=lambda: defaultdict(list))
    by_name: dict[str, tuple[str, Handler]] = field(default_factory=dict)

    def add(self, module: str, handlers: Sequence[Handler], reactions: Sequence[Reaction]) -> None:
        """Add a module's listeners."""
        for handler in handlers:
            if handler.name in self.by_name:
                raise ValueError(f"two handlers are named {handler.name}")
            self.handlers[handler.event].append((module, handler))
            self.by_name[handler.name] = (module, handler)
        for reaction in reactions:
            self.reactions[reaction.event].append((module, reaction))


SUBSCRIPTIONS = Subscriptions()


def _is_off(tx: Tx, module: str) -> bool:
    return module in tx.memo.get("disabled_modules", ())


async def record(tx: Tx) -> None:
    """Write what the transaction emitted: reactions first (they may emit more), then rows, heads and jobs.

    Called by the unit of work just before the commit. Streams are locked last and in order (lock order: incident,
    clock, counter, head).
    """
    await _write(tx, await _react(tx))


async def _react(tx: Tx) -> list[Event]:
    """What the transaction has emitted, and what the reactions to it emit."""
    written: list[Event] = []
    while tx.emitted:
        batch, tx.emitted = tx.emitted, []
        for event in batch:
            written.append(event)
            for module, reaction in SUBSCRIPTIONS.reactions.get(event.type, ()):
                if not _is_off(tx, module):
                    await reaction.run(tx, event)
    return written


async def _write(tx: Tx, written: list[Event], *, has_run: bool = False) -> list[RecordedEvent]:
    """Write events with their jobs (`has_run`: without); answers them in the order in which they were emitted."""
    streams: dict[UUID, list[Event]] = defaultdict(list)
    for event in written:
        streams[event.incident_id or tx.tenant_id].append(event)
    rows: list[tuple[Any, ...]] = []
    if any(event.changes_rights for event in streams.get(tx.tenant_id, ())):  # no process may go on with what it knew
        announce(tx)
    told: dict[int, RecordedEvent] = {}
    heads = await store.record.lock_heads(tx, list(streams)) if len(streams) > MANY else {}
    for stream in sorted(streams):
        mine = await _append(tx, stream, streams[stream], heads)
        told |= {id(event): _told(row) for event, row in zip(streams[stream], mine, strict=True)}
        rows += mine
    if heads:
        await store.record.move_heads(tx, [(row[2], row[3], row[12], row[14]) for row in rows])
    if has_run:
        rows = [(*row[:_PENDING], [], *row[_PENDING + 1 :]) for row in rows]
    await store.record.insert_events(tx, rows)
    tell(tx, [row[1] for row in rows if row[5] is not None])
    await queue.enqueue(
        tx, [(RUN_HANDLER, {"event": str(row[1]), "handler": name}) for row in rows for name in row[_PENDING]]
    )
    return [told[id(event)] for event in written]


MANY = 3
"""From so many streams on their heads are locked and moved together."""
_PENDING = 13
"""Where the handlers still to run stand in an event's row."""


async def collect_at_once(tx: Tx) -> list[Event]:
    """Run what listens to the events of the transaction in it instead of in jobs: for a sandbox's clock.

    Answers all that happened, in order, for `write_at_once`. Handlers see an event before it is written: it has its id, and
    no place in the chain.
    """
    happened: list[Event] = []
    fresh = await _react(tx)
    while fresh:
        timed = [event if event.at is not None else replace(event, at=tx.now) for event in fresh]
        happened += timed
        for event in timed:
            for module, handler in SUBSCRIPTIONS.handlers.get(event.type, ()):
                if not _is_off(tx, module):
                    await handler.run(tx, _unwritten(tx, event))
        fresh = await _react(tx)
    return happened


async def write_at_once(tx: Tx, happened: list[Event]) -> list[RecordedEvent]:
    """Write events that were collected in one transaction, without jobs; answers them in order."""
    return await _write(tx, happened, has_run=True) if happened else []


def _unwritten(tx: Tx, event: Event) -> RecordedEvent:
    facts = {key: _plain(value) for key, value in event.facts.items()}
    data = {**facts, **event.texts}
    at = event.at or tx.now
    return RecordedEvent(event.id, event.type, event.incident_id, event.actor.id, at, event.actor.source, data, 0, "")


async def run_pending(tx: Tx) -> None:
    """Run every handler of the tenant's that is still to run, now: before a sandbox's clock leaves the moment they are of."""
    while (row := await tx.row(store.record.NEXT_DUE, tx.tenant_id, 1)) is not None:
        await handle_pending(tx, row["id"])
        await write_at_once(tx, await collect_at_once(tx))


def _told(row: tuple[Any, ...]) -> RecordedEvent:
    texts = {key: kept["value"] for key, kept in row[11].items()}
    return RecordedEvent(row[1], row[4], row[5], row[6], row[7], row[8], {**row[9], **texts}, row[3], row[12].hex())


async def _append(tx: Tx, stream: UUID, events: list[Event], heads: dict[UUID, Any]) -> list[tuple[Any, ...]]:
    """The rows of a stream's new events; its head is locked and moved to the last one.

    Of a stream whose head is among `heads`, which are locked, the caller moves it.
    """
    if stream in heads:
        head = heads[stream]
        recorded_at = max(tx.real_now, head["recorded_at"] or tx.real_now)
        return _rows(tx, stream, head["seq"], head["hash"], events, recorded_at)[0]
    head = None if events[0].opens_stream else await store.record.lock_head(tx, stream)
    if head is None:
        rows, seq, last = _rows(tx, stream, 0, rules.START, events, tx.real_now)
        if await store.record.insert_head(tx, stream, seq, last, tx.real_now):
            return rows
        head = await store.record.lock_head(tx, stream)  # somebody began the stream at the same moment
    # Not before the stream's last event: who waited for the lock may have begun earlier, or have a slower clock.
    recorded_at = max(tx.real_now, head["recorded_at"] or tx.real_now)
    rows, seq, last = _rows(tx, stream, head["seq"], head["hash"], events, recorded_at)
    await store.record.move_head(tx, stream, seq, last, recorded_at)
    return rows


def _rows(
    tx: Tx, stream: UUID, seq: int, previous: bytes, events: list[Event], recorded_at: datetime
) -> tuple[list[tuple[Any, ...]], int, bytes]:
    rows = []
    for event in events:
        seq += 1
        row, previous = _row(tx, stream, seq, previous, event)
        rows.append((*row, recorded_at))
    return rows, seq, previous


def _row(tx: Tx, stream: UUID, seq: int, previous: bytes, event: Event) -> tuple[tuple[Any, ...], bytes]:
    data = {key: {"value": value, "salt": secrets.token_hex(16)} for key, value in event.texts.items()}
    commitments = {key: rules.commitment(kept["salt"], kept["value"]) for key, kept in data.items()}
    facts = {key: _plain(value) for key, value in event.facts.items()}
    event_id, at = event.id, event.at or tx.now
    digest = rules.digest(
        tenant=str(tx.tenant_id),
        stream=str(stream),
        event_id=str(event_id),
        type_=event.type,
        incident=str(event.incident_id) if event.incident_id else None,
        actor=str(event.actor.id) if event.actor.id else None,
        at=at,
        source=event.actor.source,
        facts=facts,
        commitments=commitments,
    )
    hash_ = rules.link(previous, seq, digest)
    silent = event.actor.source == "import"
    pending = [] if silent else [h.name for m, h in SUBSCRIPTIONS.handlers.get(event.type, ()) if not _is_off(tx, m)]
    row = (
        *(tx.tenant_id, event_id, stream, seq, event.type, event.incident_id, event.actor.id, at, event.actor.source),
        *(facts, commitments, data, hash_, pending),
    )
    return row, hash_


def _plain(value: Any) -> Any:
    """A fact as JSON keeps it: ids and times as text, no floats (they would not come back to the letter)."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, UUID):
        return str(value)
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    raise TypeError(f"{type(value).__name__} cannot be a fact")


async def timeline(
    tx: Tx,
    stream: UUID,
    *,
    limit: int,
    before: int | None = None,
    after: int | None = None,
    types: list[str] | None = None,
) -> list[RecordedEvent]:
    """A stream's events, newest first, or oldest first when `after` (a sequence number, 0 for the start) is given.

    The caller has checked that the actor may see the stream.
    """
    rows = await store.record.page(tx, stream, before=before, after=after, limit=limit, types=types)
    return [recorded_from(row) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """Which events of a stream are read: of these types (None: all), without those, holding these facts.

    `parts` are types that are left out where their fact `whole` says that they belong to something else.
    """

    types: list[str] | None = None
    without: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    parts: list[str] = field(default_factory=list)
    whole: str = ""


async def story(
    tx: Tx, stream: UUID, chapter: Chapter, *, limit: int, before: int | None = None, since: int | None = None
) -> list[RecordedEvent]:
    """A page of a stream's chapter, newest first. The caller has checked that the actor may see it."""
    rows = await store.record.story(
        tx,
        stream,
        before=before,
        since=since,
        limit=limit,
        types=chapter.types,
        without=chapter.without,
        facts=chapter.facts,
        parts=chapter.parts,
        whole=chapter.whole,
    )
    return [recorded_from(row) for row in rows]


async def tally(tx: Tx, stream: UUID, fact: str, chapter: Chapter) -> dict[tuple[str, str | None], int]:
    """How many events of each type there are, by the value of a fact as text; parts are left out as in `story`."""
    rows = await store.record.tally(tx, stream, fact, chapter.parts, chapter.whole)
    return {(row["type"], row["value"]): row["count"] for row in rows}


async def histories(tx: Tx, streams: Sequence[UUID], types: Sequence[str]) -> list[Any]:
    """The rows of the events of some types in many streams at once, stream by stream, each in its order: without texts.

    The caller has checked that the actor may see them all.
    """
    return await store.record.of_streams(tx, streams, types) if streams else []


async def find_events(tx: Tx, ids: Sequence[UUID]) -> list[RecordedEvent]:
    """Some events, in the order in which they were recorded."""
    return [recorded_from(row) for row in await store.record.get_events(tx, ids)] if ids else []


async def handle(tx: Tx, payload: dict[str, Any]) -> None:
    """Run one handler for one event, once whatever the queue does: the event's own list says what is still to run."""
    event_id, name = UUID(payload["event"]), payload["handler"]
    if not await store.record.finish(tx, event_id, name):
        return
    known = SUBSCRIPTIONS.by_name.get(name)
    row = await store.record.get_event(tx, event_id)
    if known is None or row is None or _is_off(tx, known[0]):
        return
    await known[1].run(tx, recorded_from(row))


async def handle_pending(tx: Tx, event_id: UUID) -> None:
    """Run whatever is still to run for an event whose jobs were lost (the sweep over `events.pending`)."""
    row = await store.record.get_event(tx, event_id)
    for name in list(row["pending"]) if row else []:
        await handle(tx, {"event": str(event_id), "handler": name})


PENDING = Sweep("activity.pending", "activity", store.record.DUE, store.record.NEXT_DUE, handle_pending, yields=True)


async def tenant_of(database: Database, slug: str) -> UUID | None:
    """The tenant of a slug, or None: for the operator, who verifies by name."""
    async with database.globally() as tx:
        return await store.record.tenant_id(tx, slug)
