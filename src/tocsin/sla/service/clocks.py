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
from tocsin.sla.model import Clocks, Fired, clocks_from, clocks_of, history_from
from tocsin.sla.rules import ALWAYS, Calendar, Case, ClockName, Configuration, History, Policy
from tocsin.sla.service.setting import configuration, working_time

MODULE = "sla"
DUE, NEXT_DUE, IMAGE = store.clocks.DUE, store.clocks.NEXT_DUE, store.clocks.IMAGE


def is_off(tx: Tx) -> bool:
    """Whether the tenant has switched service levels off."""
    return MODULE in tx.memo.get("disabled_modules", ())


async def promise(tx: Tx, case: Case) -> tuple[Policy, Calendar]:
    """What an incident is promised as things are set now, and the calendar that it is counted in."""
    policy = rules.choose(await configuration(tx), case)
    return policy, await working_time(tx, policy.calendar)


async def asks(tx: Tx) -> tuple[bool, bool]:
    """Whether promises depend on an incident's team, and on its reporter's organisation."""
    found = await configuration(tx)
    return found.asks_for_team, found.asks_for_organisation


async def first_clocks(tx: Tx, case: Case, started_at: datetime) -> Clocks | None:
    """The clocks that an incident begun at `started_at` will have, None with the module off."""
    if is_off(tx):
        return None
    policy, calendar = await promise(tx, case)
    return clocks_of(rules.begin(policy, started_at, calendar=calendar))


async def start(
    tx: Tx,
    incident_id: UUID,
    case: Case,
    *,
    started_at: datetime,
    due_override: datetime | None = None,
    paused: bool = False,
) -> Clocks | None:
    """Start the clocks of a new incident (one statement); None when the module is off.

    `due_override` fixes the due time of the resolution, `paused` says that the incident begins in a pausing status.
    For a start in the past, what has been reached since is found by the sweep unless `settle` records it.
    """
    if is_off(tx):
        return None
    policy, calendar = await promise(tx, case)
    history = rules.begin(policy, started_at, calendar=calendar, fixed_due_at=due_override, paused=paused)
    await store.clocks.insert(tx, new_id(), incident_id, history, rules.next_check_at(history))
    return clocks_of(history)


async def get(tx: Tx, incident_id: UUID) -> Clocks | None:
    """The clocks of an incident."""
    row = await store.clocks.get(tx, incident_id)
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


async def tell_public(tx: Tx, incident_id: UUID) -> tuple[list[Fired], Clocks | None]:
    """The public was told how it stands: the next update, should one be promised, is due so much later than now.

    Answers what had been reached by now and wasn't told yet, and the clocks as they are then.
    """
    row = None if is_off(tx) else await store.clocks.lock(tx, incident_id)
    if row is None:
        return [], None
    before = await load(tx, row)
    known, told = rules.look(before, tx.now)
    after = rules.updated(known, tx.now)
    await _save(tx, incident_id, row["next_check_at"], before, after)
    return told, clocks_of(after)


async def retarget(tx: Tx, incident_id: UUID, case: Case) -> Clocks | None:
    """What the incident is promised may have changed: the present promise from the original start, pauses replayed.

    Clocks that ended stay as they are. A due time that is past already is found by the next look at once, as are
    warnings not given yet. The clocks as they were are kept beside.
    """
    policy, calendar = await promise(tx, case)
    return await apply(tx, incident_id, policy, calendar)


async def apply(tx: Tx, incident_id: UUID, policy: Policy, calendar: Calendar) -> Clocks | None:
    """Give an incident another promise. Raises nothing; None for one without clocks."""
    row = await store.clocks.lock(tx, incident_id)
    if row is None:
        return None
    before = await load(tx, row)
    if policy == before.policy:
        return clocks_of(before)
    await store.clocks.keep(tx, new_id(), incident_id, before, row["created_at"])
    after = rules.retargeted(before, policy, calendar)
    await _save(tx, incident_id, row["next_check_at"], before, after)
    return clocks_of(after)


@dataclass(frozen=True, slots=True)
class Following:
    """A clock that would follow a change: its promise then, and which due times move (clock, before, after)."""

    policy: Policy
    calendar: Calendar
    moves: tuple[tuple[ClockName, datetime | None, datetime | None], ...]


async def follow(
    tx: Tx,
    row: Any,
    before: tuple[Configuration, Case],
    after: tuple[Configuration, Case],
    calendar_id: UUID | None,
) -> Following | None:
    """How the clocks in a row of `incident_slas` follow a change of what is set, None when they don't.

    `calendar_id` names the calendar that was changed; without it the change was one of targets.
    """
    history = await load(tx, row)
    versions = (
        (None, None) if calendar_id is None else tuple(one.calendars.get(calendar_id) for one, _ in (before, after))
    )
    policy = rules.followed(
        history.policy, rules.choose(*before), rules.choose(*after), was=versions[0], calendar=versions[1]
    )
    if policy is None or policy == history.policy:
        return None
    calendar = await working_time(tx, policy.calendar)
    moved = rules.retargeted(history, policy, calendar)
    moves = tuple(
        (name, history.clock(name).due_at, moved.clock(name).due_at)
        for name in rules.CLOCKS
        if history.clock(name).due_at != moved.clock(name).due_at
    )
    return Following(policy, calendar, moves)


