"""Overrides, and swaps, to which the other must agree."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tocsin.access import permissions, service as access
from tocsin.access.model import Named
from tocsin.base.actor import Actor
from tocsin.base.clock import check_moment
from tocsin.base.errors import Forbidden, NotFound, Refused, invalid
from tocsin.base.ids import parse_id
from tocsin.base.paging import Page, check_limit, decode_cursor, encode_cursor
from tocsin.db.tx import Tx
from tocsin.notifications import service as notifications
from tocsin.oncall import events, store
from tocsin.oncall.model import OverrideView, SwapView
from tocsin.oncall.service.find import find_schedule
from tocsin.oncall.service.schedules import must_see
from tocsin.oncall.service.watch import on_call_between

LONGEST = timedelta(days=370)


def _span(
    starts: datetime, ends: datetime, now: datetime, names: tuple[str, str] = ("from", "to")
) -> tuple[datetime, datetime]:
    """A stretch of time that isn't over. Raises `Invalid`."""
    begin, end = check_moment(starts, names[0]), check_moment(ends, names[1])
    if end <= begin:
        raise invalid(names[1], "The end lies before the beginning.")
    if end <= now:
        raise invalid(names[1], "This time is over already.")
    if end - begin > LONGEST:
        raise invalid(names[1], "Give at most {days} days.", days=LONGEST.days)
    return begin, end


# ----------------------------------------------------------------------------------------------------------- overrides


async def list_overrides(tx: Tx, actor: Actor, ref: str, limit: int, cursor: str | None) -> Page[OverrideView]:
    """A page of a schedule's overrides, the latest first. Raises `NotFound`, `Invalid`."""
    must_see(actor)
    row = await find_schedule(tx, ref)
    question = ["overrides", str(row["id"])]
    after = decode_cursor(cursor, question, tuple[datetime, UUID]) if cursor is not None else None
    rows = await store.changes.override_page(tx, row["id"], after, check_limit(limit) + 1)
    items = [_override(one) for one in rows[:limit]]
    more = len(rows) > limit
    return Page(items, encode_cursor(question, [items[-1].starts_at, items[-1].id]) if more else None)


async def get_override(tx: Tx, actor: Actor, ref: str, override: str) -> OverrideView:
    """An override of a schedule. Raises `NotFound`."""
    must_see(actor)
    schedule = await find_schedule(tx, ref)
    return _override(await _override_row(tx, schedule["id"], override))


async def add_override(
    tx: Tx, actor: Actor, ref: str, *, user: str, starts: datetime, ends: datetime, reason: str | None = None
) -> OverrideView:
    """Give somebody the watch for a while, whatever the layers say: oneself, or by the right to manage escalation.

    Raises `NotFound`, `Invalid`, `Forbidden`.
    """
    _must_work(actor)
    schedule = await find_schedule(tx, ref, lock=True)
    person = await access.find_user(tx, user, "user", actor)
    _must_manage(actor, person.id)
    begin, end = _span(starts, ends, tx.now)
    return await _add(tx, actor, schedule["id"], person.id, begin, end, reason)


async def remove_override(tx: Tx, actor: Actor, ref: str, override: str) -> None:
    """Take an override back; of one that has begun, what was stays. Raises `NotFound`, `Forbidden`, `Refused` for a past one."""
    _must_work(actor)
    schedule = await find_schedule(tx, ref, lock=True)
    row = await _override_row(tx, schedule["id"], override)
    _must_manage(actor, row["user_id"])
    if row["ends_at"] <= tx.now:
        raise Refused("It is over already; what was stays as it was.")
    if row["starts_at"] < tx.now:
        await store.changes.end_override(tx, row["id"], tx.now)
    else:
        await store.changes.delete_override(tx, row["id"])
    facts = {"schedule": schedule["id"], "override": row["id"], "user": row["user_id"]}
    facts |= {"from": row["starts_at"], "to": row["ends_at"]}
    tx.emit(events.OverrideRemoved(actor=actor, facts=facts))


def _must_work(actor: Actor) -> None:
    if not actor.can(permissions.ESCALATION_MANAGE):
        actor.must(permissions.UPDATE)


def _must_manage(actor: Actor, user_id: UUID) -> None:
    if actor.id != user_id and not actor.can(permissions.ESCALATION_MANAGE):
        raise Forbidden("Watches of others need the permission {wanted}.", wanted=permissions.ESCALATION_MANAGE)


