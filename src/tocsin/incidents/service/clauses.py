"""The clauses of a query, resolved one by one: slugs to ids, people to members, times to stretches."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tocsin.access import service as access
from tocsin.base.actor import Actor
from tocsin.base.errors import N_, BadValue, Invalid
from tocsin.base.ids import parse_id
from tocsin.base.zones import hours_of_week
from tocsin.classification.model import Catalogue
from tocsin.classification.rules import clean_tag
from tocsin.db.tx import Tx
from tocsin.incidents import store
from tocsin.incidents.model import Condition
from tocsin.incidents.rules.query import (
    FIELDS,
    AnyValue,
    Between,
    Beyond,
    Clause,
    Field,
    Query,
    QueryError,
    Value,
    meant_reference,
    nearest,
    stretch,
    text_values,
)
from tocsin.incidents.service.clauses_custom import custom_condition
from tocsin.incidents.service.moments import HOUR, MOST_YEARS, WEEKDAYS


@dataclass(slots=True)
class Asked:
    """Who asks, and what the words of a query are resolved against. `hours` is what `hour:` asks for."""

    tx: Tx
    actor: Actor
    catalogue: Catalogue
    zone: ZoneInfo
    hours: list[tuple[datetime, datetime]] | None = None


async def conditions(asked: Asked, query: Query) -> list[Condition]:
    """The conditions of all clauses. Raises `QueryError`."""
    found: list[Condition] = []
    for clause in query.clauses:
        field = FIELDS[clause.name]
        if field.kind == "hour":
            continue
        if field.kind == "text":
            _check_texts(clause, field)
        elif field.kind == "custom":
            found.append(await custom_condition(asked.tx, asked.actor, asked.catalogue, clause, field, asked.zone))
        else:
            found.append(await _RESOLVE[field.kind](asked, clause, field))
    for clause in query.clauses:
        if clause.name == "hour":
            asked.hours = _hours(asked, clause, found)
    return found


def _none_of(clause: Clause, field: Field) -> tuple[list[AnyValue], bool]:
    """The values without `none`, and whether it was among them."""
    rest = [value for value in clause.values if not (field.takes_none and _is_bare(value, "none"))]
    return rest, len(rest) < len(clause.values)


def _is_bare(value: AnyValue, word: str) -> bool:
    return isinstance(value, Value) and not value.is_quoted and value.text.lower() == word


def _bad(value: AnyValue, field: Field, **values: Any) -> QueryError:
    said = {"field": field.name, "names": ", ".join(field.choices), "example": "network", **values}
    text = value.text if isinstance(value, Value) else str(value)
    return QueryError(value.at, N_("{shown} is no value of {field}."), field.hint, shown=text[:80], **said)


def _plain(values: list[AnyValue], field: Field) -> list[Value]:
    for value in values:
        if not isinstance(value, Value):
            raise _bad(value, field)
    return values  # type: ignore[return-value]  # just looked at


def _unknown(value: Value, field: Field, known: list[str]) -> QueryError:
    """An entry that is not there, with what was most likely meant or what there is."""
    meant = nearest(value.text, known)
    hint = N_("Did you mean {meant}?") if meant else N_("There are {names}.") if known else field.hint
    names = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")
    return QueryError(
        value.at,
        N_("There is no {field} {shown}."),
        hint,
        field=field.name,
        shown=value.text[:80],
        meant=meant,
        names=names,
    )


async def _entries(asked: Asked, clause: Clause, field: Field) -> Condition:
    """Statuses, priorities and categories, by slug or id."""
    known: dict[str, tuple[Any, Callable[[str], Any]]] = {
        "status": (asked.catalogue.statuses, asked.catalogue.find_status),
        "priority": (asked.catalogue.priorities, asked.catalogue.find_priority),
        "category": (asked.catalogue.categories, asked.catalogue.find_category),
    }
    entries, find = known[field.kind]
    rest, unset = _none_of(clause, field)
    found = []
    for value in _plain(rest, field):
        entry = find(value.text) or find(value.text.lower())
        if entry is None:
            raise _unknown(value, field, [one.slug for one in entries.values() if one.is_active])
        found.append(entry.id)
    return Condition(name=clause.name, values=found, unset=unset, is_negated=clause.is_negated)


async def _people(asked: Asked, clause: Clause, field: Field) -> Condition:
    rest, unset = _none_of(clause, field)
    found = []
    for value in _plain(rest, field):
        if _is_bare(value, "me"):
            if asked.actor.kind == "person":
                found.append(asked.actor.id)
            continue
        try:
            found.append(await access.find_member_id(asked.tx, value.text, field.name, asked.actor))
        except Invalid:
            hint = N_("Give me, an e-mail address or an id, such as {field}:me.")
            raise QueryError(
                value.at, N_("There is nobody {shown} here."), hint, shown=value.text[:80], field=field.name
            ) from None
    return Condition(name=clause.name, values=found, unset=unset, is_negated=clause.is_negated)


async def _teams(asked: Asked, clause: Clause, field: Field) -> Condition:
    rest, unset = _none_of(clause, field)
    if len(clause.values) == 1 and rest and _is_bare(rest[0], "mine"):
        member = [asked.actor.id] if asked.actor.kind == "person" else []
        return Condition(name="my_team", values=member, is_negated=clause.is_negated)
    found = []
    for value in _plain(rest, field):
        if _is_bare(value, "mine"):
            raise QueryError(
                value.at, N_("mine stands alone."), N_("Write {field}:mine without other values."), field=field.name
            )
        try:
            found.append(await access.find_team_id(asked.tx, value.text, field.name))
        except Invalid:
            raise QueryError(
                value.at, N_("There is no {field} {shown}."), field.hint, shown=value.text[:80], field=field.name
            ) from None
    return Condition(name="team", values=found, unset=unset, is_negated=clause.is_negated)


def learn_words(field: str, words: Mapping[str, str]) -> None:
    """Let `is` or `has` know further words, each with the SQL condition on an incident `i` that it stands for."""
    for word, sql in words.items():
        store.asked.MORE[field, word] = sql


def choices_of(field: Field) -> tuple[str, ...]:
    """The values of a field of choices, those that other features know included."""
    return (*field.choices, *(word for name, word in store.asked.MORE if name == field.name))


async def _choices(_asked: Asked, clause: Clause, field: Field) -> Condition:
    found = []
    for value in _plain(list(clause.values), field):
        if value.text.lower() not in (known := choices_of(field)):
            raise _unknown(value, field, list(known))
        found.append(value.text.lower())
    return Condition(name=clause.name, values=found, is_negated=clause.is_negated)


async def _truth(_asked: Asked, clause: Clause, field: Field) -> Condition:
    found = []
    for value in _plain(list(clause.values), field):
        if value.text.lower() not in ("true", "false"):
            raise _bad(value, field)
        found.append((clause.name, value.text.lower() == "true"))
    return Condition(name="truth", values=found, is_negated=clause.is_negated)


async def _times(asked: Asked, clause: Clause, field: Field) -> Condition:
    rest, unset = _none_of(clause, field)
    spans = []
    for value in rest:
        try:
            spans.append(stretch(value, asked.tx.now, asked.zone))
        except ValueError as error:
            raise _bad(error.args[0], field) from None
    return Condition(name=clause.name, spans=spans, unset=unset, is_negated=clause.is_negated)


async def _numbers(_asked: Asked, clause: Clause, field: Field) -> Condition:
    rest, unset = _none_of(clause, field)
    spans = [_number_span(value, field) for value in rest]
    return Condition(name=clause.name, spans=spans, unset=unset, is_negated=clause.is_negated)


def _number_span(value: AnyValue, field: Field) -> tuple[int | None, int | None]:
    """A range of whole numbers, both ends included."""
    if isinstance(value, Between):
        low = _number(value.low, field) if value.low is not None else None
        return low, _number(value.high, field) if value.high is not None else None
    number = _number(value.value if isinstance(value, Beyond) else value, field)
    if isinstance(value, Beyond):
        return {"<": (None, number - 1), "<=": (None, number), ">": (number + 1, None), ">=": (number, None)}[
            value.sign
        ]
    return number, number


def _number(value: Value, field: Field) -> int:
    if len(value.text) > 9 or not (value.text.isascii() and value.text.isdigit()):
        raise _bad(value, field)
    return int(value.text)


MOST_PEOPLE = 200
"""So many people are named one by one: their own figures tell PostgreSQL how to read a list, and nobody needs no reading."""


async def _names(asked: Asked, clause: Clause, field: Field) -> Condition:
    """The reporter by id, e-mail or name, their organisation by name. Nobody by a name is no error: people come and go."""
    rest, unset = _none_of(clause, field)
    values = [value.text.strip() for value in _plain(rest, field)]
    if clause.name == "org":
        lower = [value.lower() for value in values]
        people = await store.people.of_organizations(asked.tx, lower, MOST_PEOPLE + 1) if lower else []
        if len(people) <= MOST_PEOPLE:
            return Condition(name="org_people", values=people, unset=unset, is_negated=clause.is_negated)
        return Condition(name="org", values=lower, unset=unset, is_negated=clause.is_negated)
    ids, called, is_me = [], [], False
    for value in _plain(rest, field):
        if _is_bare(value, "me"):
            is_me = True
            ids += [asked.actor.id] if asked.actor.kind == "person" else []
        elif (known := parse_id(value.text)) is not None:
            ids.append(known)
        else:
            called.append(value.text.strip())
    if called and (ids or is_me):
        raise QueryError(
            clause.at,
            N_("Name people either by id or by name."),
            N_("Write two queries, or give ids only."),
            field=field.name,
        )
    if called:
        people = await store.people.called(asked.tx, called, MOST_PEOPLE + 1)
        if len(people) <= MOST_PEOPLE:
            return Condition(name="reporter", values=people, is_negated=clause.is_negated)
        return Condition(name="reporter_called", values=called, is_negated=clause.is_negated)
    return Condition(name="reporter", values=ids, is_negated=clause.is_negated)


async def _references(_asked: Asked, clause: Clause, field: Field) -> Condition:
    values = _plain(list(clause.values), field)
    ids = [known for value in values if (known := parse_id(value.text)) is not None]
    if ids and len(ids) < len(values):
        raise QueryError(
            clause.at, N_("Give either ids or references."), N_("Write them in two queries."), field=field.name
        )
    if ids:
        return Condition(name="id", values=ids, is_negated=clause.is_negated)
    return Condition(name="ref", values=[meant_reference(value.text) for value in values], is_negated=clause.is_negated)


async def _tags(_asked: Asked, clause: Clause, field: Field) -> Condition:
    rest, unset = _none_of(clause, field)
    found = []
    for value in _plain(rest, field):
        try:
            found.append(clean_tag(value.text))
        except BadValue:
            raise _bad(value, field) from None
    return Condition(name="tag", values=found, unset=unset, is_negated=clause.is_negated)


def _check_texts(clause: Clause, field: Field) -> None:
    rest = _plain(list(clause.values), field)
    for value, words in zip(rest, text_values(clause), strict=True):
        if words.is_blank:
            raise _bad(value, field)


def _hours(asked: Asked, clause: Clause, found: list[Condition]) -> list[tuple[datetime, datetime]]:
    """The hours of the week that `hour:` names, within the one stretch of creation that the query must give."""
    field = FIELDS["hour"]
    stretches = [one.spans[0] for one in found if one.name == "created" and not one.is_negated and len(one.spans) == 1]
    since = max((low for low, _ in stretches if low is not None), default=None)
    until = min((high for _, high in stretches if high is not None), default=None)
    if clause.is_negated or since is None or until is None or (until - since).days > 366 * MOST_YEARS:
        hint = N_("Give a range of created with it, such as created:last-month hour:mon-09.")
        raise QueryError(clause.at, N_("hour needs to know between which days."), hint)
    made: list[tuple[datetime, datetime]] = []
    for value in _plain(list(clause.values), field):
        match = HOUR.fullmatch(value.text.lower())
        if match is None:
            raise _bad(value, field)
        made += hours_of_week(asked.zone, since, until, WEEKDAYS.index(match[1]), int(match[2]))
    return made


_RESOLVE: dict[str, Callable[[Asked, Clause, Field], Awaitable[Condition]]] = {
    "status": _entries,
    "priority": _entries,
    "category": _entries,
    "person": _people,
    "team": _teams,
    "choice": _choices,
    "truth": _truth,
    "time": _times,
    "number": _numbers,
    "name": _names,
    "reference": _references,
    "tag": _tags,
}
