"""One verb for many incidents: a transaction for each, so that what is refused holds up nothing and nothing is half done.

What is asked for is written down first, as an operation with an item for each incident. Up to `INLINE` are worked off by the
request itself, more by a job (in a sandbox all by the request); should either die, the sweep goes on where it stopped: an
item is done once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from tocsin.access import service as access
from tocsin.base.actor import Actor
from tocsin.base.errors import Forbidden, ModuleDisabled, NotFound, Refused, filled, invalid
from tocsin.base.fitting import fit
from tocsin.base.ids import new_id
from tocsin.base.manifest import BulkVerb
from tocsin.base.settings import Settings
from tocsin.db.tx import Database, Tx
from tocsin.incidents import store
from tocsin.incidents.model import Incident
from tocsin.incidents.service.access import RECORDER, see
from tocsin.incidents.service.listing import ListQuery, matching
from tocsin.incidents.service.operations import (
    Open,
    Operation,
    begin_undo,
    end_undo,
    get_operation,
    result_of,
    undo_item,
)
from tocsin.incidents.service.recording import STRUCTURE, WINDOW, Recorder
from tocsin.tenancy import service as tenancy
from tocsin.web.problems import Say
from tocsin.web.twins import STILL_RUNNING

INLINE = 500
"""So many incidents are worked off while the caller waits."""
MOST = 20_000
"""So many one operation takes at most."""
LEASE = timedelta(seconds=60)
"""Who works at an operation keeps others away for this long, and renews it in time."""
SHIFT_SECONDS = 20.0
WAIT = 0.05
MODULE = "incidents"


def verb_of(tx: Tx, actor: Actor, name: str) -> BulkVerb:
    """The verb of a name. Raises `Invalid` for none, `Forbidden` when the actor could do it to no incident at all."""
    found = STRUCTURE.verbs.get(name)
    if found is None:
        raise invalid("do", "Use one of {names}.", names=", ".join(sorted(STRUCTURE.verbs)))
    module, verb = found
    if module in tx.memo.get("disabled_modules", ()):
        raise ModuleDisabled("The module {module} is switched off; an administrator can switch it on.", module=module)
    if not any(actor.can(permission) for permission in verb.permissions):
        raise Forbidden(
            "This needs the permission {wanted}; ask an administrator of your organisation for it.",
            wanted=" or ".join(verb.permissions),
        )
    return verb


async def shown(tx: Tx, actor: Actor, do: str, given: dict[str, Any]) -> str:
    """What people call that which a verb's body names; empty for a verb that has no word for it. Raises as `begin` does."""
    verb = verb_of(tx, actor, do)
    fit(given, verb.body, "with")
    return await verb.shown(tx, actor, msgspec.convert(given, verb.body)) if verb.shown is not None else ""


async def begin(
    tx: Tx,
    actor: Actor,
    *,
    do: str,
    given: dict[str, Any],
    refs: Sequence[str] | None = None,
    query: ListQuery | None = None,
) -> UUID:
    """Write down what is to be done to the incidents named, or to all that a list holds; the operation's id.

    Raises `Invalid` for a verb, a value or a number of incidents that can't be.
    """
    verb = verb_of(tx, actor, do)
    fit(given, verb.body, "with")
    named = await matching(tx, actor, query, MOST + 1) if query is not None else list(dict.fromkeys(refs or ()))
    if len(named) > MOST:
        raise invalid("q" if query is not None else "ids", "Change at most {most} incidents at a time.", most=MOST)
    now, inline = tx.real_now, await _is_awaited(tx, len(named))
    operation_id = new_id()
    values = {
        "id": operation_id,
        "kind": "bulk",
        "verb": verb.name,
        "given": given,
        "may": ["|".join(verb.permissions)],
        "held": sorted(actor.permissions),
        "actor_id": actor.id,
        "source": actor.source,
        "state": ("running" if inline else "queued") if named else "done",
        "total": len(named),
        "created_at": tx.now,
        "recorded_at": now,
        "finished_at": None if named else tx.now,
        "undo_until": tx.now + WINDOW,
        "next_run_at": (now + LEASE if inline else now) if named else None,
    }
    items = [{"place": place, "ref": str(ref)} for place, ref in enumerate(named)]
    await store.operations.insert(tx, values, items)
    return operation_id


async def is_inline(tx: Tx, operation_id: UUID) -> bool:
    """Whether the caller waits for an operation."""
    row = await store.operations.get(tx, operation_id)
    return row is not None and await _is_awaited(tx, row["total"])


