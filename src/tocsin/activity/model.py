"""Events as features emit them, and as they stand recorded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import msgspec

from tocsin.base.actor import Actor
from tocsin.base.ids import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened. Subclasses are named in the past tense and documented in their feature's `events.py`.

    `facts` are ids, numbers, times and slugs: they are hashed as they are. `texts` are free texts and personal values:
    only a salted commitment of each is hashed, so that they can be erased later. `at` defaults to the transaction's
    time (imports give the log's).
    """

    actor: Actor
    incident_id: UUID | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    texts: dict[str, Any] = field(default_factory=dict)
    at: datetime | None = None
    id: UUID = field(default_factory=new_id)

    opens_stream: ClassVar[bool] = False
    """True for the event that begins an incident's stream: no head is looked for."""

    changes_rights: ClassVar[bool] = True
    """False for an event of the tenant's own stream after which everybody may do just what they could before."""

    @property
    def type(self) -> str:
        """The event's name, as the API and webhooks show it."""
        return type(self).__name__


class RecordedEvent(msgspec.Struct, frozen=True):
    """A row of `events`. `data` joins facts and the texts that have not been erased."""

    id: UUID
    type: str
    incident_id: UUID | None
    actor_id: UUID | None
    at: datetime
    source: str
    data: dict[str, Any]
    seq: int
    hash: str


class AnchorView(msgspec.Struct, frozen=True, kw_only=True):
    """A signed root over the heads of all chains, as far as the event at `position` in the order of changes.

    Hashes and signature are hexadecimal. `previous` is the SHA-256 of what was signed for the anchor before.
    """

    tenant: UUID
    number: int
    at: datetime
    position: int
    size: int
    root: str
    previous: str
    key_id: str
    signature: str


def recorded_from(row: Any) -> RecordedEvent:
    """An event from its row."""
    texts = {key: kept["value"] for key, kept in row["data"].items()}
    return RecordedEvent(
        id=row["id"],
        type=row["type"],
        incident_id=row["incident_id"],
        actor_id=row["actor_id"],
        at=row["at"],
        source=row["source"],
        data={**row["facts"], **texts},
        seq=row["seq"],
        hash=row["hash"].hex(),
    )


def before_and_after(before: Any, after: Any, names: Iterable[str]) -> dict[str, Any]:
    """What a change was from and to, as an event keeps it: some attributes of two states of a thing."""
    wanted = tuple(names)
    return {
        side: {name: msgspec.to_builtins(getattr(state, name)) for name in wanted}
        for side, state in (("before", before), ("after", after))
    }
