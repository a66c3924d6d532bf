"""Who has the watch: one resolver for everybody who asks (ladders, screens, feeds, the API)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from tocsin.access import service as access
from tocsin.access.model import Named
from tocsin.base.actor import Actor
from tocsin.base.clock import check_moment
from tocsin.base.errors import invalid
from tocsin.base.paging import Page, check_limit, decode_cursor, encode_cursor
from tocsin.db.tx import Tx
from tocsin.oncall import rules, store
from tocsin.oncall.model import Gap, LayerShifts, Next, OnCall, RotaView, ShiftView
from tocsin.oncall.rules import Absence, Layer, Override, People, Rota, Shift
from tocsin.oncall.service.find import find_schedule
from tocsin.oncall.service.hours import minutes_of
from tocsin.oncall.service.schedules import must_see

LONGEST = timedelta(days=370)
"""How much of a rota can be asked for at once."""
USUAL = timedelta(days=14)
AHEAD = timedelta(days=30)
"""How far ahead the next hand-over is looked for."""


@dataclass(slots=True)
class Plan:
    """Everything that a schedule's rota is computed from, with the names of who is in it."""

    layers: list[Layer] = field(default_factory=list)
    titles: dict[UUID, str] = field(default_factory=dict)
    overrides: list[Override] = field(default_factory=list)


@dataclass(slots=True)
class Plans:
    """The plans of some schedules, and what is known of the people in them."""

    plans: dict[UUID, Plan]
    people: People
    names: dict[UUID, str]

    def rota(self, schedule_id: UUID, since: datetime, until: datetime) -> Rota:
        """A schedule's rota."""
        plan = self.plans[schedule_id]
        return rules.rota(plan.layers, plan.overrides, self.people, since, until)

    def named(self, user_id: UUID) -> Named:
        """Somebody with their name."""
        return Named(user_id, self.names.get(user_id, ""))


async def plans(tx: Tx, schedule_ids: Sequence[UUID], since: datetime, until: datetime) -> Plans:
    """What the rotas of some schedules between two moments are computed from, in four statements."""
    found: dict[UUID, Plan] = defaultdict(Plan, {one: Plan() for one in schedule_ids})
    names: dict[UUID, str] = {}
    for row in await store.schedules.layers(tx, schedule_ids, since):
        plan = found[row["schedule_id"]]
        people = [(UUID(user_id), name) for user_id, name in row["people"]]
        names |= people
        plan.layers.append(_layer(row, tuple(user_id for user_id, _ in people)))
        plan.titles[row["id"]] = row["name"]
    for row in await store.changes.overrides(tx, schedule_ids, since, until):
        one = Override(row["id"], row["user_id"], row["starts_at"], row["ends_at"])
        found[row["schedule_id"]].overrides.append(one)
        names[row["user_id"]] = row["user_name"]
    absences: dict[UUID, list[Absence]] = defaultdict(list)
    for away in await access.absences_between(tx, since, until):
        deputy = away.deputy.id if away.deputy is not None else None
        absences[away.user.id].append(Absence(away.starts_at, away.ends_at, deputy))
        if away.deputy is not None:
            names[away.deputy.id] = away.deputy.name
    return Plans(dict(found), People(absences, await access.unassignable(tx, names)), names)


def _layer(row: Any, people: tuple[UUID, ...]) -> Layer:
    return Layer(
        id=row["id"],
        people=people,
        rotation=row["rotation"],
        every=row["every"],
        start=datetime.fromisoformat(row["starts"]),
        zone=ZoneInfo(row["zone"]),
        hours=minutes_of(row["hours"]),
        valid_from=row["valid_from"],
        valid_until=row["valid_until"],
    )


async def on_call_at(tx: Tx, schedule_id: UUID, at: datetime) -> list[UUID]:
    """Who has the watch by a schedule at a moment: deputies stand in for who is away. Empty for nobody, or a retired one."""
    found = await plans(tx, [schedule_id], at, at + timedelta(seconds=1))
    plan = found.plans[schedule_id]
    shift = rules.at(plan.layers, plan.overrides, found.people, at)
    return [shift.user_id] if shift is not None else []


