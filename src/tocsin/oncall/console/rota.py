"""On call: who has the watch now by each schedule, and a schedule's rota with its gaps, overrides and swaps."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from tocsin.access import permissions, service as access
from tocsin.base.errors import invalid
from tocsin.base.paging import MAX_LIMIT
from tocsin.base.zones import wall_moment
from tocsin.oncall import service
from tocsin.oncall.console import drawing
from tocsin.oncall.model import LayerView, RotaView, Schedule, ShiftView
from tocsin.web import pages
from tocsin.web.forms import NoFields
from tocsin.web.i18n import N_
from tocsin.web.pages import Undo
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action, page

MODULE = "escalation"
SEE = (permissions.VIEW, permissions.ESCALATION_MANAGE)
WORK = (permissions.UPDATE, permissions.ESCALATION_MANAGE)
ONCALL = "/oncall"
SPAN_NAMES = {"week": N_("Week"), "fortnight": N_("2 weeks"), "month": N_("4 weeks")}
ROTATION_NAMES = {"daily": N_("days"), "weekly": N_("weeks"), "custom": N_("hours")}
EACH_NAMES = {"daily": N_("every day"), "weekly": N_("every week"), "custom": N_("every hour")}
SWAP_NAMES = {
    "asked": N_("asked"),
    "accepted": N_("agreed"),
    "declined": N_("declined"),
    "withdrawn": N_("withdrawn"),
}


class RotaQuery(msgspec.Struct, frozen=True, kw_only=True, rename={"first": "from"}):
    """`span`: week, fortnight or month, from a day on (this week's Monday when left out)."""

    span: str = "week"
    first: str = ""


class OverrideForm(msgspec.Struct, frozen=True, kw_only=True, rename={"starts": "from", "ends": "to"}):
    """Who takes the watch from when to when: wall times of the schedule's zone."""

    user: str = ""
    starts: str = ""
    ends: str = ""
    reason: str | None = None


class SwapForm(msgspec.Struct, frozen=True, kw_only=True):
    """A watch of one's own (`from/to`), whom to ask, and a watch of theirs in return, if any."""

    watch: str = ""
    user: str = ""
    in_return: str | None = None
    note: str | None = None


@page(ONCALL, module=MODULE, permission=SEE)
async def show_on_call(ctx: Ctx) -> Reply:
    """Who has the watch now, by schedule."""
    found = await service.on_call(ctx.tx, ctx.actor, None, MAX_LIMIT, None)
    return pages.render(ctx, "oncall/oncall.html", watches=found.items)


@page(f"{ONCALL}/{{schedule}}", module=MODULE, permission=SEE)
async def show_rota(ctx: Ctx, schedule: str, query: RotaQuery) -> Reply:
    """A schedule's rota: layers, overrides, who is called in the end, and the gaps."""
    found = await service.get_schedule(ctx.tx, ctx.actor, schedule)
    span = query.span if query.span in drawing.SPANS else "week"
    shown = drawing.window(_day(query.first), span, ctx.tx.now, ZoneInfo(found.time_zone))
    rota = await service.get_rota(ctx.tx, ctx.actor, str(found.id), shown.since, shown.until)
    _ = pages.speech(ctx).gettext
    hints = {str(layer.id): _hint(ctx, layer) for layer in found.layers}
    return pages.render(
        ctx,
        "oncall/rota.html",
        schedule=found,
        span=span,
        spans=list(SPAN_NAMES.items()),
        shown=shown,
        days=shown.columns(ctx.tx.now),
        rows=drawing.rows(shown, rota, found, (_("Overrides"), _("Who is called")), hints),
        at_now=f"{shown.at(ctx.tx.now):.3f}" if shown.since <= ctx.tx.now < shown.until else None,
        previous=_address(found, span, shown.first - timedelta(days=shown.days)),
        following=_address(found, span, shown.first + timedelta(days=shown.days)),
        today=f"{ONCALL}/{found.slug}?span={span}",
        **await _ahead(ctx, found),
        **await _forms(ctx, found),
    )


async def _ahead(ctx: Ctx, schedule: Schedule) -> dict[str, Any]:
    """Who has the watch now and next, the gaps of the next thirty days, and watches that may be swapped."""
    now, me, zone = ctx.tx.now, ctx.actor.id, ZoneInfo(schedule.time_zone)
    ahead = await service.get_rota(ctx.tx, ctx.actor, str(schedule.id), now, now + timedelta(days=30))
    following = [one for one in ahead.final if one.since > now]
    return {
        "now_on": _now_on(ahead, now),
        "next_on": following[0] if following else None,
        "gaps": ahead.gaps[:5],
        "gap_time": drawing.total((gap.since, gap.until) for gap in ahead.gaps),
        "shares": drawing.shares(ahead.final),
        "mine": [(_key(one), _said(one, zone)) for one in following if one.user.id == me][:30],
        "theirs": [(_key(one), _said(one, zone)) for one in following if one.user.id != me][:60],
    }


async def _forms(ctx: Ctx, schedule: Schedule) -> dict[str, Any]:
    """What the forms of overrides and swaps offer, and what there is of both."""
    people = await access.people_to_choose(ctx.tx)
    overrides = (await service.list_overrides(ctx.tx, ctx.actor, str(schedule.id), 20, None)).items
    may_manage = ctx.actor.can(permissions.ESCALATION_MANAGE)
    return {
        "people": [(str(one.id), one.name) for one in people],
        "others": [(str(one.id), one.name) for one in people if one.id != ctx.actor.id],
        "swaps": (await service.list_swaps(ctx.tx, ctx.actor, str(schedule.id), 20, None)).items,
        "swap_names": SWAP_NAMES,
        "overrides": [one for one in overrides if one.swap is None],
        "may_work": may_manage or ctx.actor.can(permissions.UPDATE),
        "may_manage": may_manage,
    }


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text) if text else None
    except ValueError:
        return None
    return found if found is not None and 1971 < found.year < 2199 else None


