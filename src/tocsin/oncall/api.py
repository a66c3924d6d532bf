"""`/schedules` and `/oncall`: who has the watch, by which rota, and what stands in its way."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from tocsin.access import permissions
from tocsin.base.errors import invalid
from tocsin.base.paging import Page, PageQuery
from tocsin.oncall import service
from tocsin.oncall.model import Feed, NewSchedule, OnCall, OverrideView, RotaView, Schedule, ScheduleChange, SwapView
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, Nothing, delete, get, post, put

BASE = "/api/escalation/v1"
SCHEDULES = f"{BASE}/schedules"
ONE = f"{SCHEDULES}/{{schedule}}"
MODULE = "escalation"
READ = (permissions.VIEW, permissions.ESCALATION_MANAGE)
MANAGE = permissions.ESCALATION_MANAGE
WORK = (permissions.UPDATE, permissions.ESCALATION_MANAGE)
"""Who works on incidents may take a watch and swap one's own, who manages escalation may do so for all: the verbs decide."""
Note = Annotated[str, Meta(max_length=2000)]


class OnCallQuery(PageQuery, frozen=True, kw_only=True):
    """`at`: the moment asked for; now when left out."""

    at: datetime | None = None


class RotaQuery(msgspec.Struct, frozen=True, kw_only=True, rename={"since": "from", "until": "to"}):
    """From when to when: the next two weeks when left out."""

    since: datetime | None = None
    until: datetime | None = None


class NewOverride(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"since": "from", "until": "to"}
):
    """Who has the watch from when to when, whatever the layers say."""

    user: str
    since: datetime
    until: datetime
    reason: Note | None = None


class NewSwap(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"since": "from", "until": "to"}
):
    """Whom to ask to take one's own watch, and for which of theirs in return, if any."""

    user: str
    since: datetime
    until: datetime
    return_from: datetime | None = None
    return_to: datetime | None = None
    note: Note | None = None


