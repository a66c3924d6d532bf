"""Operations: what one request did, how far a long one is, and undoing it.

Undoing puts the incidents back to how they were before, by the images taken then: record, people, clocks, and what other
features keep. It is refused once anything else has changed an incident, and after a day. The trail keeps both.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from tocsin.access import permissions
from tocsin.access.model import Named
from tocsin.base.actor import Actor
from tocsin.base.errors import Forbidden, NotFound, Refused, filled
from tocsin.base.ids import parse_id
from tocsin.base.paging import Page, check_limit, decode_cursor, encode_cursor
from tocsin.db.tx import Tx
from tocsin.incidents import events, store
from tocsin.incidents.model import Incident
from tocsin.incidents.service.access import lock_any
from tocsin.incidents.service.clock import sync_clock
from tocsin.incidents.service.custom import index_custom, index_tags, of_fields
from tocsin.incidents.service.merge import part_again
from tocsin.incidents.service.recording import STRUCTURE
from tocsin.incidents.service.searching import index_record
from tocsin.sla import service as sla
from tocsin.web.problems import Say, as_problem

State = Literal["queued", "running", "done", "cancelled", "undoing", "undone"]
Open = Callable[[], AbstractAsyncContextManager[Tx]]
"""Opens a transaction in which the actor may act."""
OWN_ACTS = frozenset({"claim", "delegate", "hand_over", "recall"})
"""What somebody does with their own work, or their team's: verbs and kinds of operations."""
MOST_RESULTS = 1000
"""So many results stand in the operation itself; all of them are listed by themselves."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one incident. `incident` is as it was named; `status` is what the verb would answer for it alone."""

    incident: str
    id: UUID | None
    status: int | None
    problem: dict[str, Any] | None


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How many incidents are through, of how many; those that a cancelled job has not come to are not."""

    done: int
    total: int


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """What one request did. `do` is the verb of bulk work; `can_undo` says whether undoing may be tried still."""

    id: UUID
    kind: str
    do: str | None
    state: State
    progress: Progress
    succeeded: int
    failed: int
    actor: Named | None
    created_at: datetime
    finished_at: datetime | None
    undo_until: datetime
    undone_at: datetime | None
    undone_by: Named | None
    can_undo: bool
    results: list[Result]


async def get_operation(tx: Tx, actor: Actor, ref: str) -> Operation:
    """An operation, to whoever did it, or may see all incidents. Raises `NotFound`."""
    return await view(tx, await _find(tx, actor, ref))


async def merge_operation(tx: Tx, actor: Actor, incident: Incident) -> UUID | None:
    """The operation that undoes the merge of an incident, while that is possible and the actor may; None for none."""
    if incident.merged_into_id is None or not actor.can(permissions.UPDATE):
        return None
    return await store.operations.merge_of(tx, incident.id)


async def list_results(tx: Tx, actor: Actor, ref: str, limit: int, cursor: str | None) -> Page[Result]:
    """A page of what became of each incident. Raises `NotFound`, `Invalid`."""
    row = await _find(tx, actor, ref)
    question = ["results", str(row["id"])]
    after = decode_cursor(cursor, question, tuple[int])[0] if cursor is not None else -1
    found = await store.operations.items(tx, row["id"], after, check_limit(limit) + 1)
    following = encode_cursor(question, [found[limit - 1]["place"]]) if len(found) > limit else None
    return Page([_result(item, undoing=_is_undone(row)) for item in found[:limit]], following)


async def _find(tx: Tx, actor: Actor, ref: str, *, lock: bool = False) -> Any:
    operation_id = parse_id(ref)
    row = await store.operations.get(tx, operation_id, lock=lock) if operation_id is not None else None
    is_own = row is not None and row["actor_id"] is not None and row["actor_id"] == actor.id
    if row is None or not (is_own or actor.can(permissions.VIEW)):
        raise NotFound
    return row


async def view(tx: Tx, row: Any) -> Operation:
    """An operation as the API shows it."""
    found = await store.operations.progress(tx, row["id"])
    undoing = _is_undone(row)
    items = await store.operations.items(tx, row["id"], -1, MOST_RESULTS)
    state: State = row["state"]
    if undoing:
        state = "undoing" if row["is_undoing"] else "undone"
    done, good = (found["undo_done"], found["undone"]) if undoing else (found["done"], found["succeeded"])
    return Operation(
        id=row["id"],
        kind=row["kind"],
        do=row["verb"],
        state=state,
        progress=Progress(done=done, total=found["succeeded"] if undoing else row["total"]),
        succeeded=good,
        failed=done - good,
        actor=Named(row["actor_id"], row["actor_name"]) if row["actor_id"] else None,
        created_at=row["created_at"],
        finished_at=row["finished_at"],
        undo_until=row["undo_until"],
        undone_at=row["undone_at"],
        undone_by=Named(row["undone_by_id"], row["undone_by_name"]) if row["undone_by_id"] else None,
        can_undo=_why_not(tx, row) is None and found["undoable"] > 0,
        results=[_result(item, undoing=undoing) for item in items],
    )


def _is_undone(row: Any) -> bool:
    return row["undone_at"] is not None


def _result(item: Any, *, undoing: bool) -> Result:
    name = "undo_" if undoing and item["undo_status"] is not None else ""
    return Result(
        incident=item["ref"], id=item["incident_id"], status=item[f"{name}status"], problem=item[f"{name}problem"]
    )


def result_of(error: Exception, say: Say = filled) -> tuple[int, dict[str, Any]]:
    """What one of many incidents is refused with: the status and problem that it would get alone, as `say` puts it."""
    problem = as_problem(error, "", say)
    document = problem.document
    del document["request_id"]
    return problem.status, document


# ----------------------------------------------------------------------------------------------------------- undoing


def _why_not(tx: Tx, row: Any) -> Refused | None:
    if row["undone_at"] is not None:
        return Refused("This was undone already.")
    if row["state"] in ("queued", "running"):
        return Refused("This is still at work; cancel it first.")
    if tx.now > row["undo_until"]:
        return Refused("This can't be undone any more: more than 24 hours have passed.")
    return None


def may_undo(actor: Actor, *, did: str, by: UUID | None) -> bool:
    """Whether an actor may put back what somebody did: their own act is nobody else's to take back but who may assign."""
    return did not in OWN_ACTS or by == actor.id or actor.can(permissions.ASSIGN)


