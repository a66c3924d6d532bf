"""Why the clocks of an incident are due when they are. The caller has checked that the actor may see the incident."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tocsin.base.errors import N_, filled
from tocsin.db.tx import Tx
from tocsin.sla import rules, store
from tocsin.sla.model import Explained, ExplanationView, SpanView
from tocsin.sla.rules import ClockName, History, Part
from tocsin.sla.service.clocks import load
from tocsin.sla.service.setting import named_calendar

REASONS: dict[str, str] = {
    "target": N_("Counts towards the target of {minutes} minutes"),
    "fixed": N_("Counts towards the due time given by hand"),
    "pause": N_("Paused: the status stops the clock"),
    "gap": N_("Resolved, until it was reopened"),
    "hours": N_("Outside the hours of {calendar}"),
    "holiday": N_("{holiday}, a holiday of {calendar}"),
    "extension": N_("Extended: a later due time was approved"),
}
"""What made a stretch of time what it is: templates."""
_NAMELESS = N_("Holiday")


async def explain(tx: Tx, incident_id: UUID) -> Explained | None:
    """The clocks of an incident with every stretch of time and its rule; None for an incident without clocks."""
    row = await store.clocks.get(tx, incident_id)
    if row is None:
        return None
    history = await load(tx, row)
    calendar, _ = await named_calendar(tx, history.policy.calendar)
    found = {name: _view(history, name, calendar, rules.explain(history, name, tx.now)) for name in rules.CLOCKS}
    return Explained(**found)


def values_of(part: Part, history: History, name: ClockName, calendar: str) -> dict[str, Any]:
    """What the template of a stretch's reason is filled with."""
    return {
        "minutes": history.clock(name).target_minutes,
        "calendar": calendar,
        "holiday": part.holiday or _NAMELESS,
    }


def _view(history: History, name: ClockName, calendar: str, found: rules.Explanation | None) -> ExplanationView | None:
    if found is None:
        return None
    source = history.policy.source(name)
    return ExplanationView(
        started_at=found.started_at,
        due_at=found.due_at,
        target_minutes=found.target_minutes,
        counted_minutes=found.counted_minutes,
        remaining_minutes=found.remaining_minutes,
        original_due_at=rules.original_due_at(history) if name == "resolution" else None,
        calendar=calendar,
        policy=source.name if source is not None else None,
        policy_version=source.version if source is not None else None,
        spans=[
            SpanView(
                since=part.since,
                until=part.until,
                state=part.state,
                minutes=part.minutes,
                rule=part.rule,
                reason=filled(REASONS[part.rule], values_of(part, history, name, calendar)),
            )
            for part in found.parts
        ],
    )