async def _is_awaited(tx: Tx, number: int) -> bool:
    """A sandbox has no jobs of its own: there the caller always waits."""
    return number <= INLINE or (await tenancy.current(tx)).kind == "sandbox"


async def work_off(
    open_tx: Open,
    actor: Callable[[], Actor],
    operation_id: UUID,
    *,
    until: float | None = None,
    say: Say = filled,
) -> bool:
    """Do what is left of an operation, one incident after the other; False when it is to be gone on with later.

    `until` is the monotonic time to stop at, `say` puts refusals into the caller's language. Whoever else works at it takes
    other incidents.
    """
    renewed = time.monotonic()
    while until is None or time.monotonic() < until:
        item: Any = None
        try:
            async with open_tx() as tx:
                row = await store.operations.get(tx, operation_id)
                if row is None or row["state"] not in ("queued", "running"):
                    return True
                item = await store.operations.next_item(tx, operation_id)
                if item is None:
                    break
                if time.monotonic() - renewed > SHIFT_SECONDS:
                    await store.operations.update(tx, operation_id, {"next_run_at": tx.real_now + LEASE})
                    renewed = time.monotonic()
                await _do(tx, actor(), row, item)
        except Exception as error:
            if item is None:
                raise
            await _note(open_tx, actor, item, result_of(error, say))
    else:
        return False
    async with open_tx() as tx:
        await _finish(tx, operation_id)
    return True


async def do_at_once(open_tx: Open, actor: Callable[[], Actor], operation_id: UUID, *, say: Say = filled) -> Operation:
    """Do an operation while the caller waits, and give what came of it.

    The same request may be at it in another process, or have died half way: what is left is done here, and what the other
    is doing just now is waited for.
    """
    until = time.monotonic() + SHIFT_SECONDS
    while True:
        await work_off(open_tx, actor, operation_id, say=say)
        async with open_tx() as tx:
            found = await get_operation(tx, actor(), str(operation_id))
        if found.state != "running" or time.monotonic() > until:
            return found
        await asyncio.sleep(WAIT)


async def _do(tx: Tx, actor: Actor, row: Any, item: Any) -> None:
    """One incident, and what came of it, in its transaction."""
    verb = STRUCTURE.verbs[row["verb"]][1]
    recorder = tx.memo[RECORDER] = _Item(actor, row["id"])
    recorder.depth = 1

    async def write(ending: Tx) -> None:
        found = next(iter(recorder.items(ending)), None)
        values: dict[str, Any] = {"status": verb.status, "incident_id": recorder.first}
        if found is not None:
            values |= {name: found[name] for name in ("incident_id", "version", "image", "moved")}
        await store.operations.set_item(ending, row["id"], item["place"], values)
        if not recorder.may <= set(row["may"]):
            await store.operations.add_rights(ending, row["id"], sorted(recorder.may))

    tx.at_end(write)
    await verb.run(tx, actor, item["ref"], msgspec.convert(row["given"], verb.body))


class _Item(Recorder):
    """What bulk work does to one incident: the first that the verb locks, besides what is merged into it."""

    def __init__(self, actor: Actor, operation_id: UUID) -> None:
        super().__init__("bulk", "", actor, operation_id)
        self.first: UUID | None = None

    async def keep(self, tx: Tx, incident: Incident) -> None:
        self.first = self.first or incident.id
        await super().keep(tx, incident)


async def _note(open_tx: Open, actor: Callable[[], Actor], item: Any, result: tuple[int, dict[str, Any]]) -> None:
    """Why an incident was refused; which one it is, only to those who may see it."""
    status, problem = result
    async with open_tx() as tx:
        try:
            incident_id = (await see(tx, actor(), item["ref"])).id
        except NotFound:
            incident_id = None
        values = {"status": status, "problem": problem, "incident_id": incident_id}
        await store.operations.refuse_item(tx, item["operation_id"], item["place"], values)


async def _finish(tx: Tx, operation_id: UUID) -> None:
    row = await store.operations.get(tx, operation_id, lock=True)
    found = await store.operations.progress(tx, operation_id)
    if row["state"] in ("queued", "running") and found["done"] == row["total"]:
        values = {"state": "done", "finished_at": tx.now, "next_run_at": None}
        await store.operations.update(tx, operation_id, values)