async def on_call_between(
    tx: Tx, schedule_id: UUID, since: datetime, until: datetime
) -> tuple[Sequence[Shift], Sequence[tuple[datetime, datetime]]]:
    """Who has the watch when between two moments, in order, and the stretches in which nobody has it."""
    rota = (await plans(tx, [schedule_id], since, until)).rota(schedule_id, since, until)
    return rota.final, rota.gaps


async def get_rota(tx: Tx, actor: Actor, ref: str, since: datetime | None, until: datetime | None) -> RotaView:
    """A schedule between two moments (the next two weeks when left out). Raises `NotFound`, `Invalid`."""
    must_see(actor)
    row = await find_schedule(tx, ref)
    begin = check_moment(since, "from") if since is not None else tx.now
    end = check_moment(until, "to") if until is not None else begin + USUAL
    if end <= begin:
        raise invalid("to", "The end lies before the beginning.")
    if end - begin > LONGEST:
        raise invalid("to", "Ask for at most {days} days.", days=LONGEST.days)
    found = await plans(tx, [row["id"]], begin, end)
    rota = found.rota(row["id"], begin, end)
    titles = found.plans[row["id"]].titles
    return RotaView(
        since=begin,
        until=end,
        final=[shift_view(found, shift) for shift in rota.final],
        gaps=[Gap(since=gap[0], until=gap[1]) for gap in rota.gaps],
        layers=[
            LayerShifts(layer=layer_id, name=titles[layer_id], shifts=[shift_view(found, one) for one in shifts])
            for layer_id, shifts in rota.layers.items()
        ],
    )


def shift_view(found: Plans, shift: Shift) -> ShiftView:
    """A shift with the names of who is in it."""
    return ShiftView(
        user=found.named(shift.user_id),
        since=shift.since,
        until=shift.until,
        layer=shift.layer,
        override=shift.override,
        stands_in_for=found.named(shift.stands_in_for) if shift.stands_in_for is not None else None,
    )


async def on_call(tx: Tx, actor: Actor, at: datetime | None, limit: int, cursor: str | None) -> Page[OnCall]:
    """Who has the watch by each schedule at a moment (now when left out), a page at a time by name. Raises `Invalid`."""
    must_see(actor)
    moment = check_moment(at, "at") if at is not None else tx.now
    question = ["oncall", tx.tenant_id, at.isoformat() if at is not None else None]
    after = decode_cursor(cursor, question, tuple[str, UUID]) if cursor is not None else None
    rows = await store.schedules.page(tx, after, check_limit(limit) + 1)
    shown = rows[:limit]
    found = await plans(tx, [row["id"] for row in shown], moment, moment + AHEAD)
    items = [_on_call(row, found, moment) for row in shown]
    more = len(rows) > limit
    return Page(items, encode_cursor(question, [items[-1].schedule.name, items[-1].schedule.id]) if more else None)


def _on_call(row: Any, found: Plans, at: datetime) -> OnCall:
    rota = found.rota(row["id"], at, at + AHEAD)
    first = rota.final[0] if rota.final else None
    now = first if first is not None and first.since <= at else None
    changes = now.until if now is not None else rota.gaps[0][1] if rota.gaps else None
    following = next((one for one in rota.final if one.since > at), None)
    stands_in_for = now.stands_in_for if now is not None else None
    return OnCall(
        schedule=Named(row["id"], row["name"]),
        slug=row["slug"],
        users=[found.named(now.user_id)] if now is not None else [],
        stands_in_for=found.named(stands_in_for) if stands_in_for is not None else None,
        until=changes if changes is not None and changes < at + AHEAD else None,
        next=Next(found.named(following.user_id), following.since) if following is not None else None,
    )
