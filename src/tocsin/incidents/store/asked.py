"""What a query asks for, as conditions on the incidents `i` (or on these as they stood at a moment: `known.known_at`).

Every value is a parameter; texts of statements come from here alone. A negated condition lets through what has no value.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tocsin.incidents.model import Condition, Filters
from tocsin.incidents.rules import AWAKE_UNTIL
from tocsin.incidents.store.known import CLOCK_STATE, FACTS, MOMENTS, SOON
from tocsin.incidents.store.labels import with_custom, with_tags
from tocsin.incidents.store.outcomes import OUTCOME_FACTS, OUTCOMES

if TYPE_CHECKING:
    from tocsin.incidents.store.page import Query

WATCHED = """i.id = any (array(
  select w.incident_id from incident_watchers w where w.tenant_id = $1 and w.user_id = {0} and w.reason <> 'muted'
  union select w.incident_id from team_members m join incident_watchers w on w.tenant_id = $1 and w.team_id = m.team_id
    where m.tenant_id = $1 and m.user_id = {0}))"""
DELEGATED = """i.id = any (array(
  select w.incident_id from incident_watchers w where w.tenant_id = $1 and w.user_id = {0})) and exists (
  with recursive c as (
    select a.delegated_from_id, a.previous_assignment_id from incident_assignments a
      where a.tenant_id = $1 and a.incident_id = i.id and a.is_active
    union all
    select p.delegated_from_id, p.previous_assignment_id from c
      join incident_assignments p on p.tenant_id = $1 and p.id = c.previous_assignment_id
  ) select 1 from c where c.delegated_from_id = {0})"""
ANYWHERE = "i.reported_via in ('internal', 'public')"
"""Said beside a source, so that the index which begins with the door serves the source alone."""
TEAM_OF = "i.team_id = any (array(select m.team_id from team_members m where m.tenant_id = $1 and m.user_id = {}))"
_ORGANIZED = """i.reported_by_reporter_id = any (array(
  select r.id from incident_reporters r where r.tenant_id = $1 and r.organization_key = any ({})))"""
_REPORTED = """i.reported_by_id = any (array(
  select u.id from users u where u.tenant_id = $1 and (u.email = any ({emails}) or u.name = any ({names}))
  union all
  select r.id from incident_reporters r where r.tenant_id = $1 and (r.email = any ({emails}) or r.name = any ({names}))))"""
_COLUMNS = {
    "status": ("status_id", "uuid"),
    "priority": ("priority_id", "uuid"),
    "category": ("category_id", "uuid"),
    "assignee": ("assigned_to_id", "uuid"),
    "team": ("team_id", "uuid"),
    "source": ("source", "text"),
    "via": ("reported_via", "text"),
    "id": ("id", "uuid"),
    "reporter": ("reported_by_id", "uuid"),
    "org_people": ("reported_by_id", "uuid"),
}
"""Fields that are a column with one of some values."""
_SPANS = {
    "created": ("created_at", "timestamptz"),
    "updated": ("updated_at", "timestamptz"),
    "due": ("due_at", "timestamptz"),
    "next_due": ("next_due_at", "timestamptz"),
    "resolved": ("resolved_at", "timestamptz"),
    "closed": ("closed_at", "timestamptz"),
    "acknowledged": ("acknowledged_at", "timestamptz"),
    "progress": ("progress_percent", "integer"),
    "public_progress": ("public_percent", "integer"),
    "reopens": ("reopen_count", "integer"),
}
"""Fields that are a column within one of some stretches."""
_HAPPENED = {
    "responded": "responded",
    "missed": "breached",
    "escalated": "escalated",
    "reopened": "reopened",
    **{name: name for name in OUTCOME_FACTS},
}
"""Fields that tell when something happened, which other tables know."""
_WITHOUT = {
    "org": "i.reported_by_reporter_id is null",
    "org_people": "i.reported_by_reporter_id is null",
    "tag": "not exists (select 1 from incident_tags g where g.tenant_id = $1 and g.incident_id = i.id)",
}
_HAS = {
    "owner": "i.assigned_to_id is not null",
    "team": "i.team_id is not null",
    "category": "i.category_id is not null",
    "due": "i.due_at is not null",
    "description": "i.description <> ''",
    "impact": "i.impact <> ''",
    "watchers": "exists (select 1 from incident_watchers w where w.tenant_id = $1 and w.incident_id = i.id)",
    "reporter": "i.reported_by_id is not null",
}
_IS = {
    "open": "i.is_open",
    "closed": "i.closed_at is not null",
    "resolved": "i.resolved_at is not null",
    "breached": "i.is_breached",
    "unassigned": "i.assigned_to_id is null",
    "acknowledged": "i.acknowledged_at is not null",
    "reopened": "i.reopen_count > 0",
    "public": "i.reported_via = 'public'",
    "internal": "i.reported_via = 'internal'",
    "merged": "i.merged_into_id is not null",
}
_ISNT = {
    "open": "not i.is_open",
    "closed": "i.closed_at is null",
    "resolved": "i.resolved_at is null",
    "breached": "not i.is_breached",
    "unassigned": "i.assigned_to_id is not null",
    "acknowledged": "i.acknowledged_at is null",
    "merged": "i.merged_into_id is null",
}
"""What `-is:` asks for, said so that partial indexes match it."""

MORE: dict[tuple[str, str], str] = {}
"""Further words of `is` and `has`: SQL conditions on an incident `i` of tenant $1, from the features that know about them.