def _must_undo(actor: Actor, row: Any) -> None:
    """Raises `Forbidden`: putting back takes the rights of what was done, whoever did it, and of people's own acts more."""
    if not may_undo(actor, did=row["verb"] or row["kind"], by=row["actor_id"]):
        raise Forbidden(
            "Only who did this may undo it, or who holds {wanted}.",
            wanted=permissions.ASSIGN,
        )
    for group in row["may"]:
        names = group.split("|")
        if not any(actor.can(name) for name in names):
            raise Forbidden(
                "This needs the permission {wanted}; ask an administrator of your organisation for it.",
                wanted=" or ".join(names),
            )


async def begin_undo(tx: Tx, actor: Actor, ref: str, lease: datetime) -> tuple[Any, list[int]]:
    """Claim the undoing of an operation, which nobody else can do then; the places to put back.

    What concerns one incident is done at once, and the list is empty. Raises `NotFound`, `Forbidden`, `Refused`.
    """
    row = await _find(tx, actor, ref, lock=True)
    _must_undo(actor, row)
    refusal = _why_not(tx, row)
    if refusal is not None:
        raise refusal
    places = await store.operations.undoable(tx, row["id"])
    if not places:
        raise Refused("There is nothing left to undo.")
    values: dict[str, Any] = {"undone_at": tx.now, "undone_by_id": actor.id}
    if len(places) == 1:
        await put_back_item(tx, actor, row, places[0])
        await store.operations.update(tx, row["id"], values)
        return row, []
    await store.operations.update(tx, row["id"], {**values, "is_undoing": True, "next_run_at": lease})
    return row, places


async def undo_item(open_tx: Open, actor: Callable[[], Actor], row: Any, place: int, say: Say = filled) -> None:
    """Put one incident of many back, in a transaction of its own; a refusal is noted, and holds up nobody."""
    try:
        async with open_tx() as tx:
            await put_back_item(tx, actor(), row, place)
    except Exception as error:  # noqa: BLE001  whatever it is becomes this incident's result
        status, problem = result_of(error, say)
        async with open_tx() as tx:
            values = {"undo_status": status, "undo_problem": problem}
            await store.operations.set_item(tx, row["id"], place, values)


async def put_back_item(tx: Tx, actor: Actor, row: Any, place: int) -> None:
    """Put one incident of an operation back. Raises `NotFound`, `Refused`."""
    item = await store.operations.item(tx, row["id"], place)
    if item is None or item["image"] is None or item["undo_status"] is not None:
        raise Refused("There is nothing left to undo.")
    moved = item["moved"]
    if moved is not None:
        incident = await part_again(tx, actor, item["incident_id"], moved, row["id"])
    else:
        incident = await lock_any(tx, actor, item["incident_id"])
    if incident.version != item["version"]:
        raise Refused("{code} was changed meanwhile; nothing was undone.", code=incident.reference_code)
    helped = await _helpers(tx, incident.id)
    changed_at = datetime.fromisoformat(item["image"].get("at") or row["created_at"].isoformat())
    await _put_back(tx, incident, item["image"], changed_at)
    after = await lock_any(tx, actor, incident.id)
    facts = {"operation": row["id"], "undone": row["verb"] or row["kind"], **_difference(incident, after)}
    if helped != (help_again := await _helpers(tx, incident.id)):
        facts["helpers"] = {"from": sorted(helped - help_again), "to": sorted(help_again - helped)}
    tx.emit(events.OperationUndone(actor=actor, incident_id=incident.id, facts=facts))
    await store.operations.set_item(tx, row["id"], place, {"undo_status": 200})
    await store.operations.follow(tx, incident.id, item["image"]["incident"]["version"], after.version)


