"""Verbs on an incident's clocks. The caller (`incidents`) has checked the actor's right and locked the incident.

Every verb locks the clocks, answers them as they are then, and answers None where the incident has none (it was
created while the module was off). Times `at` are the moment of the fact: `tx.now`, or a log's for imports, in order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from tocsin.base.ids import new_id
from tocsin.db.tx import Tx
from tocsin.sla import rules, store
from tocsin.sla.model import Clocks, Fired, Targets, clocks_from, clocks_of, history_from
from tocsin.sla.rules import History, Policy
from tocsin.sla.store import DUE, IMAGE, NEXT_DUE
from tocsin.tenancy import service as tenancy

__all__ = [
    "DUE",
    "IMAGE",
    "NEXT_DUE",
    "Clocks",
    "Fired",
    "Moment",
    "Targets",
    "check",
    "clocks_from",
    "first_clocks",
    "fix_due",
    "get",
    "pause",
    "put_back",
    "record",
    "reopen",
    "replay",
    "resolve",
    "respond",
    "restart",
    "resume",
    "retarget",
    "settle",
    "start",
    "stop",
]

MODULE = "sla"


def _is_off(tx: Tx) -> bool:
    return MODULE in tx.memo.get("disabled_modules", ())


async def _policy(tx: Tx, targets: Targets) -> Policy:
    settings = (await tenancy.current(tx)).settings
    return Policy(targets=targets, warning_percents=tuple(sorted(set(settings.warning_percents))))


def first_clocks(tx: Tx, targets: Targets, started_at: datetime) -> Clocks | None:
    """The clocks that an incident begun at `started_at` will have, None with the module off."""
    if _is_off(tx):
        return None
    return clocks_of(rules.begin(Policy(targets=targets, warning_percents=()), started_at))


async def start(
    tx: Tx,
    incident_id: UUID,
    targets: Targets,
    *,
    started_at: datetime,
    due_override: datetime | None = None,
    paused: bool = False,
) -> Clocks | None:
    """Start both clocks of a new incident (one statement); None when the module is off.

    `due_override` fixes the due time of the resolution, `paused` says that the incident begins in a pausing status.
    For a start in the past, what has been reached since is found by the sweep unless `settle` records it.
    """
    if _is_off(tx):
        return None
    history = rules.begin(await _policy(tx, targets), started_at, fixed_due_at=due_override, paused=paused)
    await store.insert(tx, new_id(), incident_id, history, rules.next_check_at(history))
    return clocks_of(history)


async def get(tx: Tx, incident_id: UUID) -> Clocks | None:
    """The clocks of an incident."""
    row = await store.get(tx, incident_id)
    return clocks_from(row) if row is not None else None


async def respond(tx: Tx, incident_id: UUID, at: datetime) -> Clocks | None:
    """A member answered or acknowledged for the first time; later answers change nothing."""
    return await _change(tx, incident_id, lambda history: rules.responded(history, at))


async def resolve(tx: Tx, incident_id: UUID, at: datetime) -> Clocks | None:
    """The incident was resolved: both clocks stop, a pause ends. Nothing changes when it was so already."""
    return await _change(tx, incident_id, lambda history: rules.resolved(history, at))


async def reopen(tx: Tx, incident_id: UUID, at: datetime) -> Clocks | None:
    """The incident was reopened: the time since the resolution isn't counted, what was used before is."""
    return await _change(tx, incident_id, lambda history: rules.reopened(history, at))


async def pause(tx: Tx, incident_id: UUID, at: datetime) -> Clocks | None:
    """The incident waits: its resolution clock stands still. Nothing changes when it does already."""
    return await _change(tx, incident_id, lambda history: rules.paused(history, at))


async def resume(tx: Tx, incident_id: UUID, at: datetime) -> Clocks | None:
    """The incident waits no more: its due time moves by the pause (a fixed one doesn't)."""
    return await _change(tx, incident_id, lambda history: rules.resumed(history, at))


async def retarget(tx: Tx, incident_id: UUID, targets: Targets) -> Clocks | None:
    """Priority or category changed: the present policy from the original start. Clocks that ended stay as they are.

    A due time that is past already is found by the next look at once, as are warnings not given yet.
    """
    policy = await _policy(tx, targets)
    return await _change(tx, incident_id, lambda history: rules.retargeted(history, policy))


