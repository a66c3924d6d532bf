"""What a timeline says of each event, in words. Features above add theirs; an unknown type gets its own name as words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.activity.model import RecordedEvent
from tocsin.base.ids import parse_id
from tocsin.classification.model import Catalogue
from tocsin.web.i18n import N_, Tongue

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the timeline: what the actor did (their name stands before it), its icon, and words of theirs."""

    text: str
    icon: str = "point"
    tone: str = ""
    """`accent`, `warn`, `breach`, `ok` or nothing."""
    said: str | None = None
    actor: str | None = None
    """Who it is about when nobody did it, such as a clock."""


class Speaker:
    """How a line names people, entries of the catalogue and moments, in the reader's language."""

    def __init__(
        self,
        tongue: Tongue,
        now: datetime,
        names: Mapping[UUID, str],
        catalogue: Catalogue,
        codes: Mapping[UUID, str] | None = None,
    ) -> None:
        self.gettext = tongue.gettext
        self.ngettext = tongue.ngettext
        self._tongue, self._now, self._names, self._catalogue = tongue, now, names, catalogue
        self._codes = codes or {}

    def name(self, ref: Any) -> str:
        """A member or team by the id in an event."""
        known = parse_id(ref) if isinstance(ref, str) else None
        return self._names.get(known, self.gettext("somebody")) if known is not None else self.gettext("nobody")

    def incident(self, ref: Any) -> str:
        """The reference code of another incident by the id in an event."""
        known = parse_id(ref) if isinstance(ref, str) else None
        return self._codes.get(known, self.gettext("another incident")) if known else self.gettext("another incident")

    def status(self, slug: Any) -> str:
        """A status by its slug, also one that is there no more."""
        found = self._catalogue.find_status(str(slug))
        return found.name if found is not None else str(slug)

    def priority(self, slug: Any) -> str:
        """A priority by its slug."""
        found = self._catalogue.find_priority(str(slug))
        return found.name if found is not None else str(slug)

    def category(self, slug: Any) -> str:
        """A category by its slug."""
        found = self._catalogue.find_category(str(slug)) if slug is not None else None
        return found.name if found is not None else str(slug or self.gettext("none"))

    def field(self, name: str) -> str:
        """A custom field by its full name `custom.<slug>`, also one that is there no more."""
        found = self._catalogue.find_field(name.removeprefix("custom."))
        return found.name if found is not None else name

    def custom(self, name: str, value: Any) -> str:
        """A value of a custom field."""
        found = self._catalogue.find_field(name.removeprefix("custom."))
        if isinstance(value, bool):
            return self.gettext("Yes") if value else self.gettext("No")
        if isinstance(value, list):
            return ", ".join(str(one) for one in value)
        return self.name(value) if found is not None and found.type == "user" else str(value)

    def when(self, at: Any) -> str:
        """A moment in an event."""
        return self._tongue.moment(datetime.fromisoformat(str(at)), self._now) if at else self.gettext("no time")


Sentence = Callable[[Data, Speaker], Line]
SENTENCES: dict[str, Sentence] = {}
"""By the event's type; filled by the features' modules."""


def learn(sentences: Mapping[str, Sentence]) -> None:
    """Add a feature's sentences."""
    SENTENCES.update(sentences)


def line_of(event: RecordedEvent, speaker: Speaker) -> Line:
    """What the timeline says of an event."""
    known = SENTENCES.get(event.type)
    if known is not None:
        return known(event.data, speaker)
    words = " ".join(re.findall(r"[A-Z][a-z0-9]*", event.type)) or event.type
    return Line(speaker.gettext("recorded: %(what)s", what=words.lower()))


def named_in(events: Iterable[RecordedEvent]) -> set[UUID]:
    """Every id that events name, and their actors: whose names a timeline asks for."""
    found: set[UUID] = set()
    for event in events:
        if event.actor_id is not None:
            found.add(event.actor_id)
        _collect(event.data, found)
    return found


def others_in(events: Iterable[RecordedEvent]) -> set[UUID]:
    """The other incidents that events name: linked ones, and those merged with this."""
    found: set[UUID] = set()
    for event in events:
        merged = event.data.get("merged_into")
        named = [event.data.get(name) for name in ("other", "into", "source")]
        named += merged.values() if isinstance(merged, dict) else ()
        found |= {known for one in named if isinstance(one, str) and (known := parse_id(one)) is not None}
    return found


def _collect(value: Any, found: set[UUID]) -> None:
    if isinstance(value, dict):
        for each in value.values():
            _collect(each, found)
    elif isinstance(value, str) and len(value) == 36 and (known := parse_id(value)) is not None:
        found.add(known)


FIELDS = {
    "title": N_("title"),
    "description": N_("description"),
    "impact": N_("impact"),
    "metadata": N_("metadata"),
    "category": N_("category"),
}