async def most_extensions(tx: Tx, incident_id: UUID) -> int | None:
    """How many later due times an incident may be granted, by the policy its clocks run under; None for any number."""
    row = await store.clocks.get(tx, incident_id)
    return None if row is None else (await load(tx, row)).policy.extensions


async def extend(tx: Tx, incident_id: UUID, due_at: datetime) -> Clocks | None:
    """Let the resolution be due later; what it would be due without that stays known."""
    return await _change(tx, incident_id, lambda history: rules.extended(history, tx.now, due_at))


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
    row = await store.clocks.lock(tx, incident_id)
    if row is None or image is None:
        return clocks_from(row) if row is not None else None
    found = await load(tx, row)
    await store.clocks.put_back(tx, row["id"], image)
    before = await load(tx, await store.clocks.lock(tx, incident_id))
    after = rules.with_findings(before, found)
    await _save(tx, incident_id, None, before, after)
    return clocks_of(after)


async def settle(tx: Tx, incident_id: UUID) -> Clocks | None:
    """Record silently what has been reached by now: imports tell nobody of warnings and breaches of long ago."""
    return await _change(tx, incident_id, lambda history: rules.look(history, tx.now)[0])


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing in a known past and when it was. `case` comes with `retarget`, and only there."""

    verb: Literal["respond", "resolve", "reopen", "pause", "resume", "retarget"]
    at: datetime
    case: Case | None = None


async def replay(tx: Tx, case: Case, *, started_at: datetime, moments: Iterable[Moment]) -> History | None:
    """The clocks of an incident whose past is known (imports), computed in memory; None when the module is off.

    `moments` come in order. What was reached by `tx.now` is recorded silently, under the targets of its own time.
    """
    if is_off(tx):
        return None
    policy, calendar = await promise(tx, case)
    history = rules.begin(policy, started_at, calendar=calendar)
    for moment in moments:
        if moment.verb == "retarget" and moment.case is not None:
            policy, calendar = await promise(tx, moment.case)
            if policy != history.policy:
                # What the old targets reached before this moment stays, whatever the new ones say.
                history = rules.look(history, moment.at - timedelta(microseconds=1))[0]
                history = rules.retargeted(history, policy, calendar)
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
    await store.clocks.insert(tx, new_id(), incident_id, history, rules.next_check_at(history))
    return clocks_of(history)


async def check(tx: Tx, incident_id: UUID) -> list[Fired]:
    """Record the warnings and breaches reached by now that weren't told, and answer them: each once, in order."""
    return (await check_clocks(tx, incident_id))[0]


async def check_clocks(tx: Tx, incident_id: UUID) -> tuple[list[Fired], Clocks | None]:
    """As `check`, with the clocks as they are then."""
    row = None if is_off(tx) else await store.clocks.lock(tx, incident_id)
    if row is None:
        return [], None
    before = await load(tx, row)
    after, told = rules.look(before, tx.now)
    await _save(tx, incident_id, row["next_check_at"], before, after)
    return told, clocks_of(after)


async def check_many(tx: Tx, incident_ids: list[UUID]) -> list[tuple[UUID, list[Fired], Clocks]]:
    """As `check_clocks`, for some incidents at once, in order of their ids; those without clocks are left out."""
    if is_off(tx):
        return []
    found, changed = [], []
    for row in await store.clocks.lock_many(tx, incident_ids):
        before = await load(tx, row)
        after, told = rules.look(before, tx.now)
        next_check = rules.next_check_at(after)
        if after != before or next_check != row["next_check_at"]:
            changed.append((row["incident_id"], after, next_check))
        found.append((row["incident_id"], told, clocks_of(after)))
    if changed:
        await store.clocks.update_many(tx, changed)
    return found


async def load(tx: Tx, row: Any) -> History:
    """The history in a row of clocks, with its calendar."""
    version = row["calendar_version_id"]
    return history_from(row, await working_time(tx, ALWAYS if version is None else str(version)))


async def _change(tx: Tx, incident_id: UUID, verb: Callable[[History], History]) -> Clocks | None:
    row = await store.clocks.lock(tx, incident_id)
    return None if row is None else await _write(tx, incident_id, row, verb)


async def _write(tx: Tx, incident_id: UUID, row: Any, verb: Callable[[History], History]) -> Clocks:
    before = await load(tx, row)
    after = verb(before)
    await _save(tx, incident_id, row["next_check_at"], before, after)
    return clocks_of(after)


async def _save(tx: Tx, incident_id: UUID, old_check: datetime | None, before: History, after: History) -> None:
    next_check = rules.next_check_at(after)
    if after != before or next_check != old_check:
        await store.clocks.update(tx, incident_id, after, next_check)