async def _put_back(tx: Tx, incident: Incident, image: dict[str, Any], at: datetime) -> None:
    """Set a locked incident and all that hangs on it to an image; `at` is when it was changed."""
    kept = {**image["incident"], "custom": await of_fields(tx, image["incident"]["custom"])}
    await store.images.put_incident_back(tx, incident.id, kept)
    await store.record.update(tx, incident.id, {})
    await index_record(tx, incident.id)
    await index_custom(tx, incident.id, incident.custom, kept["custom"])
    await index_tags(tx, incident.id, incident.tags, kept["tags"])
    await _put_people_back(tx, incident.id, image, at)
    clocks = await sla.put_back(tx, incident.id, image.get("clocks"))
    await sync_clock(tx, incident.id, clocks)
    if image.get("extension") and clocks is not None and clocks.resolution_breached_at is None:
        await store.extensions.wait_again(tx, UUID(image["extension"]), at)
    if "hands" in image:
        await sla.put_hands_back(tx, incident.id, image["hands"], at)
    for name, keeper in STRUCTURE.keepers.items():
        if name in image:
            await keeper.put_back(tx, incident.id, image[name], at)


async def _put_people_back(tx: Tx, incident_id: UUID, image: dict[str, Any], at: datetime) -> None:
    """Who worked on it does again, as since then: the history is added to, never rewritten."""
    before = image["assignments"] or []
    now = await store.assignments.active(tx, incident_id)
    kept = {row["id"] for row in now} & {UUID(one["id"]) for one in before}
    await store.assignments.end(tx, [row["id"] for row in now if row["id"] not in kept], tx.now)
    for one in before:
        if UUID(one["id"]) not in kept:
            await store.assignments.add(
                tx,
                incident_id,
                UUID(one["assigned_to_id"]),
                by=_id(one["assigned_by_id"]),
                capacity=one["capacity"],
                at=datetime.fromisoformat(one["assigned_at"]),
                note=one["note"],
                delegated_from=_id(one["delegated_from_id"]),
                previous=_id(one["previous_assignment_id"]),
                until=datetime.fromisoformat(one["delegated_until"]) if one["delegated_until"] else None,
            )
    await store.assignments.wake(tx, incident_id)
    watching = [UUID(one["id"]) for one in image["watchers"] or []]
    await store.images.drop_watchers(tx, incident_id, at, watching)


async def _helpers(tx: Tx, incident_id: UUID) -> set[UUID]:
    held = await store.assignments.active(tx, incident_id)
    return {row["assigned_to_id"] for row in held if row["capacity"] == "collaborator"}


def _id(text: str | None) -> UUID | None:
    return UUID(text) if text is not None else None


def _difference(before: Incident, after: Incident) -> dict[str, Any]:
    """What undoing changed, as facts: slugs and ids from and to; moments as they were before undoing."""
    facts: dict[str, Any] = {}
    pairs: dict[str, tuple[Any, Any]] = {
        "status": (before.status.slug, after.status.slug),
        "priority": (before.priority.slug, after.priority.slug),
        "category": tuple(one.category.slug if one.category else None for one in (before, after)),  # type: ignore[dict-item]
        "owner": (before.assigned_to_id, after.assigned_to_id),
        "team": (before.team_id, after.team_id),
        "merged_into": (before.merged_into_id, after.merged_into_id),
    }
    facts |= {name: {"from": old, "to": new} for name, (old, new) in pairs.items() if old != new}
    for name in ("resolved_at", "deleted_at", "closed_at"):
        if getattr(before, name) != getattr(after, name):
            facts[name] = getattr(before, name)
    return facts


async def end_undo(tx: Tx, operation_id: UUID) -> None:
    """All of it was tried. Raises `Refused`, with everything as before the undoing, when nothing could be put back."""
    found = await store.operations.progress(tx, operation_id)
    if found["undone"] == 0:
        values = {"is_undoing": False, "next_run_at": None, "undone_at": None, "undone_by_id": None}
        await store.operations.update(tx, operation_id, values)
        await store.operations.forget_undo(tx, operation_id)
        return
    await store.operations.update(tx, operation_id, {"is_undoing": False, "next_run_at": None})


async def cancel_operation(tx: Tx, actor: Actor, ref: str, say: Say = filled) -> Operation:
    """Stop a job; what is done stays and can be undone. Raises `NotFound`, `Forbidden`, `Refused` when it is over."""
    row = await _find(tx, actor, ref, lock=True)
    _must_undo(actor, row)
    if row["is_undoing"]:
        await store.operations.update(tx, row["id"], {"is_undoing": False, "next_run_at": None})
    elif row["state"] in ("queued", "running"):
        status, problem = result_of(
            Refused("The operation was cancelled before it came to this incident.", slug="cancelled"), say
        )
        await store.operations.skip_rest(tx, row["id"], problem, status)
        values = {"state": "cancelled", "next_run_at": None, "finished_at": tx.now}
        await store.operations.update(tx, row["id"], values)
    else:
        raise Refused("This is over; there is nothing to cancel.")
    return await view(tx, await store.operations.get(tx, row["id"]))
