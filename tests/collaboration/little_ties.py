"""What ties incidents to people and to each other, in the little model: watchers, links, and how urgent they are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from tests.collaboration.little_world import Little, LittleWorld, Person, Refusal, refuse

PRIORITIES = ("critical", "high", "medium", "low")
"""The most urgent first."""
INVERSE = {"relates": "relates", "blocks": "blocked_by", "child_of": "parent_of"}


class LittleTies(LittleWorld):
    """The little world, and more verbs. `links` are kinds and both ends, by the link's id."""

    def __init__(self, people: Iterable[Person], now: datetime) -> None:
        super().__init__(people, now)
        self.links: dict[str, tuple[str, int, int]] = {}

    def set_priority(self, who: str, number: int, priority: str) -> None:
        """By a change of the record, up or down; the same again changes nothing."""
        self.must(who, "update")
        if self.lock(number).priority != priority:
            self.act(who, number, "update", lambda one: setattr(one, "priority", priority))

    def escalate(self, who: str, number: int, priority: str | None, user: str | None) -> None:
        """Only up, with or without another owner."""
        self.must(who, "escalate")
        one = self.lock(number)
        refuse(not one.is_open)
        if priority is not None:
            refuse(PRIORITIES.index(priority) > PRIORITIES.index(one.priority))
        refuse(priority in (None, one.priority) and user in (None, one.owner))
        one.priority = priority or one.priority
        if user not in (None, one.owner):
            self.assign("Maria", number, str(user), "owner")
            self.operations.pop()
            one.changes -= 1
        one.changes += 1

    # ---------------------------------------------------------------------------------------------------- watchers

    def watch(self, who: str, number: int, user: str) -> None:
        """Somebody is put on the list."""
        self.must(who, "update")
        one = self.lock(number)
        refuse(user in one.watchers)
        self.follow(one, user)
        one.changes += 1

    def unwatch(self, who: str, number: int, user: str) -> None:
        """Somebody is taken off it."""
        self.must(who, "update")
        one = self.lock(number)
        if one.watchers.pop(user, None) is None:
            raise Refusal("NotFound")
        one.changes += 1

    # ------------------------------------------------------------------------------------------------------- links

    def may_link(self, who: str, number: int, kind: str, other: int) -> None:
        """Raises as linking would."""
        self.must(who, "update")
        if self.incidents[number].is_deleted:
            raise Refusal("NotFound")
        if self.incidents[other].is_deleted or number == other:
            raise Refusal("Invalid")
        for each in (number, other):
            self.lock(each)
        known = {(kind_, one, two) for kind_, one, two in self.links.values()}
        refuse((kind, number, other) in known or (kind == "relates" and (kind, other, number) in known))
        refuse(kind != "relates" and self._leads(kind, other, number))
        refuse(kind == "child_of" and any(one == number for kind_, one, _ in known if kind_ == "child_of"))

    def _leads(self, kind: str, start: int, goal: int) -> bool:
        ways = [two for kind_, one, two in self.links.values() if (kind_, one) == (kind, start)]
        return start == goal or any(self._leads(kind, way, goal) for way in ways)

    def link(self, number: int, kind: str, other: int, link: str) -> None:
        """Two are linked."""
        self.links[link] = (kind, number, other)
        self._both(number, other)

    def unlink(self, who: str, number: int, link: str) -> None:
        """A link goes, from whichever end."""
        self.must(who, "update")
        if self.incidents[number].is_deleted or link not in self.links_of(number):
            raise Refusal("NotFound")
        _, *ends = self.links[link]
        for each in ends:
            self.lock(each)
        del self.links[link]
        self._both(*ends)

    def links_of(self, number: int) -> dict[str, tuple[str, int]]:
        """What one sees of links: kind and the other end, by link. A deleted one is at no link's end."""
        found = {}
        for link, (kind, one, two) in self.links.items():
            if number in (one, two):
                other, way = (two, kind) if number == one else (one, INVERSE[kind])
                if not self.incidents[other].is_deleted:
                    found[link] = (way, other)
        return found

    def _both(self, *ends: int) -> None:
        for each in ends:
            self.incidents[each].changes += 1


__all__ = ["PRIORITIES", "Little", "LittleTies"]