async def _override_row(tx: Tx, schedule_id: UUID, override: str) -> Any:
    known = parse_id(override)
    row = await store.changes.get_override(tx, schedule_id, known) if known is not None else None
    if row is None:
        raise NotFound
    return row


async def _add(
    tx: Tx,
    actor: Actor,
    schedule_id: UUID,
    user_id: UUID,
    begin: datetime,
    end: datetime,
    reason: str | None,
    swap_id: UUID | None = None,
) -> OverrideView:
    values = {"user_id": user_id, "starts_at": begin, "ends_at": end, "reason": reason, "swap_id": swap_id}
    override_id = await store.changes.add_override(tx, schedule_id, {**values, "created_by_id": actor.id})
    facts = {
        "schedule": schedule_id,
        "override": override_id,
        "user": user_id,
        "from": begin,
        "to": end,
        "swap": swap_id,
    }
    texts = {"reason": reason} if reason else {}
    tx.emit(events.OverrideAdded(actor=actor, facts=facts, texts=texts))
    return _override(await store.changes.get_override(tx, schedule_id, override_id))


def _override(row: Any) -> OverrideView:
    return OverrideView(
        **{name: row[name] for name in ("id", "starts_at", "ends_at", "reason", "created_at")},
        user=Named(row["user_id"], row["user_name"]),
        swap=row["swap_id"],
    )


# --------------------------------------------------------------------------------------------------------------- swaps


async def list_swaps(tx: Tx, actor: Actor, ref: str, limit: int, cursor: str | None) -> Page[SwapView]:
    """A page of a schedule's swaps, the latest asked first. Raises `NotFound`, `Invalid`."""
    must_see(actor)
    schedule = await find_schedule(tx, ref)
    question = ["swaps", str(schedule["id"])]
    after = decode_cursor(cursor, question, tuple[datetime, UUID]) if cursor is not None else None
    rows = await store.changes.swap_page(tx, schedule["id"], after, check_limit(limit) + 1)
    items = [_swap(row) for row in rows[:limit]]
    more = len(rows) > limit
    return Page(items, encode_cursor(question, [items[-1].created_at, items[-1].id]) if more else None)


async def get_swap(tx: Tx, actor: Actor, ref: str, swap: str) -> SwapView:
    """A swap of a schedule. Raises `NotFound`."""
    must_see(actor)
    schedule = await find_schedule(tx, ref)
    return _swap(await _swap_row(tx, schedule["id"], swap))


async def ask_swap(
    tx: Tx,
    actor: Actor,
    ref: str,
    *,
    user: str,
    starts: datetime,
    ends: datetime,
    in_return: tuple[datetime, datetime] | None = None,
    note: str | None = None,
) -> SwapView:
    """Ask somebody to take one's own watch, maybe for one of theirs `in_return`; nothing changes until they agree.

    Raises `NotFound`, `Invalid`, and `Refused` when the time isn't the asker's watch, or the return not the other's.
    """
    _must_work(actor)
    schedule = await find_schedule(tx, ref, lock=True)
    other = await access.find_user(tx, user, "user", actor)
    if actor.kind != "person" or actor.id is None:
        raise Refused("Only people have a watch to swap.")
    if other.id == actor.id:
        raise invalid("user", "Ask somebody else.")
    begin, end = _span(starts, ends, tx.now)
    back = _span(*in_return, tx.now, ("return_from", "return_to")) if in_return is not None else None
    await _refuse_others_watch(tx, schedule["id"], (actor.id, begin, end), other, back)
    values = {"from_user_id": actor.id, "to_user_id": other.id, "starts_at": begin, "ends_at": end, "note": note}
    values |= {"return_starts_at": back[0] if back else None, "return_ends_at": back[1] if back else None}
    swap_id = await store.changes.add_swap(tx, schedule["id"], values)
    facts = {"schedule": schedule["id"], "swap": swap_id, "user": actor.id, "to_user": other.id}
    facts |= {"from": begin, "to": end}
    tx.emit(events.SwapAsked(actor=actor, facts=facts, texts={"note": note} if note else {}))
    view = _swap(await store.changes.get_swap(tx, schedule["id"], swap_id))
    await _tell(tx, schedule, view, other.id, f"{actor.name} asks you to take a watch", "asked")
    return view