class FeedOf(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The schedule whose watches it tells; one's own of all schedules when left out."""

    schedule: str | None = None


class FeedQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The schedule whose feed is meant; that of one's own watches when left out."""

    schedule: str | None = None


@get(f"{BASE}/oncall", module=MODULE, permission=READ)
async def list_on_call(ctx: Ctx, query: OnCallQuery) -> Page[OnCall]:
    """Who has the watch at a moment, by schedule."""
    return await service.on_call(ctx.tx, ctx.actor, query.at, query.limit, query.cursor)


@post(f"{BASE}/oncall/feed", module=MODULE, permission=READ, status=201)
async def make_feed(ctx: Ctx, data: FeedOf) -> Feed:
    """Make a secret address for calendar programs; one from before is void. It is shown only once."""
    path = await service.make_feed(ctx.tx, ctx.actor, data.schedule)
    ctx.holds_secret = True
    base = str(ctx.request.base_url).rstrip("/")
    ctx.created(path)
    return Feed(f"{base}{path}")


@delete(f"{BASE}/oncall/feed", module=MODULE, permission=READ)
async def drop_feed(ctx: Ctx, query: FeedQuery) -> None:
    """Make the secret address void."""
    await service.drop_feed(ctx.tx, ctx.actor, query.schedule)


@get(f"{service.FEEDS}/{{secret}}", module=MODULE, access="open", produces="text/calendar")
async def read_feed(ctx: Ctx, secret: str) -> Reply:
    """The calendar behind a secret address."""
    body = await service.read_feed(ctx.request.app.state.services.database, secret)
    headers = {"Cache-Control": "private, max-age=300", "Content-Disposition": 'inline; filename="oncall.ics"'}
    return Reply(body, 200, headers, media_type="text/calendar; charset=utf-8")


@get(SCHEDULES, module=MODULE, permission=READ)
async def list_schedules(ctx: Ctx, query: PageQuery) -> Page[Schedule]:
    """On-call schedules with their layers, by name."""
    return await service.list_schedules(ctx.tx, ctx.actor, query.limit, query.cursor)


@post(SCHEDULES, module=MODULE, permission=MANAGE, status=201)
async def add_schedule(ctx: Ctx, data: NewSchedule) -> Schedule:
    """Make a schedule."""
    made = await service.add_schedule(ctx.tx, ctx.actor, data)
    ctx.created(f"{SCHEDULES}/{made.id}")
    return made


@get(ONE, module=MODULE, permission=READ)
async def get_schedule(ctx: Ctx, schedule: str) -> Schedule:
    """One schedule, by id or slug."""
    return await service.get_schedule(ctx.tx, ctx.actor, schedule)


@put(ONE, module=MODULE, permission=MANAGE)
async def change_schedule(ctx: Ctx, schedule: str, data: ScheduleChange) -> Schedule:
    """Change a schedule from now on; past shifts stay as they were."""
    return await service.change_schedule(ctx.tx, ctx.actor, schedule, data)


@delete(ONE, module=MODULE, permission=MANAGE)
async def retire_schedule(ctx: Ctx, schedule: str) -> None:
    """Retire a schedule: nobody is on call by it any more."""
    await service.retire_schedule(ctx.tx, ctx.actor, schedule)


@get(f"{ONE}/rota", module=MODULE, permission=READ)
async def get_rota(ctx: Ctx, schedule: str, query: RotaQuery) -> RotaView:
    """Who has the watch when, layer by layer and in the end, and the gaps."""
    return await service.get_rota(ctx.tx, ctx.actor, schedule, query.since, query.until)


@get(f"{ONE}/overrides", module=MODULE, permission=READ)
async def list_overrides(ctx: Ctx, schedule: str, query: PageQuery) -> Page[OverrideView]:
    """Overrides of a schedule, the latest first."""
    return await service.list_overrides(ctx.tx, ctx.actor, schedule, query.limit, query.cursor)


@post(f"{ONE}/overrides", module=MODULE, permission=WORK, status=201)
async def add_override(ctx: Ctx, schedule: str, data: NewOverride) -> OverrideView:
    """Give somebody the watch for a while."""
    made = await service.add_override(
        ctx.tx, ctx.actor, schedule, user=data.user, starts=data.since, ends=data.until, reason=data.reason
    )
    ctx.created(f"{SCHEDULES}/{schedule}/overrides/{made.id}")
    return made


@get(f"{ONE}/overrides/{{override}}", module=MODULE, permission=READ)
async def get_override(ctx: Ctx, schedule: str, override: str) -> OverrideView:
    """One override."""
    return await service.get_override(ctx.tx, ctx.actor, schedule, override)


@delete(f"{ONE}/overrides/{{override}}", module=MODULE, permission=WORK)
async def remove_override(ctx: Ctx, schedule: str, override: str) -> None:
    """Take an override back; what has passed of it stays."""
    await service.remove_override(ctx.tx, ctx.actor, schedule, override)


@get(f"{ONE}/swaps", module=MODULE, permission=READ)
async def list_swaps(ctx: Ctx, schedule: str, query: PageQuery) -> Page[SwapView]:
    """Swaps of a schedule, the latest asked first."""
    return await service.list_swaps(ctx.tx, ctx.actor, schedule, query.limit, query.cursor)


@post(f"{ONE}/swaps", module=MODULE, permission=WORK, status=201)
async def ask_swap(ctx: Ctx, schedule: str, data: NewSwap) -> SwapView:
    """Ask somebody to take one's own watch; nothing changes until they agree."""
    if (data.return_from is None) != (data.return_to is None):
        raise invalid("return_to", "Give both ends of the time in return, or neither.")
    back = (data.return_from, data.return_to) if data.return_from is not None and data.return_to is not None else None
    made = await service.ask_swap(
        *(ctx.tx, ctx.actor, schedule),
        user=data.user,
        starts=data.since,
        ends=data.until,
        in_return=back,
        note=data.note,
    )
    ctx.created(f"{SCHEDULES}/{schedule}/swaps/{made.id}")
    return made


@get(f"{ONE}/swaps/{{swap}}", module=MODULE, permission=READ)
async def get_swap(ctx: Ctx, schedule: str, swap: str) -> SwapView:
    """One swap."""
    return await service.get_swap(ctx.tx, ctx.actor, schedule, swap)


@post(f"{ONE}/swaps/{{swap}}/accept", module=MODULE, permission=WORK)
async def accept_swap(ctx: Ctx, schedule: str, swap: str, data: Nothing) -> SwapView:
    """Agree to a swap one was asked for."""
    return await service.decide_swap(ctx.tx, ctx.actor, schedule, swap, "accepted")


@post(f"{ONE}/swaps/{{swap}}/decline", module=MODULE, permission=WORK)
async def decline_swap(ctx: Ctx, schedule: str, swap: str, data: Nothing) -> SwapView:
    """Refuse a swap one was asked for."""
    return await service.decide_swap(ctx.tx, ctx.actor, schedule, swap, "declined")


@post(f"{ONE}/swaps/{{swap}}/withdraw", module=MODULE, permission=WORK)
async def withdraw_swap(ctx: Ctx, schedule: str, swap: str, data: Nothing) -> SwapView:
    """Take back what one has asked."""
    return await service.decide_swap(ctx.tx, ctx.actor, schedule, swap, "withdrawn")


ENDPOINTS = (
    *(list_on_call, make_feed, drop_feed, read_feed),
    *(list_schedules, add_schedule, get_schedule, change_schedule, retire_schedule, get_rota),
    *(list_overrides, add_override, get_override, remove_override),
    *(list_swaps, ask_swap, get_swap, accept_swap, decline_swap, withdraw_swap),
)