`{public}` stands for whether only what is public may be told.
"""


def ask(query: Query, filters: Filters, now: datetime) -> None:
    """Add everything that a query asks for beside its words.

    `is:open` alone is said already (`only_open`): twice, a list would be expected to be a tenth of what it is.
    """
    for condition in filters.conditions:
        if condition.name == "is" and condition.values == ["open"] and not condition.is_negated:
            continue
        if condition.name == "is" and condition.is_negated and _ISNT.keys() >= set(condition.values):
            query.parts += [_ISNT[word] for word in condition.values]
            continue
        said = " or ".join(_alternatives(query, filters, condition, now)) or "false"
        query.parts.append(f"(({said}) is not true)" if condition.is_negated else f"({said})")
        if condition.name == "source" and not condition.is_negated:
            query.parts.append(ANYWHERE)


def created_in(filters: Filters) -> tuple[datetime | None, datetime | None]:
    """The stretch in which everything on a list was created, as far as one filter or clause says it."""
    if filters.created_after is not None:
        return filters.created_after, filters.created_before
    for condition in filters.conditions:
        if condition.name == "created" and not condition.is_negated and len(condition.spans) == 1:
            return condition.spans[0]
    return None, filters.created_before


def _alternatives(query: Query, filters: Filters, condition: Condition, now: datetime) -> list[str]:
    """Conditions of which one must hold."""
    name, values = condition.name, condition.values
    if name == "progress" and filters.public_words:
        name = "public_progress"
    found = [_within(query, name, span) for span in condition.spans]
    if condition.unset:
        found.append(_without(name))
    if name in _COLUMNS and values:
        found.append(_one_of(query, *_COLUMNS[name], values))
    elif values:
        found += _VALUES[name](query, filters, values, now)
    return found


def _one_of(query: Query, column: str, kind: str, values: list[Any]) -> str:
    if len(values) == 1:
        return f"i.{column} = {query.arg(values[0], kind)}"
    return f"i.{column} = any ({query.arg(values, f'{kind}[]')})"


def _without(name: str) -> str:
    if name in _HAPPENED:
        return f"i.id not in ({FACTS[_HAPPENED[name]]} and {MOMENTS[_HAPPENED[name]]} is not null)"
    return _WITHOUT.get(name) or f"i.{(_COLUMNS.get(name) or _SPANS[name])[0]} is null"


def _known(field: str, value: str, filters: Filters) -> str:
    """A word of another feature's, for whoever sees all of an incident or only what is public of their own."""
    return MORE[field, value].format(public="true" if filters.public_words else "false")


def _within(query: Query, name: str, span: tuple[Any, Any]) -> str:
    """A column, or a moment that another table knows, within a half-open stretch (numbers: both ends belong to it)."""
    column, kind = _SPANS.get(name, ("", "timestamptz"))
    column = MOMENTS[_HAPPENED[name]] if name in _HAPPENED else f"i.{column}"
    parts = [f"{column} is not null"]
    for sign, bound in zip((">=", "<=" if kind == "integer" else "<"), span, strict=True):
        if bound is not None:
            parts.append(f"{column} {sign} {query.arg(bound, kind)}")
    if name == "next_due":
        parts += ["i.is_open", f"{column} < {query.arg(AWAKE_UNTIL, 'timestamptz')}"]
    said = " and ".join(parts)
    return f"i.id in ({FACTS[_HAPPENED[name]]} and {said})" if name in _HAPPENED else f"({said})"