async def _refuse_others_watch(
    tx: Tx,
    schedule_id: UUID,
    own: tuple[UUID, datetime, datetime],
    other: Named,
    back: tuple[datetime, datetime] | None,
) -> None:
    if not await _is_whole(tx, schedule_id, *own):
        raise Refused("You don't have the watch for all of this time.", field="from")
    if back is not None and not await _is_whole(tx, schedule_id, other.id, *back):
        raise Refused(
            "{name} does not have the watch for all of the time in return.", field="return_from", name=other.name
        )


async def decide_swap(tx: Tx, actor: Actor, ref: str, swap: str, decision: str) -> SwapView:
    """`accepted` or `declined` by who was asked, `withdrawn` by who asked. Raises `NotFound`, `Forbidden`, `Refused`."""
    _must_work(actor)
    schedule = await find_schedule(tx, ref, lock=True)
    row = await _swap_row(tx, schedule["id"], swap, lock=True)
    decider = row["from_user_id"] if decision == "withdrawn" else row["to_user_id"]
    if actor.id != decider:
        raise Forbidden("Only the one who was asked can agree, only the one who asked can withdraw.")
    if row["state"] != "asked":
        raise Refused("It is decided already: {state}.", state=row["state"])
    if decision == "accepted":
        await _carry_out(tx, actor, schedule["id"], row)
    await store.changes.decide_swap(tx, row["id"], decision)
    facts = {"schedule": schedule["id"], "swap": row["id"], "user": row["from_user_id"], "to_user": row["to_user_id"]}
    tx.emit(events.SwapDecided(actor=actor, facts={**facts, "state": decision}))
    view = _swap(await store.changes.get_swap(tx, schedule["id"], row["id"]))
    if decision != "withdrawn":
        await _tell(tx, schedule, view, row["from_user_id"], f"{actor.name} has {decision} your swap", decision)
    return view


async def _carry_out(tx: Tx, actor: Actor, schedule_id: UUID, row: Any) -> None:
    """Both sides as they are now: what was another's meanwhile is refused."""
    if row["starts_at"] <= tx.now:
        raise Refused("It has begun already; take the watch with an override instead.")
    sides = [(row["from_user_id"], row["to_user_id"], row["starts_at"], row["ends_at"])]
    if row["return_starts_at"] is not None:
        sides.append((row["to_user_id"], row["from_user_id"], row["return_starts_at"], row["return_ends_at"]))
    for holder, _, begin, end in sides:
        if not await _is_whole(tx, schedule_id, holder, begin, end):
            raise Refused("The watch has changed hands meanwhile; ask anew.")
    for _, taker, begin, end in sides:
        await _add(tx, actor, schedule_id, taker, begin, end, None, row["id"])


async def _is_whole(tx: Tx, schedule_id: UUID, user_id: UUID, begin: datetime, end: datetime) -> bool:
    """Whether somebody has the watch for all of a time."""
    final, gaps = await on_call_between(tx, schedule_id, begin, end)
    return not gaps and all(shift.user_id == user_id for shift in final)


async def _swap_row(tx: Tx, schedule_id: UUID, swap: str, *, lock: bool = False) -> Any:
    known = parse_id(swap)
    row = await store.changes.get_swap(tx, schedule_id, known, lock=lock) if known is not None else None
    if row is None:
        raise NotFound
    return row


def _swap(row: Any) -> SwapView:
    return SwapView(
        **{name: row[name] for name in ("id", "starts_at", "ends_at", "note", "state", "created_at", "decided_at")},
        user=Named(row["from_user_id"], row["from_name"]),
        to_user=Named(row["to_user_id"], row["to_name"]),
        return_from=row["return_starts_at"],
        return_to=row["return_ends_at"],
    )


async def _tell(tx: Tx, schedule: Any, view: SwapView, user_id: UUID, subject: str, occasion: str) -> None:
    lines = [
        f"Schedule: {schedule['name']}",
        f"Watch: {view.starts_at:%Y-%m-%d %H:%M} to {view.ends_at:%Y-%m-%d %H:%M} (UTC)",
    ]
    if view.return_from is not None and view.return_to is not None:
        lines.append(f"In return: {view.return_from:%Y-%m-%d %H:%M} to {view.return_to:%Y-%m-%d %H:%M} (UTC)")
    if view.note:
        lines.append(f"Note: {view.note}")
    await notifications.notify(
        tx,
        kind="SwapAsked" if occasion == "asked" else "SwapDecided",
        incident_id=None,
        recipients=await notifications.members(tx, [user_id]),
        subject=f"{subject} ({schedule['name']})",
        body="\n".join(lines) + "\n",
        dedupe=f"swap:{view.id}:{occasion}",
    )