def _address(schedule: Schedule, span: str, first: date) -> str:
    return pages.address(f"{ONCALL}/{schedule.slug}", span=span, **{"from": first.isoformat()})


def _now_on(ahead: RotaView, now: datetime) -> ShiftView | None:
    return next((one for one in ahead.final if one.since <= now < one.until), None)


def _hint(ctx: Ctx, layer: LayerView) -> str:
    """How a layer rotates, in a few words."""
    _ = pages.speech(ctx).gettext
    every = _(EACH_NAMES[layer.rotation])
    if layer.every > 1:
        every = _("every %(count)s %(unit)s", count=layer.every, unit=_(ROTATION_NAMES[layer.rotation]))
    said = _("%(every)s at %(time)s", every=every, time=layer.handover)
    return f"{said}; {service.write_hours(layer.hours)}" if layer.hours else said


def _key(shift: ShiftView) -> str:
    return f"{shift.since.isoformat()}/{shift.until.isoformat()}"


def _said(shift: ShiftView, zone: ZoneInfo) -> str:
    begin, end = shift.since.astimezone(zone), shift.until.astimezone(zone)
    return f"{shift.user.name}: {begin:%Y-%m-%d %H:%M} – {end:%Y-%m-%d %H:%M}"


def _wall(text: str, zone: str, field: str) -> datetime:
    """The moment of a wall time in the schedule's zone. Raises `Invalid`."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise invalid(field, "Give a day and a time.") from None
    return found if found.tzinfo is not None else wall_moment(found, ZoneInfo(zone))


@action(f"{ONCALL}/{{schedule}}/overrides", module=MODULE, permission=WORK)
async def add_override(ctx: Ctx, schedule: str, data: OverrideForm) -> Reply:
    """Give somebody the watch for a while."""
    _ = pages.speech(ctx).gettext
    found = await service.get_schedule(ctx.tx, ctx.actor, schedule)
    starts, ends = _wall(data.starts, found.time_zone, "from"), _wall(data.ends, found.time_zone, "to")
    made = await service.add_override(
        ctx.tx, ctx.actor, schedule, user=data.user, starts=starts, ends=ends, reason=data.reason or None
    )
    undo = Undo(f"{ONCALL}/{found.slug}/overrides/{made.id}/remove")
    return pages.back(ctx, f"{ONCALL}/{found.slug}", _("%(who)s takes the watch", who=made.user.name), undo)


@action(f"{ONCALL}/{{schedule}}/overrides/{{override}}/remove", module=MODULE, permission=WORK)
async def remove_override(ctx: Ctx, schedule: str, override: str, data: NoFields) -> Reply:
    """Take an override back."""
    _ = pages.speech(ctx).gettext
    await service.remove_override(ctx.tx, ctx.actor, schedule, override)
    return pages.back(ctx, f"{ONCALL}/{schedule}", _("The override was taken back"))


@action(f"{ONCALL}/{{schedule}}/swaps", module=MODULE, permission=WORK)
async def ask_swap(ctx: Ctx, schedule: str, data: SwapForm) -> Reply:
    """Ask somebody to take a watch of one's own."""
    _ = pages.speech(ctx).gettext
    starts, ends = _span(data.watch, "watch")
    back = _span(data.in_return, "in_return") if data.in_return else None
    about: dict[str, Any] = {"user": data.user, "starts": starts, "ends": ends, "in_return": back}
    made = await service.ask_swap(ctx.tx, ctx.actor, schedule, **about, note=data.note or None)
    return pages.back(ctx, f"{ONCALL}/{schedule}", _("%(who)s was asked", who=made.to_user.name))


