"""SQL of what became of each clock and when: for the query language, and for reports that open the lists behind them."""

from __future__ import annotations

_ENDED = ("incident_slas s join incidents e on e.tenant_id = $1 and e.id = s.incident_id", "e.resolved_at")
"""Clocks that end with the resolution, through the index of resolutions."""
_SAVED = "s.resolution_at > s.original_due_at"
"""It came after the time that was due before an extension."""


def _arm(clock: str, source: str, at: str, condition: str) -> str:
    promised = f"s.tenant_id = $1 and s.is_active and s.{clock}_target_minutes is not null"
    return f"select s.incident_id, {at} as at from {source} where {promised} and {at} is not null and {condition}"


def _missed(clock: str) -> str:
    return _arm(clock, "incident_slas s", f"s.{clock}_breached_at", "true")


def _with_resolution(clock: str, condition: str) -> str:
    return _arm(clock, *_ENDED, f"s.{clock}_breached_at is null and s.resolution_at is not null and {condition}")


_ARMS = {
    "response_met": (
        _arm("response", "incident_slas s", "s.first_response_at", "s.response_breached_at is null"),
        _with_resolution("response", "s.first_response_at is null"),
    ),
    "response_missed": (_missed("response"),),
    "update_met": (_with_resolution("update", "true"),),
    "update_missed": (_missed("update"),),
    "resolution_met": (_with_resolution("resolution", "true"),),
    "resolution_extended": (_with_resolution("resolution", _SAVED),),
    "resolution_missed": (_missed("resolution"),),
}
"""What is extended is met as well. A reply that nobody gave is not owed any more once the incident is resolved."""

OUTCOME_FACTS = {
    name: f"select d.incident_id from ({' union all '.join(arms)}) d where true" for name, arms in _ARMS.items()
}
"""Incidents of tenant $1 by what became of a clock, each once; conditions on the moment `d.at` may follow."""
OUTCOME_MOMENT = "d.at"

_EXTENDED = (
    "exists (select 1 from incident_slas s where s.tenant_id = $1 and s.incident_id = i.id and s.is_active"
    " and s.original_due_at is not null and s.extended_at <= {now} and i.resolved_at > s.original_due_at)"
)
OUTCOMES = {
    "met": f"(i.resolved_at is not null and not i.is_breached and not {_EXTENDED})",
    "met_with_extension": f"(i.resolved_at is not null and not i.is_breached and {_EXTENDED})",
    "missed": "(i.resolved_at is not null and i.is_breached)",
}
"""What became of a resolved incident `i`: whether it missed no due time, none thanks to more time, or one."""
