"""What reports ask of the list beyond the present: when things happened, and how the record stood at a moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from tocsin.incidents.model import Filters
from tocsin.incidents.store.outcomes import OUTCOME_FACTS, OUTCOME_MOMENT

if TYPE_CHECKING:
    from tocsin.incidents.store.page import Query

SOON = timedelta(hours=24)
"""A clock is soon due when less than this is left."""
CLOCK_STATE = (
    "case when i.is_breached then 'breached' when i.status_id = any ({pausing}) then 'paused'"
    " when i.next_due_at < {soon} then 'soon' else 'on_track' end"
)
_STATUS_EVENTS = "('IncidentTransitioned', 'IncidentResolved', 'IncidentClosed', 'IncidentReopened', 'IncidentMerged')"
_OWNER_EVENTS = "('IncidentAssigned', 'IncidentUnassigned', 'IncidentDelegated', 'IncidentRecalled')"
_UNDONE = "e.type = 'OperationUndone' and e.facts ? "
"""Undoing says of each thing it changed what it was before that; `known_at` walks it back like the acts themselves."""
_RESOLUTIONS = (
    "(e.type in ('IncidentResolved', 'IncidentReopened') or (" + _UNDONE + "'resolved_at')"
    " or (e.type = 'IncidentClosed' and (e.facts->>'also_resolved')::boolean))"
)
_STATUSES = f"(e.type in {_STATUS_EVENTS} or ({_UNDONE}'status'))"
_PRIORITIES = f"(e.type = 'IncidentPriorityChanged' or ({_UNDONE}'priority'))"
_TEAMS = f"(e.type = 'TeamChanged' or ({_UNDONE}'team'))"
_OWNERS = f"((e.type in {_OWNER_EVENTS} and coalesce(e.facts->>'as', 'owner') = 'owner') or ({_UNDONE}'owner'))"
_CATEGORIES = f"((e.type = 'IncidentUpdated' and e.data->'before'->'value' ? 'category') or ({_UNDONE}'category'))"
_DELETIONS = f"(e.type in ('IncidentDeleted', 'IncidentRestored') or ({_UNDONE}'deleted_at'))"


def _first(what: str, condition: str) -> str:
    """What the first event after the moment says, among some."""
    return f"(array_agg({what} order by e.seq) filter (where {condition}))[1]"


def _from(name: str) -> str:
    """What an act, or undoing one, changed something from."""
    return f"case when e.type = 'OperationUndone' then e.facts->'{name}'->>'from' else e.facts->>'from' end"


_CATEGORY = (
    "case when e.type = 'OperationUndone' then e.facts->'category'->>'from'"
    " else e.data->'before'->'value'->>'category' end"
)
_WALK = f"""
select {_first(_from("status"), _STATUSES)} as status,
  {_first(_from("priority"), _PRIORITIES)} as priority,
  count(*) filter (where {_TEAMS}) as teams, {_first(_from("team"), _TEAMS)} as team,
  count(*) filter (where {_OWNERS}) as owners, {_first(_from("owner"), _OWNERS)} as owner,
  count(*) filter (where {_CATEGORIES}) as categories, {_first(_CATEGORY, _CATEGORIES)} as category,
  count(*) filter (where {_RESOLUTIONS}) as resolutions, {_first("e.facts->>'resolved_at'", _RESOLUTIONS)} as resolved_at,
  count(*) filter (where {_DELETIONS}) as deletions, {_first("e.facts->>'deleted_at'", _DELETIONS)} as deleted_at
from events e where e.tenant_id = $1 and e.stream = i.id and e.at > {{moment}}
"""
_OPEN_THEN = "(case when st.id is null then i.is_open else not (st.is_terminal or st.is_resolved) end)"
_SAME = (
    "i.tenant_id, i.id, i.reference_no, i.created_at, i.updated_at, i.due_at, i.reported_by_id, i.source,"
    " i.reported_via, i.reported_by_reporter_id, i.reference_code, i.closed_at, i.acknowledged_at, i.progress_percent,"
    " i.public_percent,"
    " i.reopen_count, i.description, i.impact, i.merged_into_id"
)
FACTS = {
    "responded": "select s.incident_id from incident_slas s where s.tenant_id = $1 and s.is_active",
    "breached": "select s.incident_id from incident_slas s where s.tenant_id = $1 and s.is_active",
    "escalated": "select e.incident_id from events e where e.tenant_id = $1 and e.type = 'IncidentEscalated'",
    "reopened": "select e.incident_id from events e where e.tenant_id = $1 and e.type = 'IncidentReopened'",
    **OUTCOME_FACTS,
}
MOMENTS = {
    "responded": "s.first_response_at",
    "breached": "s.breached_at",
    "escalated": "e.at",
    "reopened": "e.at",
    **dict.fromkeys(OUTCOME_FACTS, OUTCOME_MOMENT),
}


def halves(moment: str, ceiling: str) -> tuple[str, str]:
    """SQL of the incidents of tenant $1 as they stood at a moment (a placeholder): those that nobody has touched since, and
    the others, each walked back: the first event after the moment says what it changed from.

    An import is known from when it was written, which its id tells (`ceiling`: a placeholder of the first id after the moment).
    Due times, texts and people's names are the present ones; so are the flags of a status.
    """
    there = f"i.created_at <= {moment} and (i.import_key is null or i.id < {ceiling})"
    breached = (
        f"(i.is_breached and exists (select 1 from incident_slas s where s.tenant_id = $1 and s.incident_id = i.id"
        f" and s.is_active and s.breached_at <= {moment}))"
    )
    untouched = f"""
