"""The bar that says why an incident is due when it is, and the ledger below it that adds up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tocsin.access import permissions
from tocsin.base.manifest import Slot
from tocsin.incidents.console.subject import IncidentPage
from tocsin.incidents.service import promises
from tocsin.sla import service as sla
from tocsin.sla.model import ExplanationView, SpanView, WarningView
from tocsin.web import pages
from tocsin.web.i18n import N_, Tongue
from tocsin.web.routes import Ctx

MODULE = "sla"
NAMES = {"resolution": N_("Resolution"), "response": N_("First reply"), "update": N_("Public update")}
STATES = {
    "running": N_("Running"),
    "paused": N_("Paused"),
    "closed": N_("Closed"),
    "extended": N_("Extended"),
}
CLOSED_SHARE = 0.5
"""Closed hours are drawn at most half as long as all others together."""
NARROW, WIDE = 6.5, 20
"""Percentages of the bar below which a part has no figure in it: on a desk, on a phone."""


@dataclass(frozen=True, kw_only=True)
class Bit:
    """A part of the bar: where it stands and how wide it is in per cent, and the time it takes."""

    state: str
    x: float
    width: float
    text: str
    is_wide: bool
    """Wide enough for its figure on a phone, too."""
    spoken: str


@dataclass(frozen=True, kw_only=True)
class Tick:
    """A warning on the bar: where it stands in per cent."""

    x: float
    warning: WarningView


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A line of the ledger: all stretches that one rule made what they are."""

    state: str
    why: str
    since: datetime
    until: datetime
    stretches: int
    time: str


@dataclass(frozen=True, kw_only=True)
class Why:
    """One clock's explanation, ready to be drawn. `now` is where the present stands in the bar, in per cent."""

    name: str
    view: ExplanationView
    bits: list[Bit]
    entries: list[Entry]
    total: str
    target: str | None
    ends_at: datetime
    now: float | None
    ticks: list[Tick]
    is_shortened: bool


async def draw(ctx: Ctx, page: IncidentPage) -> str:
    """The explanation of each clock that promises something; nothing beside the queue and for merged incidents."""
    if page.view.sla is None or page.view.merged_into is not None:
        return ""
    found = await promises.explain(ctx.tx, ctx.actor, page.incident.id)
    words, who = await promises.granted_for(ctx.tx, page.incident.id)
    tongue = pages.speech(ctx)
    whys = [
        why_of(tongue, name, view, {"words": words, "who": who}, ctx.tx.now)
        for name in ("resolution", "response", "update")
        if (view := getattr(found, name)) is not None and view.spans
    ]
    return pages.text(ctx, "sla/why.html", page=page, whys=whys, names=NAMES, states=STATES) if whys else ""


def why_of(tongue: Tongue, name: str, view: ExplanationView, extension: dict[str, str], now: datetime) -> Why:
    """A clock's explanation as it is drawn."""
    known = {"target_minutes": view.target_minutes, "calendar": view.calendar, **extension}
    closed = sum(span.minutes for span in view.spans if span.state == "closed")
    others = sum(span.minutes for span in view.spans) - closed
    factor = min(1.0, CLOSED_SHARE * others / closed) if closed and others else 1.0
    drawn = list(_drawn(view.spans, factor))
    return Why(
        name=name,
        view=view,
        bits=[_bit(tongue, span, x, width) for span, x, width in drawn],
        entries=_entries(tongue, view.spans, known),
        total=_time(sum(span.minutes for span in view.spans)),
        target=_time(view.target_minutes) if view.target_minutes is not None else None,
        ends_at=view.spans[-1].until,
        now=_place(drawn, now),
        ticks=[Tick(x=x, warning=one) for one in view.warnings if (x := _place(drawn, one.at)) is not None],
        is_shortened=factor < 1,
    )


def _drawn(spans: Sequence[SpanView], factor: float) -> Iterator[tuple[SpanView, float, float]]:
    lengths = [span.minutes * (factor if span.state == "closed" else 1) for span in spans]
    whole, x = sum(lengths) or 1, 0.0
    for span, length in zip(spans, lengths, strict=True):
        yield span, x, 100 * length / whole
        x += 100 * length / whole


def _bit(tongue: Tongue, span: SpanView, x: float, width: float) -> Bit:
    text = _time(span.minutes)
    return Bit(
        state=span.state,
        x=round(x, 2),
        width=round(max(width - 0.15, 0.05), 2),
        text=text if width >= NARROW else "",
        is_wide=width >= WIDE,
        spoken=f"{tongue.gettext(STATES[span.state])} {text}",
    )


def _entries(tongue: Tongue, spans: Sequence[SpanView], known: dict[str, Any]) -> list[Entry]:
    groups: dict[tuple[str, str, str | None, str | None], list[SpanView]] = {}
    for span in spans:
        groups.setdefault((span.state, span.rule, span.holiday, span.status), []).append(span)
    return [
        Entry(
            state=state,
            why=tongue.say(*sla.reason_of(rule, holiday, known, status)),
            since=found[0].since,
            until=found[-1].until,
            stretches=len(found),
            time=_time(sum(span.minutes for span in found)),
        )
        for (state, rule, holiday, status), found in groups.items()
    ]


def _place(drawn: Sequence[tuple[SpanView, float, float]], now: datetime) -> float | None:
    for span, x, width in drawn:
        if span.since <= now < span.until:
            return round(x + width * ((now - span.since) / (span.until - span.since)), 2)
    return None


def _time(minutes: float) -> str:
    """Hours and minutes, however many: figures that people add up are all of one form."""
    whole = round(minutes)
    return f"{whole // 60}:{whole % 60:02d}"


SLOTS = (Slot("incident.clocks", draw, permissions.MEMBER, MODULE, order=20),)
