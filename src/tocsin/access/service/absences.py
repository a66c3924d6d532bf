"""Absences: what is meant for somebody who is away goes to their deputy, and falls back when they are back."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from tocsin.access import events, permissions, rules, store
from tocsin.access.model import AbsenceView, Named
from tocsin.access.rules import StandIn, Substitution
from tocsin.access.service.people import find_member, find_user
from tocsin.base.actor import Actor
from tocsin.base.clock import check_moment
from tocsin.base.errors import Forbidden, NotFound, Refused, invalid
from tocsin.base.ids import parse_id
from tocsin.base.paging import Page, check_limit, decode_cursor, encode_cursor
from tocsin.base.zones import day_start
from tocsin.db.tx import Tx
from tocsin.tenancy import service as tenancy

LONGEST = timedelta(days=3660)
MOST_AHEAD = 200


class NewAbsence(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"starts": "from", "ends": "to"}
):
    """From when until when: a time (RFC 3339), or a day in the person's own zone, of which the last one counts whole.

    `deputy` gets what is meant for the person meanwhile; without one it stays theirs, and teams pass them over.
    """

    starts: str
    ends: str
    deputy: str | None = None


async def add_absence(tx: Tx, actor: Actor, ref: str, new: NewAbsence) -> AbsenceView:
    """Note that somebody will be away: oneself, or by the right to manage people.

    Raises `NotFound`, `Forbidden`, `Invalid`, and `Refused` for one that touches another or whose deputies make a circle.
    """
    person = await _person(tx, actor, ref)
    _must_manage(actor, person["id"])
    zone = await _zone_of(tx, person["id"])
    starts_at = _moment(new.starts, "from", zone)
    ends_at = _moment(new.ends, "to", zone, is_end=True)
    if ends_at <= starts_at:
        raise invalid("to", "The absence ends before it begins.")
    if ends_at <= tx.now:
        raise invalid("to", "The absence is over already.")
    if ends_at - starts_at > LONGEST:
        raise invalid("to", "Give at most ten years.")
    deputy = await find_user(tx, new.deputy, "deputy", actor) if new.deputy is not None else None
    if deputy is not None and deputy.id == person["id"]:
        raise invalid("deputy", "Somebody else must stand in.")
    if person["kind"] != "person":
        raise Refused("Only people can be away.")
    await store.absences.lock(tx)
    if await store.absences.between(tx, [person["id"]], starts_at, ends_at):
        raise Refused("{name} is away already at that time; take the other absence back first.", name=person["name"])
    if deputy is not None:
        await _refuse_circle(tx, Substitution(person["id"], deputy.id, starts_at, ends_at))
    absence_id = await store.absences.add(tx, person["id"], starts_at, ends_at, deputy.id if deputy else None, actor.id)
    view = _view(await store.absences.get(tx, person["id"], absence_id))
    tx.emit(events.AbsenceAdded(actor=actor, facts=_facts(view)))
    return view


async def remove_absence(tx: Tx, actor: Actor, ref: str, absence: str) -> AbsenceView:
    """Take an absence back; what it was. Work that was handed on because of it falls back when its time comes."""
    person = await _person(tx, actor, ref)
    _must_manage(actor, person["id"])
    view = await get_absence(tx, actor, str(person["id"]), absence)
    await store.absences.delete(tx, view.id)
    tx.emit(events.AbsenceRemoved(actor=actor, facts=_facts(view)))
    return view


async def get_absence(tx: Tx, actor: Actor, ref: str, absence: str) -> AbsenceView:
    """An absence of a member. Raises `NotFound`."""
    person = await _person(tx, actor, ref)
    absence_id = parse_id(absence)
    row = await store.absences.get(tx, person["id"], absence_id) if absence_id is not None else None
    if row is None:
        raise NotFound
    return _view(row)


async def list_absences(tx: Tx, actor: Actor, ref: str, limit: int, cursor: str | None) -> Page[AbsenceView]:
    """A page of a member's absences, the latest first. Raises `NotFound`, `Invalid`."""
    person = await _person(tx, actor, ref)
    question = ["absences", str(person["id"])]
    after = decode_cursor(cursor, question, tuple[datetime, UUID]) if cursor is not None else None
    rows = await store.absences.of(tx, person["id"], after, check_limit(limit) + 1)
    items = [_view(row) for row in rows[:limit]]
    more = len(rows) > limit
    return Page(items, encode_cursor(question, [items[-1].starts_at, items[-1].id]) if more else None)


async def absences_ahead(tx: Tx) -> list[AbsenceView]:
    """Who is away now or will be, the soonest first: as many as a screen can show."""
    return [_view(row) for row in await store.absences.ahead(tx, tx.now, MOST_AHEAD)]


async def absences_between(tx: Tx, since: datetime, until: datetime) -> list[AbsenceView]:
    """Everybody's absences that touch a stretch of time, in order."""
    return [_view(row) for row in await store.absences.between(tx, None, since, until)]


async def way_to(tx: Tx, user_id: UUID, at: datetime | None = None) -> list[StandIn]:
    """From who is meant to who gets new work (now, or at a moment): one entry for somebody who is here.

    Empty when nobody on the way is here: then they are meant all the same, or passed over, as the caller thinks fit.
    """
    rows = await store.absences.stand_ins(tx, user_id, at or tx.now)
    chain = [StandIn(row["user_id"], row["name"], row["is_assignable"], row["away_until"]) for row in rows]
    return list(rules.stands_in(chain) or ())


async def _person(tx: Tx, actor: Actor, ref: str) -> Any:
    row = await find_member(tx, ref, actor)
    if row is None:
        raise NotFound
    return row


def _must_manage(actor: Actor, user_id: UUID) -> None:
    if actor.id != user_id and not actor.can(permissions.USERS_MANAGE):
        raise Forbidden("Absences of others need the permission {wanted}.", wanted=permissions.USERS_MANAGE)


async def _zone_of(tx: Tx, user_id: UUID) -> ZoneInfo:
    own = (await store.members.get(tx, user_id))["time_zone"]
    return ZoneInfo(own or (await tenancy.current(tx)).time_zone)


def _moment(text: str, field: str, zone: ZoneInfo, *, is_end: bool = False) -> datetime:
    """A time with its zone, or a day of a zone: its beginning, or for an end the end of it. Raises `Invalid`."""
    try:
        if len(text) == 10 and text[4] == text[7] == "-":
            day = date.fromisoformat(text) + timedelta(days=is_end)
            return check_moment(day_start(day, zone), field)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise invalid(field, "Give a time such as 2026-01-31T09:00:00Z, or a day such as 2026-01-31.") from None
    return check_moment(moment, field)


async def _refuse_circle(tx: Tx, new: Substitution) -> None:
    rows = await store.absences.deputies_between(tx, new.starts_at, new.ends_at)
    known = [Substitution(row["user_id"], row["deputy_id"], row["starts_at"], row["ends_at"]) for row in rows]
    if rules.closes_circle(known, new):
        raise Refused("The deputies would stand in for each other in a circle.", field="deputy")


def _view(row: Any) -> AbsenceView:
    return AbsenceView(
        id=row["id"],
        user=Named(row["user_id"], row["user_name"]),
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        deputy=Named(row["deputy_id"], row["deputy_name"]) if row["deputy_id"] else None,
        created_at=row["created_at"],
    )


def _facts(view: AbsenceView) -> dict[str, Any]:
    deputy = view.deputy.id if view.deputy is not None else None
    return {"absence": view.id, "user": view.user.id, "from": view.starts_at, "to": view.ends_at, "deputy": deputy}
