"""Anchors: the heads of all chains under one signed root, each night and on demand (docs/decisions/0026).

The chains alone show what was changed by halves. Whoever may write into the database can compute every hash anew; an
anchor, signed with a key that the database does not hold, still says what the heads were.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog

from tocsin.activity import permissions, rules, store
from tocsin.activity.adapters import Keys, is_signed, load_keys
from tocsin.activity.model import AnchorView
from tocsin.activity.rules import Anchor, Unfit, merkle
from tocsin.activity.service import feed
from tocsin.base.actor import Actor
from tocsin.base.errors import N_, Refused
from tocsin.base.manifest import Sweep
from tocsin.base.paging import Page, check_limit, decode_cursor, encode_cursor
from tocsin.base.settings import Settings
from tocsin.db.tx import Database, Tx

log = structlog.get_logger()

Open = Callable[[], AbstractAsyncContextManager[Tx]]
"""Opens a transaction of the tenant."""
RETRY = timedelta(minutes=15)
"""When a night's anchoring that did not come to its end is tried again."""
UNFIT = N_(
    "The record is not what anchor {number} says: {why}. Find out with `tocsin audit verify` before anything is signed."
)


def anchor_from(row: Any) -> Anchor:
    """An anchor from its row."""
    plain = {name: row[name] for name in Anchor.__dataclass_fields__ if name != "tenant"}
    return Anchor(tenant=str(row["tenant_id"]), **plain)


async def number_all(open_: Open) -> int:
    """Give places to all that is committed by now, a transaction for each batch; the last place given."""
    while True:
        async with open_() as tx:
            if await feed.number(tx) < feed.BATCH:
                return await store.feed.last_position(tx)


async def anchor(open_: Open, keys: Keys) -> Anchor:
    """Anchor what has happened by now; the last anchor where nothing has happened since.

    Raises `Refused` where the record no longer is what the last anchor says: what was tampered with is never signed.
    """
    position = await number_all(open_)
    while True:
        async with open_() as tx:
            last = await _last(tx)
            if last is not None and (unfit := await _unfit(tx, last, keys)) is not None:
                raise Refused(UNFIT, number=unfit.number, why=unfit.why)
            if last is not None and last.position >= position:
                return last
            size, root = await _root(tx, position)
            if not size:
                raise Refused("Nothing is recorded yet.")
            made = _signed(tx, last, keys, position, size, root)
            if await store.anchors.insert(tx, made):  # else somebody was faster: look whether theirs covers it all
                return made


async def _last(tx: Tx) -> Anchor | None:
    rows = await store.anchors.newest(tx, None, 1)
    return anchor_from(rows[0]) if rows else None


async def _unfit(tx: Tx, last: Anchor, keys: Keys) -> Unfit | None:
    """Why the last anchor does not hold, or None."""
    if last.key_id in keys.known and not is_signed(keys.known[last.key_id], rules.statement(last), last.signature):
        return Unfit(last.number, "it was changed, or somebody else signed it")
    if (last.size, last.root) != await _root(tx, last.position):
        return Unfit(last.number, CHANGED)
    return None


CHANGED = "an event from before it was changed, added or removed"


async def _root(tx: Tx, position: int) -> tuple[int, bytes]:
    found = merkle.Root()
    async for rows in store.anchors.heads_at(tx, position):
        for row in rows:
            found.add(_leaf(row))
    return found.size, found.value()


def _leaf(row: Any) -> bytes:
    return merkle.leaf(row["stream"].bytes, row["seq"], row["hash"])


def _signed(tx: Tx, last: Anchor | None, keys: Keys, position: int, size: int, root: bytes) -> Anchor:
    unsigned = Anchor(
        tenant=str(tx.tenant_id),
        number=last.number + 1 if last is not None else 1,
        at=tx.real_now,
        position=position,
        size=size,
        root=root,
        previous=rules.fingerprint(last),
        key_id=rules.key_id(keys.own),
    )
    return dataclasses.replace(unsigned, signature=keys.sign(rules.statement(unsigned)))


# -------------------------------------------------------------------------------------------------- each night


async def anchor_nightly(database: Database, settings: Settings, tenant_id: UUID, _id: UUID) -> None:
    """Anchor a tenant whose night has come. What does not fit is not signed; it is told in the log, each night anew."""
    open_ = partial(database.tenant, tenant_id)
    async with open_() as tx:
        if not await store.anchors.take(tx, tx.real_now, tx.real_now + RETRY):
            return
    refused: str | None = None
    try:
        await anchor(open_, load_keys(settings))
    except Refused as error:
        refused = error.detail
    if refused is not None:
        log.error("nothing was anchored", tenant=str(tenant_id), why=refused)
    async with open_() as tx:
        zone = ZoneInfo(await store.anchors.time_zone(tx))
        await store.anchors.set_next(tx, rules.next_night(tx.real_now, zone))


