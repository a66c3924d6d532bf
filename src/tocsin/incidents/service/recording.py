"""Recording how incidents were before a verb changes them, so that it can be undone; and what other features bring to that.

A verb is made undoable by a decorator. `access.lock`, at which every verb begins, takes the image of what it locks; the
operation is written with the transaction's last statement, when the versions that the verb led to are known.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import update_wrapper
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

from tocsin.base.actor import Actor
from tocsin.base.ids import new_id
from tocsin.base.manifest import BulkVerb, Keeper, Mover
from tocsin.db.tx import Tx
from tocsin.incidents import store
from tocsin.incidents.model import Incident
from tocsin.incidents.service.access import RECORDER
from tocsin.sla import service as sla

WINDOW = timedelta(hours=24)
"""How long an operation can be undone."""


T = TypeVar("T")


@dataclass(slots=True)
class Structure:
    """What features bring to undoing, merging and bulk work. Filled once by `wiring`."""

    keepers: dict[str, Keeper] = field(default_factory=dict)
    movers: dict[str, Mover] = field(default_factory=dict)
    verbs: dict[str, tuple[str, BulkVerb]] = field(default_factory=dict)
    sql: str = ""

    def add(self, module: str, keepers: Sequence[Keeper], movers: Sequence[Mover], verbs: Sequence[BulkVerb]) -> None:
        """Add what a module brings."""
        self.keepers |= _fresh(self.keepers, {one.name: one for one in keepers})
        self.movers |= _fresh(self.movers, {one.name: one for one in movers})
        for verb in verbs:
            if verb.name in self.verbs:
                raise ValueError(f"two verbs are named {verb.name}")
            self.verbs[verb.name] = (module, verb)
        clocks = (("clocks", sla.IMAGE), ("hands", sla.HANDS_IMAGE), ("extension", store.extensions.IMAGE))
        self.sql = store.images.image_sql([*clocks, *((k.name, k.sql) for k in self.keepers.values())])


def _fresh(known: dict[str, T], found: dict[str, T]) -> dict[str, T]:
    if twice := known.keys() & found.keys():
        raise ValueError(f"two features keep or move {', '.join(twice)}")
    return found


STRUCTURE = Structure()


class Recorder:
    """What one operation does to incidents. `depth` is above zero while a verb runs whose incidents are to be recorded."""

    def __init__(self, kind: str, may: str, actor: Actor, operation_id: UUID | None = None) -> None:
        self.id = operation_id or new_id()
        self.kind = kind
        self.may = {may} if may else set()
        self.actor = actor
        self.depth = 0
        self.images: dict[UUID, dict[str, Any]] = {}
        self.codes: dict[UUID, str] = {}
        self.moved: dict[UUID, dict[str, Any]] = {}

    async def keep(self, tx: Tx, incident: Incident) -> None:
        """Take the image of a locked incident, once, before it is changed."""
        if self.depth > 0 and incident.id not in self.images:
            image = await store.images.read(tx, STRUCTURE.sql, incident.id)
            self.images[incident.id] = image | {"at": tx.now.isoformat()}
            self.codes[incident.id] = incident.reference_code

    def items(self, tx: Tx) -> list[dict[str, Any]]:
        """The incidents that were changed, as rows to write."""
        versions: dict[UUID, int] = tx.memo.get("versions", {})
        changed = [(incident_id, image) for incident_id, image in self.images.items() if incident_id in versions]
        return [
            {
                "place": place,
                "ref": self.codes[incident_id],
                "incident_id": incident_id,
                "status": 200,
                "version": versions[incident_id],
                "image": image,
                "moved": self.moved.get(incident_id),
            }
            for place, (incident_id, image) in enumerate(changed)
        ]

    async def write(self, tx: Tx) -> None:
        """Write the operation, at the end of its transaction; nothing where nothing was changed."""
        items = self.items(tx)
        if items:
            values = {
                "id": self.id,
                "kind": self.kind,
                "may": sorted(self.may),
                "actor_id": self.actor.id,
                "source": self.actor.source,
                "state": "done",
                "total": len(items),
                "given": {},
                "held": [],
                "created_at": tx.now,
                "recorded_at": tx.real_now,
                "finished_at": tx.now,
                "undo_until": tx.now + WINDOW,
            }
            await store.operations.insert(tx, values, items)


def recorded(tx: Tx) -> UUID | None:
    """The operation that this transaction's verb can be undone by, if it can and has changed something."""
    recorder: Recorder | None = tx.memo.get(RECORDER)
    return recorder.id if recorder is not None and recorder.items(tx) else None


def takes(tx: Tx, permissions: Iterable[str]) -> None:
    """What this transaction's verb does takes each of these permissions, and so does undoing it."""
    recorder: Recorder | None = tx.memo.get(RECORDER)
    if recorder is not None:
        recorder.may |= set(permissions)


def made(tx: Tx, keeper: str, incident_id: UUID, what: UUID) -> None:
    """Something came with this transaction's verb that its keeper takes away again when that is undone."""
    recorder: Recorder | None = tx.memo.get(RECORDER)
    if recorder is not None and recorder.depth > 0 and incident_id in recorder.images:
        recorder.images[incident_id][keeper].append(str(what))


P = ParamSpec("P")
R = TypeVar("R")
Verb = Callable[Concatenate[Tx, Actor, P], Coroutine[Any, Any, R]]


def undoable(kind: str, *may: str) -> Callable[[Verb[P, R]], Verb[P, R]]:
    """Record what a verb does as an operation of a kind. `may` are permissions of which any lets somebody undo it; a verb
    that takes more, or others each time, says so by `takes`.

    Verbs of one transaction are one operation, and so is a verb that calls others.
    """

    def wrap(verb: Verb[P, R]) -> Verb[P, R]:
        async def run(tx: Tx, actor: Actor, *args: P.args, **kwargs: P.kwargs) -> R:
            recorder: Recorder | None = tx.memo.get(RECORDER)
            if recorder is None:
                recorder = tx.memo[RECORDER] = Recorder(kind, "|".join(may), actor)
                tx.at_end(recorder.write)
            elif recorder.depth == 0:
                recorder.may |= {"|".join(may)} if may else set()
            recorder.depth += 1
            try:
                return await verb(tx, actor, *args, **kwargs)
            finally:
                recorder.depth -= 1

        return update_wrapper(run, verb)  # type: ignore[return-value]  # which hides that it is just `run`

    return wrap