select {_SAME}, i.next_due_at, i.status_id, i.is_open, i.priority_id, i.priority_level, i.category_id, i.team_id, i.assigned_to_id,
  i.resolved_at, i.deleted_at, {breached} as is_breached
from incidents i where i.tenant_id = $1 and {there} and i.updated_at <= {moment}"""
    touched = f"""
select {_SAME}, case when {_OPEN_THEN} then i.next_due_at end as next_due_at, coalesce(st.id, i.status_id) as status_id,
  {_OPEN_THEN} as is_open, coalesce(pr.id, i.priority_id) as priority_id, coalesce(pr.level, i.priority_level) as priority_level,
  case when w.categories > 0 then ca.id else i.category_id end as category_id,
  case when w.teams > 0 then w.team::uuid else i.team_id end as team_id,
  case when w.owners > 0 then w.owner::uuid else i.assigned_to_id end as assigned_to_id,
  case when w.resolutions > 0 then w.resolved_at::timestamptz else i.resolved_at end as resolved_at,
  case when w.deletions > 0 then w.deleted_at::timestamptz else i.deleted_at end as deleted_at, {breached} as is_breached
from (select c.id from incidents c where c.tenant_id = $1 and c.updated_at > {moment} and c.created_at <= {moment} offset 0) c
cross join lateral (select o.* from incidents o where o.tenant_id = $1 and o.id = c.id offset 0) i
cross join lateral ({_WALK.format(moment=moment)}) w
left join incident_statuses st on st.tenant_id = $1 and st.slug = w.status
left join incident_priorities pr on pr.tenant_id = $1 and pr.slug = w.priority
left join incident_categories ca on ca.tenant_id = $1 and ca.slug = w.category
where {there}"""
    return untouched, touched


def known_at(moment: str, ceiling: str) -> str:
    """SQL in place of `incidents i`: the incidents as they stood at a moment."""
    return f"({' union all '.join(halves(moment, ceiling))}) i"


def moments(query: Query, filters: Filters) -> tuple[str, str]:
    """Placeholders of the moment that a list asks for, and of the first id after it."""
    return query.arg(filters.as_of, "timestamptz"), query.arg(filters.ceiling, "uuid")


def first_id_after(moment: datetime, *, is_sandbox: bool) -> UUID:
    """The lowest UUIDv7 made after a moment. A sandbox's time is its own, its ids tell the real one: there, none is."""
    milliseconds = 2**48 - 1 if is_sandbox else int(moment.timestamp() * 1000) + 1
    return UUID(int=milliseconds << 80)


def source(query: Query, filters: Filters) -> str:
    """What a list reads from: the incidents, or these as they stood at the moment asked for."""
    if query.reads or filters.as_of is None:
        return query.reads or "incidents i"
    return known_at(*moments(query, filters))


def narrow(query: Query, filters: Filters, now: datetime) -> None:
    """Add what happened when, and what the clocks say."""
    for fact, (after, before) in filters.happened.items():
        column = MOMENTS.get(fact, f"i.{fact}_at")
        parts = []
        for template, value in (("{} >= {}", after), ("{} < {}", before), ("{} <= {}", filters.as_of)):
            if value is not None:
                parts.append(template.format(column, query.arg(value, "timestamptz")))
        condition = " and ".join(parts)
        query.parts.append(f"i.id in ({FACTS[fact]} and {condition})" if fact in FACTS else condition)
    if filters.hours is not None:
        starts = query.arg([start for start, _ in filters.hours], "timestamptz[]")
        ends = query.arg([end for _, end in filters.hours], "timestamptz[]")
        query.parts.append(
            f"exists (select 1 from unnest({starts}, {ends}) h (since, until)"
            " where i.created_at >= h.since and i.created_at < h.until)"
        )
    if filters.no_category:
        query.parts.append("i.category_id is null")
    if filters.clock is not None:
        pausing, soon = query.arg(filters.pausing, "uuid[]"), query.arg(now + SOON, "timestamptz")
        state = CLOCK_STATE.format(pausing=pausing, soon=soon)
        query.parts += ["i.is_open", f"{state} = {query.arg(filters.clock, 'text')}"]