def _overdue(query: Query, filters: Filters, now: datetime) -> str:
    late = f"i.is_open and i.due_at < {query.arg(now, 'timestamptz')}"
    if filters.pausing:
        late += f" and i.status_id <> all ({query.arg(filters.pausing, 'uuid[]')})"
    return f"({late})"


def _is(query: Query, filters: Filters, values: list[Any], now: datetime) -> list[str]:
    found = []
    for value in values:
        if value == "overdue":
            found.append(_overdue(query, filters, now))
        elif value == "paused":
            found.append(f"(i.is_open and i.status_id = any ({query.arg(filters.pausing, 'uuid[]')}))")
        else:
            found.append(_IS.get(value) or _known("is", value, filters))
    return found


def _has(_query: Query, filters: Filters, values: list[Any], _now: datetime) -> list[str]:
    return [_HAS.get(value) or _known("has", value, filters) for value in values]


def _truth(query: Query, filters: Filters, values: list[Any], now: datetime) -> list[str]:
    """`breached:true` or `overdue:false`, as pairs of name and answer: the words of `is` as questions."""
    return [
        said if answer else f"({said}) is not true"
        for name, answer in values
        for said in _is(query, filters, [name], now)
    ]


def is_so(filters: Filters, word: str, *, answer: bool) -> str:
    """The condition that a word of another feature's, such as `major`, is so or isn't."""
    said = _known("is", word, filters)
    return said if answer else f"({said}) is not true"


def _clock(query: Query, filters: Filters, values: list[Any], now: datetime) -> list[str]:
    pausing, soon = query.arg(filters.pausing, "uuid[]"), query.arg(now + SOON, "timestamptz")
    state = CLOCK_STATE.format(pausing=pausing, soon=soon)
    return [f"(i.is_open and {state} = any ({query.arg(values, 'text[]')}))"]


def became(query: Query, outcomes: list[str], now: datetime) -> str:
    """The condition that one of some outcomes is what became of a resolved incident."""
    moment = query.arg(now, "timestamptz")
    return "(" + " or ".join(OUTCOMES[one].format(now=moment) for one in outcomes) + ")"


def _outcome(query: Query, _filters: Filters, values: list[Any], now: datetime) -> list[str]:
    return [became(query, values, now)]


def _people(template: str) -> Callable[[Query, Filters, list[Any], datetime], list[str]]:
    def said(query: Query, _filters: Filters, values: list[Any], _now: datetime) -> list[str]:
        return [f"({template.format(query.arg(value, 'uuid'))})" for value in values]

    return said


def _mine(query: Query, _filters: Filters, values: list[Any], _now: datetime) -> list[str]:
    return [TEAM_OF.format(query.arg(values[0], "uuid"))]


def _organization(query: Query, _filters: Filters, values: list[Any], _now: datetime) -> list[str]:
    return [_ORGANIZED.format(query.arg(values, "text[]"))]


def _reporter(query: Query, _filters: Filters, values: list[Any], _now: datetime) -> list[str]:
    emails = query.arg([value.lower() for value in values if "@" in value], "text[]")
    names = query.arg([value for value in values if "@" not in value], "text[]")
    return [_REPORTED.format(emails=emails, names=names)]


def _referred(query: Query, _filters: Filters, values: list[Any], _now: datetime) -> list[str]:
    """Reference codes, and numbers of references whatever they begin with."""
    codes, numbers = [one for one in values if isinstance(one, str)], [one for one in values if isinstance(one, int)]
    found = [_one_of(query, "reference_code", "text", codes)] if codes else []
    return found + ([_one_of(query, "reference_no", "bigint", numbers)] if numbers else [])


def _tagged(query: Query, _filters: Filters, values: list[Any], _now: datetime) -> list[str]:
    return [with_tags(query, values)]


def _custom(query: Query, _filters: Filters, values: list[Any], _now: datetime) -> list[str]:
    """Filters of custom fields, each perhaps with one that takes its own end out again."""
    found = []
    for wanted, without in values:
        said = with_custom(query, wanted)
        found.append(said if without is None else f"({said} and {with_custom(query, without, negated=True)})")
    return found


_VALUES: dict[str, Callable[[Query, Filters, list[Any], datetime], list[str]]] = {
    "is": _is,
    "has": _has,
    "truth": _truth,
    "ref": _referred,
    "tag": _tagged,
    "custom": _custom,
    "clock": _clock,
    "outcome": _outcome,
    "watcher": _people(WATCHED),
    "delegator": _people(DELEGATED),
    "my_team": _mine,
    "org": _organization,
    "reporter_called": _reporter,
}