async def run_operation(database: Database, settings: Settings, tenant_id: UUID, operation_id: UUID) -> None:
    """What the sweep does with a job: work at it for a while, in the name and by the rights of who asked for it."""
    actors: list[Actor] = []
    async with database.tenant(tenant_id) as tx:
        await tenancy.current(tx)
        row = await store.operations.get(tx, operation_id, lock=True)
        if row is None or row["next_run_at"] is None or row["next_run_at"] > tx.real_now:
            return
        actors.append(await _actor(tx, row))
        values: dict[str, Any] = {"next_run_at": tx.real_now + LEASE}
        if row["state"] == "queued":
            values["state"] = "running"
        await store.operations.update(tx, operation_id, values)
    work = _Work(database, tenant_id)
    until = time.monotonic() + SHIFT_SECONDS
    if row["is_undoing"]:
        is_over = await undo_rest(work.open, lambda: actors[0], row, until=until)
    else:
        is_over = await work_off(work.open, lambda: actors[0], operation_id, until=until)
    if not is_over:
        async with database.tenant(tenant_id) as tx:
            await store.operations.release(tx, operation_id, tx.real_now)


async def undo_rest(open_tx: Open, actor: Callable[[], Actor], row: Any, *, until: float | None = None) -> bool:
    """Put back what is left of an operation that is being undone, the last incident first; False when time is up."""
    async with open_tx() as tx:
        places = await store.operations.undoable(tx, row["id"])
    for place in places:
        if until is not None and time.monotonic() >= until:
            return False
        await undo_item(open_tx, actor, row, place)
    async with open_tx() as tx:
        await end_undo(tx, row["id"])
    return True


async def _actor(tx: Tx, row: Any) -> Actor:
    """Who asked for a job, with the rights that they had then and still have."""
    if row["is_undoing"]:
        return await access.acting_for(tx, row["undone_by_id"], row["source"], None)
    return await access.acting_for(tx, row["actor_id"], row["source"], row["held"])


class _Work:
    """Opens transactions for a job, its tenant pinned."""

    def __init__(self, database: Database, tenant_id: UUID) -> None:
        self._database = database
        self._tenant_id = tenant_id

    def open(self) -> Any:
        """A transaction in the tenant."""
        return _Pinned(self._database.tenant(self._tenant_id))


class _Pinned:
    """A transaction that knows its tenant's clock and modules."""

    def __init__(self, work: Any) -> None:
        self._work = work

    async def __aenter__(self) -> Tx:
        tx: Tx = await self._work.__aenter__()
        await tenancy.current(tx)
        return tx

    async def __aexit__(self, *error: object) -> None:
        await self._work.__aexit__(*error)


OPERATIONS_DUE, OPERATIONS_NEXT = store.operations.DUE, store.operations.NEXT_DUE


async def forget_operations(database: Database) -> None:
    """Tidy up: images of what can't be undone any more, and operations of long ago; tenant by tenant."""
    for tenant in await tenancy.all_tenants(database):
        async with database.tenant(tenant.id) as tx:
            await store.operations.forget(tx, tx.real_now - 2 * WINDOW, tx.real_now - 30 * WINDOW)


async def undo_operation(open_tx: Open, actor: Callable[[], Actor], ref: str, say: Say = filled) -> Operation:
    """Undo an operation; one of more than `INLINE` incidents by a job. Raises `NotFound`, `Forbidden`, `Refused`."""
    async with open_tx() as tx:
        operation_id = await begin_undoing(tx, actor(), ref)
    return await finish_undoing(open_tx, actor, operation_id, say=say)


async def begin_undoing(tx: Tx, actor: Actor, ref: str) -> UUID:
    """The first transaction of `undo_operation`: claims it, and puts a single incident back at once; the operation's id."""
    row, places = await begin_undo(tx, actor, ref, tx.real_now + LEASE)
    if not await _is_awaited(tx, len(places)):
        await store.operations.release(tx, row["id"], tx.real_now)
    operation_id: UUID = row["id"]
    return operation_id


async def finish_undoing(
    open_tx: Open, actor: Callable[[], Actor], operation_id: UUID, *, is_first: bool = True, say: Say = filled
) -> Operation:
    """What is left of `undo_operation`, where no job does it. Who is not the `first` to ask only looks what came of it."""
    async with open_tx() as tx:
        row = await store.operations.get(tx, operation_id)
        places = await store.operations.undoable(tx, operation_id) if row["is_undoing"] else []
        is_ours = bool(places) and await _is_awaited(tx, len(places))
    if is_ours and not is_first:
        raise Refused(STILL_RUNNING)
    if is_ours:
        for place in places:
            await undo_item(open_tx, actor, row, place, say)
        async with open_tx() as tx:
            await end_undo(tx, operation_id)
    async with open_tx() as tx:
        found = await get_operation(tx, actor(), str(operation_id))
    if found.undone_at is None:
        raise Refused("All of these incidents were changed meanwhile; nothing was undone.")
    return found