async def fix_due(tx: Tx, incident_id: UUID, due_at: datetime | None) -> Clocks | None:
    """Fix the due time of the resolution, None returns to the target. It takes effect on a resolved one when reopened."""
    return await _change(tx, incident_id, lambda history: rules.due_fixed(history, due_at))


async def stop(tx: Tx, incident_id: UUID, at: datetime) -> Clocks | None:
    """The incident was deleted: nobody is warned any more."""
    return await _change(tx, incident_id, lambda history: rules.stopped(history, at))


async def restart(tx: Tx, incident_id: UUID, at: datetime) -> Clocks | None:
    """The incident was restored: the time since counts; what was reached by `at` is recorded, late and silently."""
    return await _change(tx, incident_id, lambda history: rules.restarted(history, at))


async def put_back(tx: Tx, incident_id: UUID, image: dict[str, Any] | None) -> Clocks | None:
    """Set the clocks to an earlier image (`IMAGE`) of theirs, as if nothing had been done since; breaches and warnings
    that were found meanwhile stay. Answers them as they are then, None without clocks.
    """
    row = await store.lock(tx, incident_id)
    if row is None or image is None:
        return clocks_from(row) if row is not None else None
    found = history_from(row)
    await store.put_back(tx, row["id"], image)
    again = await store.lock(tx, incident_id)
    before = history_from(again)
    after = rules.with_findings(before, found)
    await _save(tx, incident_id, None, before, after)
    return clocks_of(after)


async def settle(tx: Tx, incident_id: UUID) -> Clocks | None:
    """Record silently what has been reached by now: imports tell nobody of warnings and breaches of long ago."""
    return await _change(tx, incident_id, lambda history: rules.look(history, tx.now)[0])


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing in a known past and when it was. `targets` comes with `retarget`, and only there."""

    verb: Literal["respond", "resolve", "reopen", "pause", "resume", "retarget"]
    at: datetime
    targets: Targets | None = None


async def replay(tx: Tx, targets: Targets, *, started_at: datetime, moments: Iterable[Moment]) -> History | None:
    """The clocks of an incident whose past is known (imports), computed in memory; None when the module is off.

    `moments` come in order. What was reached by `tx.now` is recorded silently, under the targets of its own time.
    """
    if _is_off(tx):
        return None
    history = rules.begin(await _policy(tx, targets), started_at)
    for moment in moments:
        if moment.verb == "retarget" and moment.targets is not None:
            # What the old targets reached before this moment stays, whatever the new ones say.
            history = rules.look(history, moment.at - timedelta(microseconds=1))[0]
            history = rules.retargeted(history, await _policy(tx, moment.targets))
        elif moment.verb != "retarget":
            history = _VERBS[moment.verb](history, moment.at)
    return rules.look(history, tx.now)[0]


_VERBS: dict[str, Callable[[History, datetime], History]] = {
    "respond": rules.responded,
    "resolve": rules.resolved,
    "reopen": rules.reopened,
    "pause": rules.paused,
    "resume": rules.resumed,
}


async def record(tx: Tx, incident_id: UUID, history: History) -> Clocks:
    """Write the clocks that `replay` computed for an incident that has none yet."""
    await store.insert(tx, new_id(), incident_id, history, rules.next_check_at(history))
    return clocks_of(history)


async def check(tx: Tx, incident_id: UUID) -> list[Fired]:
    """Record the warnings and breaches reached by now that weren't told, and answer them: each once, in order."""
    row = None if _is_off(tx) else await store.lock(tx, incident_id)
    if row is None:
        return []
    before = history_from(row)
    after, told = rules.look(before, tx.now)
    await _save(tx, incident_id, row["next_check_at"], before, after)
    return told


async def _change(tx: Tx, incident_id: UUID, verb: Callable[[History], History]) -> Clocks | None:
    row = await store.lock(tx, incident_id)
    if row is None:
        return None
    before = history_from(row)
    after = verb(before)
    await _save(tx, incident_id, row["next_check_at"], before, after)
    return clocks_of(after)


async def _save(tx: Tx, incident_id: UUID, old_check: datetime | None, before: History, after: History) -> None:
    next_check = rules.next_check_at(after)
    if after != before or next_check != old_check:
        await store.update(tx, incident_id, after, next_check)
