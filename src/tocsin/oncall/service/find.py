"""Finding schedules: what is retired, foreign or not there gets the same answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from tocsin.access.model import Named
from tocsin.base.errors import N_, NotFound, invalid
from tocsin.base.ids import parse_id
from tocsin.db.tx import Tx
from tocsin.oncall import store

_NO_SCHEDULE = N_("There is no on-call schedule by this id or slug.")


async def find_schedule(tx: Tx, ref: str, *, lock: bool = False) -> Any:
    """The row of a schedule at work by id or slug. Raises `NotFound`."""
    row = await _row(tx, ref, lock=lock)
    if row is None:
        raise NotFound
    return row


async def find_named(tx: Tx, ref: str, field: str) -> Named:
    """The schedule at work that a body names by id or slug. Raises `Invalid` naming `field`."""
    row = await _row(tx, ref)
    if row is None:
        raise invalid(field, _NO_SCHEDULE)
    return Named(row["id"], row["name"])


async def schedule_names(tx: Tx, ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names of schedules, retired ones too."""
    return await store.schedules.names(tx, sorted(set(ids)))


async def _row(tx: Tx, ref: str, *, lock: bool = False) -> Any:
    known = parse_id(ref)
    if known is not None:
        return await store.schedules.find(tx, schedule_id=known, lock=lock)
    return await store.schedules.find(tx, slug=ref, lock=lock)
