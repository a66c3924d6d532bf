"""Why the clocks of an incident are due when they are. The caller has checked that the actor may see the incident."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from tocsin.base.errors import N_, filled
from tocsin.classification.rules import spell_minutes
from tocsin.db.tx import Tx
from tocsin.sla import rules, store
from tocsin.sla.model import Explained, ExplanationView, PromiseView, SpanView, WarningView
from tocsin.sla.rules import ClockName, History
from tocsin.sla.service.clocks import load
from tocsin.sla.service.setting import named_calendar

REASONS: dict[str, str] = {
    "target": N_("Counts towards the target of {time}"),
    "fixed": N_("Counts towards the due time given by hand"),
    "pause": N_("Paused: the status stops the clock"),
    "status": N_("Paused: the status {status} stops the clock"),
    "gap": N_("Resolved, until it was reopened"),
    "hours": N_("Outside the hours of {calendar}"),
    "holiday": N_("{holiday}, a holiday of {calendar}"),
    "extension": N_("“{words}”, approved by {who}"),
}
"""What made a stretch of time what it is: templates."""
_NAMELESS = N_("Holiday")


def reason_of(
    rule: str, holiday: str | None, view: dict[str, Any], status: str | None = None
) -> tuple[str, dict[str, Any]]:
    """The template of a reason and its values. `view`: target_minutes, calendar, words and who of the extension; `status`
    names the one that paused.
    """
    values = {
        "time": spell_minutes(view["target_minutes"]),
        "calendar": view["calendar"],
        "holiday": holiday or _NAMELESS,
        "words": view["words"],
        "who": view["who"],
        "status": status,
    }
    return REASONS["status" if rule == "pause" and status is not None else rule], values


async def explain(tx: Tx, incident_id: UUID, extension: tuple[str, str] = ("", "")) -> Explained | None:
    """The clocks of an incident with every stretch of time and its rule; None for an incident without clocks.

    `extension` says why more time was granted, and who did.
    """
    row = await store.clocks.get(tx, incident_id)
    if row is None:
        return None
    history = await load(tx, row)
    calendar, _ = await named_calendar(tx, history.policy.calendar)
    known = {"calendar": calendar, "words": extension[0], "who": extension[1]}
    response, update, resolution = (
        _view(history, name, known, rules.explain(history, name, tx.now)) for name in rules.CLOCKS
    )
    return Explained(response=response, resolution=resolution, update=update)


def _view(
    history: History, name: ClockName, known: dict[str, Any], found: rules.Explanation | None
) -> ExplanationView | None:
    if found is None:
        return None
    source = history.policy.source(name)
    said = {**known, "target_minutes": found.target_minutes}
    return ExplanationView(
        started_at=found.started_at,
        due_at=found.due_at,
        target_minutes=found.target_minutes,
        counted_minutes=found.counted_minutes,
        remaining_minutes=found.remaining_minutes,
        original_due_at=rules.original_due_at(history) if name == "resolution" else None,
        calendar=known["calendar"],
        policy=source.name if source is not None else None,
        policy_version=source.version if source is not None else None,
        spans=[
            SpanView(
                since=part.since,
                until=part.until,
                state=part.state,
                minutes=part.minutes,
                rule=part.rule,
                reason=filled(*reason_of(part.rule, part.holiday, said)),
                holiday=part.holiday,
            )
            for part in found.parts
        ],
        warnings=[
            WarningView(percent=percent, at=at, is_given=percent <= history.clock(name).warned)
            for percent, at in rules.warnings(history, name)
        ],
    )


def name_pauses(view: ExplanationView, status_at: Callable[[datetime], str | None]) -> ExplanationView:
    """An explanation in which each pause names the status that the incident was in when it began."""
    spans = [_named(span, status_at(span.since)) if span.rule == "pause" else span for span in view.spans]
    return msgspec.structs.replace(view, spans=spans)


def _named(span: SpanView, status: str | None) -> SpanView:
    if status is None:
        return span
    return msgspec.structs.replace(span, status=status, reason=filled(REASONS["status"], {"status": status}))


async def promises_of(tx: Tx, incident_id: UUID) -> list[PromiseView]:
    """What an incident was promised, the first promise first; the last one is in force."""
    found: list[PromiseView] = []
    rows = await store.clocks.history(tx, incident_id)
    for row, following in zip(rows, [*rows[1:], None], strict=True):
        history = await load(tx, row)
        source = history.policy.source("resolution") or history.policy.source("response")
        same = ("id", "is_active", "response_target_minutes", "update_target_minutes", "resolution_target_minutes")
        found.append(
            PromiseView(
                **{name: row[name] for name in (*same, "response_due_at", "resolution_due_at")},
                since=found[-1].until or row["started_at"] if found else row["started_at"],
                until=None if following is None else row["updated_at"],
                priority=history.policy.targets.priority,
                calendar=(await named_calendar(tx, history.policy.calendar))[0],
                policy=source.name if source is not None else None,
                policy_version=source.version if source is not None else None,
            )
        )
    return found
