"""What the screens of incidents share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tocsin.access import permissions
from tocsin.classification import service as classification
from tocsin.classification.model import Catalogue
from tocsin.incidents import rules, service
from tocsin.incidents.model import IncidentView
from tocsin.web.routes import Ctx

MODULE = "incidents"
SEE = permissions.MEMBER
ICONS = {
    "ok": "clock",
    "warn": "hourglass-high",
    "urgent": "flame",
    "breach": "bell-ringing",
    "pause": "player-pause",
}
"""By the state of a clock; the words beside it are those of `web.shell.SCRIPT_WORDS`."""


async def with_catalogue(ctx: Ctx) -> Catalogue:
    """The catalogue that a screen draws states and choices from."""
    return await classification.catalogue(ctx.tx)


@dataclass(frozen=True, slots=True)
class Shown:
    """A clock at a moment, ready to be written: state, icon, words, and the percentage of the target that is left."""

    state: str
    icon: str
    text: str
    percent_left: str


@dataclass(frozen=True, slots=True)
class ListClock:
    """The clock of a list. `start`, `due`, `paused` are seconds since 1970, `warnings` fractions of the target."""

    what: str
    start: int
    due: int
    due_at: datetime
    paused: int | None
    fractions: tuple[float, ...]

    @property
    def warnings(self) -> str:
        """The fractions as scripts read them."""
        return ",".join(str(fraction) for fraction in self.fractions)

    def at(self, now: datetime) -> Shown:
        """What it shows at a moment; scripts count on from there by the same rule."""
        found = rules.read_clock(now.timestamp(), self.start, self.due, self.fractions, self.paused)
        text = rules.short_time(found.left)
        return Shown(found.state, ICONS[found.state], text, f"{(1 - found.used) * 100:.1f}")


def clock_of(incident: IncidentView, warnings: list[int]) -> ListClock | None:
    """What the clock of a list shows: the one that is due next, None without a running one. `warnings` are percentages."""
    clocks = incident.sla
    first = service.next_due_of(clocks) if clocks is not None and incident.resolved_at is None else None
    if clocks is None or first is None:
        return None
    paused = int(first.paused_at.timestamp()) if first.paused_at is not None else None
    fractions = tuple(percent / 100 for percent in sorted(warnings))
    return ListClock(
        first.what, int(clocks.started_at.timestamp()), int(first.at.timestamp()), first.at, paused, fractions
    )
