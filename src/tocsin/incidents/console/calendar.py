"""The calendar: what is open by the day it is due, a month or a week at a time, in the reader's zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from babel.dates import format_date, format_skeleton, format_time

from tocsin.access import permissions
from tocsin.base import spans
from tocsin.base.errors import Invalid, invalid
from tocsin.base.spans import Span
from tocsin.incidents import service
from tocsin.incidents.console.common import MODULE, with_catalogue
from tocsin.incidents.console.narrow import FORM, Narrow, address, narrowed
from tocsin.incidents.model import DueDay
from tocsin.web import pages
from tocsin.web.i18n import Tongue
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, page

PATH = "/calendar"
SHOWN = {"month": 4, "week": 40}
"""Incidents that a day shows."""


class CalendarQuery(Narrow, frozen=True, kw_only=True):
    """A month (`2026-11`) or a week (`2026-W48`), and the filters."""

    month: str | None = None
    week: str | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar: its date, what is due on it, and the queue's address of all of that."""

    on: date
    due: DueDay
    listed: str
    is_today: bool
    is_outside: bool
    name: str
    short: str


@page(PATH, module=MODULE, permission=permissions.VIEW)
async def show_calendar(ctx: Ctx, query: CalendarQuery) -> Reply:
    """The calendar."""
    tongue = pages.speech(ctx)
    today = ctx.tx.now.astimezone(tongue.zone).date()
    span = _span(query, today)
    catalogue = await with_catalogue(ctx)
    kept: dict[str, str] = {span.kind: span.name}
    if pages.is_part(ctx.request) and pages.target(ctx.request) == FORM:
        return pages.render(ctx, "incidents/narrow_form.html", narrow=await narrowed(ctx, PATH, query, catalogue, kept))
    starts = spans.day_starts(span.first, span.days, tongue.zone)
    error, due = None, [DueDay(incidents=[], total=0)] * span.days
    try:
        due = await service.due_by_day(ctx.tx, ctx.actor, query.as_list(), starts, SHOWN[span.kind])
    except Invalid as wrong:
        error, ctx.status = wrong, wrong.status
    narrow = await narrowed(ctx, PATH, query, catalogue, kept, error)
    days = [_day(tongue, query, span, span.first + timedelta(days=n), its, today) for n, its in enumerate(due)]
    return pages.render(
        ctx,
        "incidents/calendar.html",
        catalogue=catalogue,
        narrow=narrow,
        span=span,
        title=_title(tongue, span),
        days=days,
        weekdays=[format_date(day.on, "EEE", locale=tongue.formats) for day in days[:7]],
        total=sum(day.due.total for day in days if not day.is_outside),
        time=lambda at: format_time(at, "short", tzinfo=tongue.zone, locale=tongue.formats),
        at=lambda kind, name: address(PATH, {**query.given, kind: name}),
        ways=_ways(span, today),
    )


def _span(query: CalendarQuery, today: date) -> Span:
    if query.month is not None and query.week is not None:
        raise invalid("week", "Give a month or a week, not both.")
    if query.week is not None:
        if (week := spans.week_span(query.week)) is None:
            raise invalid("week", "Write a week as {example}.", example="2026-W48")
        return week
    if (month := spans.month_span(query.month or f"{today:%Y-%m}")) is None:
        raise invalid("month", "Write a month as {example}.", example="2026-11")
    return month


def _ways(span: Span, today: date) -> dict[str, str]:
    """The month and the week to change to: today's when the span holds it, else the span's own first day's."""
    first, last = span.inner
    day = today if first <= today <= last else first
    return {"month": f"{day:%Y-%m}", "week": spans.week_name(day), "today": _today(span, today)}


def _today(span: Span, today: date) -> str:
    return f"{today:%Y-%m}" if span.kind == "month" else spans.week_name(today)


def _title(tongue: Tongue, span: Span) -> str:
    if span.kind == "month":
        return str(format_skeleton("yMMMM", span.inner[0], locale=tongue.formats))
    first, last = span.inner
    words = tongue.gettext("Week %(number)s", number=first.isocalendar().week)
    return f"{words} · {format_date(first, 'd MMM', locale=tongue.formats)} – {format_date(last, 'd MMM y', locale=tongue.formats)}"


def _day(tongue: Tongue, query: CalendarQuery, span: Span, on: date, due: DueDay, today: date) -> Day:
    tomorrow = on + timedelta(days=1)
    wanted: dict[str, Any] = {**query.given, "due_after": on.isoformat(), "due_before": tomorrow.isoformat()}
    return Day(
        on=on,
        due=due,
        listed=address("/queue", wanted),
        is_today=on == today,
        is_outside=not span.inner[0] <= on <= span.inner[1],
        name=format_date(on, "full", locale=tongue.formats),
        short=format_date(on, "d MMM", locale=tongue.formats) if on.day == 1 else str(on.day),
    )


ENDPOINTS = (show_calendar,)
