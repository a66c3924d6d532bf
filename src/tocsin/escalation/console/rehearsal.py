"""What a policy would have done, drawn: notices by the hour, beside what was recorded of it; and what it can't reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from tocsin.escalation import service
from tocsin.escalation.model import Policy, Reach, Rehearsal, Tally
from tocsin.escalation.service import Draft
from tocsin.web.i18n import N_
from tocsin.web.routes import Ctx

SPAN = timedelta(days=30)
WIDTH, HEIGHT, FOOT = 480, 120, 18
NIGHTS = ((0, 6), (22, 24))
FIGURES = {
    "runs": N_("Ladders started"),
    "notices": N_("Notices"),
    "notices_at_night": N_("Notices at night, 22 to 6"),
    "people_woken": N_("People woken"),
}
LESS_IS_BETTER = ("notices_at_night", "people_woken")


@dataclass(frozen=True, slots=True)
class Bar:
    """An hour: where its bar stands and how tall it is, and the height of the mark of what was (None: nothing was)."""

    hour: int
    x: float
    width: float
    y: float
    height: float
    mark: float | None
    would: int
    was: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Lengths are units of the drawing. `nights` are the stretches (x, width) in which people are woken."""

    bars: Sequence[Bar]
    nights: Sequence[tuple[float, float]]
    lines: Sequence[tuple[int, float]]
    width: int = WIDTH
    height: int = HEIGHT
    foot: int = FOOT


def chart(found: Rehearsal) -> Chart:
    """The drawing of a rehearsal."""
    would, was = found.would.by_hour, found.recorded.by_hour
    most = max(1, *would, *was)
    wide = WIDTH / 24
    bars = [
        Bar(
            hour=hour,
            x=round(hour * wide + 2, 2),
            width=round(wide - 4, 2),
            y=round(HEIGHT - HEIGHT * would[hour] / most, 2),
            height=round(HEIGHT * would[hour] / most, 2),
            mark=round(HEIGHT - HEIGHT * was[hour] / most, 2) if was[hour] else None,
            would=would[hour],
            was=was[hour],
        )
        for hour in range(24)
    ]
    nights = [(round(start * wide, 2), round((end - start) * wide, 2)) for start, end in NIGHTS]
    lines = [(count, round(HEIGHT - HEIGHT * count / most, 2)) for count in sorted({most, (most + 1) // 2})]
    return Chart(bars, nights, lines)


def figures(found: Rehearsal) -> list[tuple[str, int, int, str]]:
    """Each figure's title, what it would be, what it was, and whether that is better, worse or neither."""
    return [(title, *_pair(found.would, found.recorded, name)) for name, title in FIGURES.items()]


def _pair(would: Tally, was: Tally, name: str) -> tuple[int, int, str]:
    one, other = getattr(would, name), getattr(was, name)
    tone = "" if name not in LESS_IS_BETTER or one == other else "better" if one < other else "worse"
    return one, other, tone


async def play(ctx: Ctx, policy: Policy, draft: Draft | None) -> Rehearsal:
    """The last 30 days, with the policy as it was or as it would be changed. Raises `Invalid`."""
    now = ctx.tx.now
    return await service.rehearse(ctx.tx, ctx.actor, str(policy.id), now - SPAN, now, draft)


async def prove(ctx: Ctx, policy: Policy) -> Reach:
    """Whether the policy reaches somebody at every instant of the next 30 days."""
    return await service.reach(ctx.tx, ctx.actor, str(policy.id))
