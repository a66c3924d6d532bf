"""Conditions about the past: what the record tells of any time, and what only today's state can say."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from tocsin.access import service as access
from tocsin.base.actor import Actor
from tocsin.classification.model import Catalogue
from tocsin.db.tx import Tx
from tocsin.escalation.rules import FIELDS, Term, matches
from tocsin.escalation.rules.lives import Incident
from tocsin.incidents import service as incidents
from tocsin.incidents.rules import query as language
from tocsin.incidents.rules.query import Clause, Query, Value

_STATES: dict[str, Callable[[Incident], bool]] = {
    "open": lambda now: now.is_open,
    "closed": lambda now: not now.is_open,
    "resolved": lambda now: not now.is_open,
    "breached": lambda now: now.is_breached,
    "overdue": lambda now: now.is_breached,
    "unassigned": lambda now: now.owner is None,
    "acknowledged": lambda now: now.acknowledged_at is not None,
    "reopened": lambda now: now.reopened > 0,
    "public": lambda now: now.via == "public",
    "internal": lambda now: now.via != "public",
}
"""What `is:` asks for and the record can say at any time."""

Fits = Callable[[UUID], Callable[[Incident], bool]]


async def past_conditions(tx: Tx, actor: Actor, text: str, catalogue: Catalogue) -> Fits:
    """Whether an incident fits conditions at a time that is over: for each id a judge of what it was like then.

    What the record doesn't tell (tags, texts, custom fields, people around it) is taken as it is today. Raises `WrongQuery`.
    """
    query = language.parse(await incidents.check_query(tx, actor, text, "conditions"))
    known = [term for term in query.terms if _is_known(term)]
    rest = Query(tuple(term for term in query.terms if not _is_known(term)))
    terms = [await _term(tx, term, catalogue) for term in known if isinstance(term, Clause)]
    ids = await _ids(tx, actor, str(rest)) if rest.terms else None

    def judge_of(incident_id: UUID) -> Callable[[Incident], bool]:
        if ids is not None and incident_id not in ids:
            return lambda _now: False
        return lambda now: matches(terms, _words(now))

    return judge_of


def _is_known(term: object) -> bool:
    if not isinstance(term, Clause) or not all(isinstance(value, Value) for value in term.values):
        return False
    if term.name == "is":
        return all(isinstance(value, Value) and value.text.lower() in _STATES for value in term.values)
    return term.name in FIELDS and not any(isinstance(v, Value) and v.text.lower() == "mine" for v in term.values)


async def _ids(tx: Tx, actor: Actor, text: str) -> set[UUID]:
    found: set[UUID] = set()
    after = None
    while batch := await incidents.matching_ids(tx, actor, text, after=after, field="conditions"):
        found.update(batch)
        after = batch[-1]
    return found


async def _term(tx: Tx, clause: Clause, catalogue: Catalogue) -> Term:
    """A clause whose values are slugs and ids, as the record has them."""
    values = [value.text for value in clause.values if isinstance(value, Value)]
    return Term(
        clause.name, frozenset([await _value(tx, clause.name, one, catalogue) for one in values]), clause.is_negated
    )


async def _value(tx: Tx, name: str, text: str, catalogue: Catalogue) -> str:
    if text.lower() == "none" or name in ("source", "via", "is"):
        return text.lower()
    if name == "assignee":
        return "" if text.lower() == "me" else str(await access.find_member_id(tx, text, "conditions"))
    if name == "team":
        return str(await access.find_team_id(tx, text, "conditions"))
    find = {
        "priority": catalogue.find_priority,
        "category": catalogue.find_category,
        "status": catalogue.find_status,
    }[name]
    entry = find(text) or find(text.lower())
    return entry.slug if entry is not None else text.lower()


def _words(now: Incident) -> dict[str, frozenset[str]]:
    return {
        "priority": frozenset((now.priority,)),
        "category": frozenset((now.category or "none",)),
        "status": frozenset((now.status,)),
        "source": frozenset((now.source,)),
        "via": frozenset((now.via,)),
        "assignee": frozenset((str(now.owner) if now.owner is not None else "none",)),
        "team": frozenset((str(now.team) if now.team is not None else "none",)),
        "is": frozenset(name for name, holds in _STATES.items() if holds(now)),
    }