ANCHORING = Sweep(
    "activity.anchors",
    "activity",
    store.anchors.DUE,
    store.anchors.NEXT_DUE,
    anchor_nightly,
    own_transactions=True,
    concurrency=1,
)


# ---------------------------------------------------------------------------------------------------- checking


@dataclass(frozen=True, slots=True)
class AnchorVerdict:
    """What checking a tenant's anchors found: how many there are, the last one, and the first that does not hold."""

    count: int
    last: Anchor | None
    unfit: Unfit | None


async def verify_anchors(tx: Tx, keys: Keys, exported: Sequence[AnchorView] = ()) -> AnchorVerdict:
    """Check every anchor: that none is missing or changed, and that the record still is what each one says.

    `exported` are anchors kept elsewhere: they must be there, so that a cut row of anchors shows. Looks at one moment
    where the transaction is frozen (as `verify` leaves it).
    """
    found = [anchor_from(row) for row in await store.anchors.every(tx)]
    unfit = _missing(found, exported) or rules.check_row(found, keys.known, is_signed)
    if unfit is None and found:
        unfit = await _first_unfit(tx, found)
    return AnchorVerdict(len(found), found[-1] if found else None, unfit)


def _missing(found: list[Anchor], exported: Sequence[AnchorView]) -> Unfit | None:
    there = {anchor.number: shown(anchor) for anchor in found}
    for given in exported:
        if there.get(given.number) != given:
            return Unfit(given.number, "it is not the one that was exported, or it is gone")
    return None


async def check_on(tx: Tx, keys: Keys, done: int, until: float) -> tuple[int, int, Unfit | None]:
    """Check the anchors after the first `done`, at least one and until a monotonic time; how many there are, how many of
    them hold by then, and the first that does not.

    Slower than `verify_anchors`, which goes through all events once: each root is computed from the heads of its moment.
    """
    found = [anchor_from(row) for row in await store.anchors.every(tx)]
    unfit = rules.check_row(found, keys.known, is_signed)
    while unfit is None and done < len(found):
        last = found[done]
        if await _root(tx, last.position) != (last.size, last.root):
            unfit = Unfit(last.number, CHANGED)
            break
        done += 1
        if time.monotonic() >= until:
            break
    return len(found), max(0, done), unfit


async def _first_unfit(tx: Tx, anchors: list[Anchor]) -> Unfit | None:
    """Go through all events in the order of changes, and compare the heads at each anchor's place."""
    heads, waiting = merkle.Heads(), list(reversed(anchors))
    async for rows in store.feed.in_order_of_places(tx, anchors[-1].position):
        for pos, stream, seq, hash_ in rows:
            while pos > waiting[-1].position:
                if (unfit := _compare(heads, waiting.pop())) is not None:
                    return unfit
            heads.move(stream, seq, hash_)
    return next((unfit for one in reversed(waiting) if (unfit := _compare(heads, one)) is not None), None)


def _compare(heads: merkle.Heads, anchor: Anchor) -> Unfit | None:
    return None if heads.root() == (anchor.size, anchor.root) else Unfit(anchor.number, CHANGED)


# ----------------------------------------------------------------------------------------------------- showing


def shown(anchor: Anchor) -> AnchorView:
    """An anchor as the API and the export show it."""
    return AnchorView(
        tenant=UUID(anchor.tenant),
        number=anchor.number,
        at=anchor.at,
        position=anchor.position,
        size=anchor.size,
        root=anchor.root.hex(),
        previous=anchor.previous.hex(),
        key_id=anchor.key_id,
        signature=anchor.signature.hex(),
    )


async def list_anchors(tx: Tx, actor: Actor, limit: int, cursor: str | None) -> Page[AnchorView]:
    """A page of anchors, newest first. Raises `Invalid`."""
    actor.must(permissions.VIEW)
    question = ["anchors", str(tx.tenant_id)]
    before = decode_cursor(cursor, question, tuple[int])[0] if cursor is not None else None
    rows = await store.anchors.newest(tx, before, check_limit(limit) + 1)
    items = [shown(anchor_from(row)) for row in rows[:limit]]
    return Page(items, encode_cursor(question, (items[-1].number,)) if len(rows) > limit else None)


async def all_anchors(tx: Tx) -> AsyncIterator[AnchorView]:
    """Every anchor, the first first: what is kept elsewhere."""
    for row in await store.anchors.every(tx):
        yield shown(anchor_from(row))
