"""Pure decisions of routing: which rule takes a new incident, and which member of a team gets it; each says why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.base.errors import N_, filled

Names = Mapping[UUID, str]
NOBODY = N_("none")


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence for people: a template with its values, so that it can be said in their language."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The sentence in English."""
        return filled(self.template, self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What rules look at of an incident. `text` is title and description."""

    category: UUID | None
    priority: UUID
    source: str
    organization: str | None
    text: str
    custom: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What a rule wants; of each kind any one is enough, an empty kind wants nothing."""

    categories: frozenset[UUID] = frozenset()
    priorities: frozenset[UUID] = frozenset()
    sources: frozenset[str] = frozenset()
    organizations: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    custom: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a rule fits an incident, and the sentences that say why: all that held, or the first that did not."""

    matched: bool
    because: tuple[Said, ...]


def judge(conditions: Conditions, subject: Subject, names: Names) -> Verdict:
    """Whether a rule's conditions hold for an incident. `names` are what categories and priorities are called."""
    held: list[Said] = []
    for look in (_category, _priority, _source, _organization, _keyword):
        found = look(conditions, subject, names)
        if found is None:
            continue
        holds, said = found
        if not holds:
            return Verdict(False, (said,))
        held.append(said)
    for slug, wanted in conditions.custom.items():
        holds, said = _custom(slug, wanted, subject)
        if not holds:
            return Verdict(False, (said,))
        held.append(said)
    return Verdict(True, tuple(held) or (Said(N_("It takes every incident.")),))


Look = Callable[[Conditions, Subject, Names], tuple[bool, Said] | None]


def _category(conditions: Conditions, subject: Subject, names: Names) -> tuple[bool, Said] | None:
    if not conditions.categories:
        return None
    if subject.category in conditions.categories:
        return True, Said(N_("The category is {value}."), {"value": _name(subject.category, names)})
    values = {"value": _name(subject.category, names), "wanted": _list(conditions.categories, names)}
    return False, Said(N_("The category is {value}, not {wanted}."), values)


def _priority(conditions: Conditions, subject: Subject, names: Names) -> tuple[bool, Said] | None:
    if not conditions.priorities:
        return None
    if subject.priority in conditions.priorities:
        return True, Said(N_("The priority is {value}."), {"value": _name(subject.priority, names)})
    values = {"value": _name(subject.priority, names), "wanted": _list(conditions.priorities, names)}
    return False, Said(N_("The priority is {value}, not {wanted}."), values)


def _source(conditions: Conditions, subject: Subject, _names: Names) -> tuple[bool, Said] | None:
    if not conditions.sources:
        return None
    if subject.source in conditions.sources:
        return True, Said(N_("The source is {value}."), {"value": subject.source})
    values = {"value": subject.source, "wanted": ", ".join(sorted(conditions.sources))}
    return False, Said(N_("The source is {value}, not {wanted}."), values)


def _organization(conditions: Conditions, subject: Subject, _names: Names) -> tuple[bool, Said] | None:
    if not conditions.organizations:
        return None
    theirs = " ".join((subject.organization or "").casefold().split())
    if theirs and theirs in {" ".join(name.casefold().split()) for name in conditions.organizations}:
        return True, Said(N_("The reporter's organisation is {value}."), {"value": subject.organization})
    values = {"value": subject.organization or NOBODY, "wanted": ", ".join(conditions.organizations)}
    return False, Said(N_("The reporter's organisation is {value}, not {wanted}."), values)


def _keyword(conditions: Conditions, subject: Subject, _names: Names) -> tuple[bool, Said] | None:
    if not conditions.keywords:
        return None
    found = next((word for word in conditions.keywords if holds_word(subject.text, word)), None)
    if found is not None:
        return True, Said(N_("The text holds “{value}”."), {"value": found})
    return False, Said(N_("The text holds none of: {wanted}."), {"wanted": ", ".join(conditions.keywords)})


def _custom(slug: str, wanted: Sequence[str], subject: Subject) -> tuple[bool, Said]:
    value = subject.custom.get(slug)
    present = [_plain(each) for each in (value if isinstance(value, list) else [value]) if each is not None]
    shown = ", ".join(present) or NOBODY
    if set(present) & {_plain(each) for each in wanted}:
        return True, Said(N_("The field {field} is {value}."), {"field": slug, "value": shown})
    values = {"field": slug, "value": shown, "wanted": ", ".join(wanted)}
    return False, Said(N_("The field {field} is {value}, not {wanted}."), values)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).casefold()


def holds_word(text: str, word: str) -> bool:
    """Whether a text holds a word or phrase, whole and whatever its case: `vpn` is in `The VPN is down`, not in `vpnet`."""
    words = f" {_words(text)} "
    return f" {_words(word)} " in words


def has_word(text: str) -> bool:
    """Whether a text holds anything that can be looked for."""
    return any(char.isalnum() for char in text)


def _words(text: str) -> str:
    return " ".join("".join(char if char.isalnum() else " " for char in text.casefold()).split())


def _name(entry: UUID | None, names: Names) -> str:
    return names.get(entry, NOBODY) if entry is not None else NOBODY


def _list(entries: frozenset[UUID], names: Names) -> str:
    return ", ".join(sorted(_name(entry, names) for entry in entries))


# ------------------------------------------------------------------------------------------------ who of a team

_WEIGHTS = {1: 8, 2: 4, 3: 2}


def weight(level: int) -> int:
    """What an open incident of a priority's level weighs as work: 8, 4, 2, and 1 for everything less urgent."""
    return _WEIGHTS.get(level, 1)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member of a team: when they are back if they are away, and how many open incidents they own by priority level."""

    id: UUID
    name: str
    away_until: datetime | None = None
    open_work: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Handed:
    """Work handed out by somebody at the same time, which is not to be seen yet."""

    user_id: UUID
    level: int


@dataclass(frozen=True, slots=True)
class Choice:
    """Who gets it (None: nobody is there), why, and what each candidate's open work weighs."""

    user: Candidate | None
    because: Said
    loads: Mapping[UUID, int]


def choose(
    spread: str, candidates: Sequence[Candidate], turn: int, unseen: Sequence[Handed] = (), previous: UUID | None = None
) -> Choice:
    """Which of a team's active members gets the next incident; nobody for a team that does not spread its work.

    `turn` counts the team's spread incidents. `previous` had the last one of the same reporter.
    """
    here = sorted((one for one in candidates if one.away_until is None), key=lambda one: one.id)
    loads = {one.id: _load(one, unseen) for one in candidates}
    if spread == "none":
        return Choice(None, Said(N_("The team takes it from its queue.")), loads)
    if not here:
        return Choice(None, Said(N_("Nobody of the team is here: it waits in the queue.")), loads)
    if spread == "round_robin":
        one = here[turn % len(here)]
        return Choice(one, Said(N_("{person} is next in turn."), {"person": one.name}), loads)
    if spread == "sticky" and (known := next((one for one in here if one.id == previous), None)) is not None:
        return Choice(known, Said(N_("{person} had the last one of this reporter."), {"person": known.name}), loads)
    least = min(loads[one.id] for one in here)
    idle = [one for one in here if loads[one.id] == least]
    one = idle[turn % len(idle)]
    said = Said(N_("{person} has the least open work (weight {load})."), {"person": one.name, "load": least})
    return Choice(one, said, loads)


def _load(one: Candidate, unseen: Sequence[Handed]) -> int:
    seen = sum(weight(level) * count for level, count in one.open_work.items())
    return seen + sum(weight(item.level) for item in unseen if item.user_id == one.id)