def _span(text: str, field: str) -> tuple[datetime, datetime]:
    begin, _, end = text.partition("/")
    try:
        return datetime.fromisoformat(begin), datetime.fromisoformat(end)
    except ValueError:
        raise invalid(field, "Choose a watch.") from None


async def _decide(ctx: Ctx, schedule: str, swap: str, decision: str, said: str) -> Reply:
    await service.decide_swap(ctx.tx, ctx.actor, schedule, swap, decision)
    return pages.back(ctx, f"{ONCALL}/{schedule}", said)


@action(f"{ONCALL}/{{schedule}}/swaps/{{swap}}/accept", module=MODULE, permission=WORK)
async def accept_swap(ctx: Ctx, schedule: str, swap: str, data: NoFields) -> Reply:
    """Agree to a swap."""
    _ = pages.speech(ctx).gettext
    return await _decide(ctx, schedule, swap, "accepted", _("The watch is swapped"))


@action(f"{ONCALL}/{{schedule}}/swaps/{{swap}}/decline", module=MODULE, permission=WORK)
async def decline_swap(ctx: Ctx, schedule: str, swap: str, data: NoFields) -> Reply:
    """Refuse a swap."""
    _ = pages.speech(ctx).gettext
    return await _decide(ctx, schedule, swap, "declined", _("You declined the swap"))


@action(f"{ONCALL}/{{schedule}}/swaps/{{swap}}/withdraw", module=MODULE, permission=WORK)
async def withdraw_swap(ctx: Ctx, schedule: str, swap: str, data: NoFields) -> Reply:
    """Take back what one has asked."""
    _ = pages.speech(ctx).gettext
    return await _decide(ctx, schedule, swap, "withdrawn", _("You ask no more"))


@action(f"{ONCALL}/{{schedule}}/feed", module=MODULE, permission=SEE)
async def make_feed(ctx: Ctx, schedule: str, data: NoFields) -> Reply:
    """Make the secret address of a schedule's calendar, and show it once."""
    found = await service.get_schedule(ctx.tx, ctx.actor, schedule)
    path = await service.make_feed(ctx.tx, ctx.actor, str(found.id))
    ctx.holds_secret = True
    base = str(ctx.request.base_url).rstrip("/")
    return pages.render(ctx, "oncall/feed.html", schedule=found, url=f"{base}{path}")


ENDPOINTS = (
    *(show_on_call, show_rota, add_override, remove_override),
    *(ask_swap, accept_swap, decline_swap, withdraw_swap, make_feed),
)
