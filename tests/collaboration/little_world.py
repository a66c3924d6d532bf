"""A small model of incidents in plain Python: what each verb does to which, and why it is refused. Knows no database.

`Forbidden`, `NotFound`, `Refused` and `Invalid` stand for the ways in which the real verbs refuse.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

OPEN = ("open", "triaged", "in-progress", "waiting")
STATUSES = (*OPEN, "resolved", "closed")
OWN = "delegate|assign"
"""What somebody does with their own work: nobody else takes it back but who may assign."""
UNDO_WINDOW, REOPEN_WINDOW = timedelta(hours=24), timedelta(days=7)


class Refusal(Exception):
    """A verb that is not done; `kind` names how."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True)
class Person:
    """Somebody, and what they may: `update`, `assign`, `delegate`, `delete`, `comment`, `task`."""

    name: str
    may: frozenset[str]


@dataclass
class Held:
    """An active assignment, and whom it was delegated by, the nearest first."""

    who: str
    capacity: str
    delegators: tuple[str, ...] = ()


@dataclass
class Little:
    """An incident of the model. `changes` counts what happened to it; `closed_at` is when it was closed last."""

    reporter: str
    status: str = "open"
    held: list[Held] = field(default_factory=list)
    acknowledged_by: str | None = None
    is_resolved: bool = False
    closed_at: datetime | None = None
    is_deleted: bool = False
    merged_into: int | None = None
    comments: set[str] = field(default_factory=set)
    tasks: dict[str, str] = field(default_factory=dict)
    priority: str = "medium"
    watchers: dict[str, int] = field(default_factory=dict)
    """Who watches, and by which act: the same person who came again is another watcher."""
    changes: int = 0

    @property
    def owner(self) -> str | None:
        """Who owns it."""
        return next((one.who for one in self.held if one.capacity == "owner"), None)

    @property
    def is_open(self) -> bool:
        """Whether there is work to do."""
        return self.status in OPEN


@dataclass
class Operation:
    """What can be undone: incidents as they were, with the count of changes that the operation led to."""

    may: str
    at: datetime
    before: dict[int, tuple[Little, int]]
    moved: dict[int, tuple[int, set[str], set[str]]] = field(default_factory=dict)
    """By merged incident: where it went, and the comments and tasks that went with it."""
    came: dict[int, set[int]] = field(default_factory=dict)
    """By merged incident: by which acts the other one has got watchers with it."""
    is_undone: bool = False
    is_bulk: bool = False
    by: str = ""
    """Who did it."""


class LittleWorld:
    """All incidents, and all operations. Each verb raises `Refusal`, or changes the model."""

    def __init__(self, people: Iterable[Person], now: datetime) -> None:
        self.people = {person.name: person for person in people}
        self.now = now
        self.incidents: list[Little] = []
        self.operations: list[Operation] = []
        self._acts = 0

    # ------------------------------------------------------------------------------------------------------- doors

    def must(self, who: str, *rights: str) -> None:
        """Raises for who has none of the rights."""
        if not self.people[who].may & set(rights):
            raise Refusal("Forbidden")

    def lock(self, number: int, *, deleted: bool = False) -> Little:
        """An incident that can be changed."""
        one = self.incidents[number]
        if one.is_deleted and not deleted:
            raise Refusal("NotFound")
        if one.merged_into is not None:
            raise Refusal("Refused")
        return one

    def act(self, who: str, number: int, may: str, change: Callable[[Little], None], *, deleted: bool = False) -> None:
        """A verb that can be undone: it changes one incident as a whole or not at all."""
        self.must(who, *may.split("|"))
        one = self.lock(number, deleted=deleted)
        before = copy.deepcopy(one)
        try:
            change(one)
        except Refusal:
            self.incidents[number] = before
            raise
        one.changes += 1
        self.operations.append(Operation(may, self.now, {number: (before, one.changes)}, by=who))

    # ------------------------------------------------------------------------------------------------------- verbs

    def create(self, who: str) -> None:
        """A new incident."""
        self.must(who, "create")
        self.incidents.append(Little(reporter=who))

    def assign(self, who: str, number: int, user: str, capacity: str) -> None:
        """Another owner, or one more to help."""

        def change(one: Little) -> None:
            refuse(one.status == "closed")
            if capacity == "owner":
                refuse(one.owner == user)
                one.held = [held for held in one.held if held.capacity != "owner" and held.who != user]
            else:
                refuse(any(held.who == user for held in one.held))
            one.held.append(Held(user, capacity))

        self.act(who, number, "assign", change)

    def unassign(self, who: str, number: int) -> None:
        """Nobody owns it."""

        def change(one: Little) -> None:
            refuse(one.status == "closed" or one.owner is None)
            one.held = [held for held in one.held if held.capacity != "owner"]

        self.act(who, number, "assign", change)

    def delegate(self, who: str, number: int, user: str) -> None:
        """One's own work, or for the owner, who may assign."""

        def change(one: Little) -> None:
            refuse(one.status == "closed")
            source = next((held for held in one.held if held.who == who), None)
            if source is None:
                self.must(who, "assign")
                source = next((held for held in one.held if held.capacity == "owner"), None)
            if source is None:
                raise Refusal("Refused")
            refuse(user == source.who or user in source.delegators or any(held.who == user for held in one.held))
            self.follow(one, source.who)
            one.held.remove(source)
            one.held.append(Held(user, source.capacity, (source.who, *source.delegators)))

        self.act(who, number, "delegate|assign", change)

    def recall(self, who: str, number: int) -> None:
        """Work comes back to who delegated it."""

        def change(one: Little) -> None:
            refuse(one.status == "closed")
            ordered = sorted(one.held, key=lambda held: held.capacity != "owner")
            found, to = next((held for held in ordered if who in held.delegators), None), who
            if found is None and "assign" in self.people[who].may:
                found = next((held for held in ordered if held.delegators and held.capacity == "owner"), None)
                to = found.delegators[-1] if found is not None else who
            if found is None:
                raise Refusal("Refused")
            one.held.remove(found)
            if found.capacity != "owner" and one.owner == to:
                return
            one.held = [held for held in one.held if held.who != to]
            one.held.append(Held(to, found.capacity, found.delegators[found.delegators.index(to) + 1 :]))

        self.act(who, number, "delegate|assign", change)

    def acknowledge(self, who: str, number: int) -> None:
        """Seen; a second time is nothing new, but for the reporter's own, which counts for no other."""
        self.must(who, "update")
        one = self.lock(number)
        again = one.is_open and one.acknowledged_by == one.reporter != who
        if one.acknowledged_by is not None and not again:
            return
        refuse(not one.is_open)
        one.acknowledged_by = who
        one.changes += 1

    def transition(self, who: str, number: int, status: str) -> None:
        """To any other status, unless it is closed."""

        def change(one: Little) -> None:
            refuse(one.status in (status, "closed"))
            self._move(one, status)

        self.act(who, number, "update", change)

    def resolve(self, who: str, number: int) -> None:
        """From any open status."""

        def change(one: Little) -> None:
            refuse(not one.is_open)
            self._move(one, "resolved")

        self.act(who, number, "update", change)

    def close(self, who: str, number: int) -> None:
        """Unless it is closed."""

        def change(one: Little) -> None:
            refuse(one.status == "closed")
            self._move(one, "closed")

        self.act(who, number, "update", change)

    def reopen(self, who: str, number: int) -> None:
        """A resolved one always, a closed one within the window."""

        def change(one: Little) -> None:
            refuse(one.is_open)
            refuse(one.status == "closed" and one.closed_at is not None and self.now - one.closed_at > REOPEN_WINDOW)
            self._move(one, "in-progress" if one.owner is not None else "open")

        self.act(who, number, "update", change)

    def _move(self, one: Little, status: str) -> None:
        one.status = status
        one.is_resolved = status in ("resolved", "closed")
        one.closed_at = self.now if status == "closed" else None

    def delete(self, who: str, number: int) -> None:
        """Softly."""
        self.act(who, number, "delete", lambda one: setattr(one, "is_deleted", True))

    def restore(self, who: str, number: int) -> None:
        """Back from deletion."""

        def change(one: Little) -> None:
            refuse(not one.is_deleted)
            one.is_deleted = False

        self.act(who, number, "delete", change, deleted=True)

    def comment(self, who: str, number: int, comment: str) -> None:
        """Also on a closed one."""
        self.must(who, "comment")
        one = self.lock(number)
        one.comments.add(comment)
        self.follow(one, who)
        one.changes += 1

    def follow(self, one: Little, who: str) -> int:
        """Somebody watches from now on; the act by which they do."""
        self._acts += 1
        return one.watchers.setdefault(who, self._acts)

    def may_comment(self, who: str, number: int) -> None:
        """Raises as `comment` would."""
        self.must(who, "comment")
        self.lock(number)

    def may_add_task(self, who: str, number: int) -> None:
        """Raises as adding a task would."""
        self.must(who, "task")
        refuse(self.lock(number).status == "closed")

    def set_task(self, who: str, number: int, task: str, status: str) -> None:
        """A task that is there."""
        self.must(who, "task")
        one = self.lock(number)
        if task not in one.tasks:
            raise Refusal("NotFound")
        if one.tasks[task] != status:
            one.tasks[task] = status
            one.changes += 1

    def merge(self, who: str, number: int, into: int) -> None:
        """It goes on in another one."""
        self.must(who, "update")
        source, target = self.incidents[number], self.incidents[into]
        if source.is_deleted:
            raise Refusal("NotFound")
        if target.is_deleted or number == into:
            raise Refusal("Invalid")
        refuse(source.merged_into is not None or target.merged_into is not None or target.status == "closed")
        before = copy.deepcopy(source)
        moved = (into, set(source.comments), set(source.tasks))
        target.comments |= source.comments
        target.tasks |= source.tasks
        known = set(target.watchers)
        members = (*source.watchers, *(held.who for held in source.held), source.reporter)
        came = {self.follow(target, each) for each in members if each not in known}
        source.comments, source.tasks = set(), {}
        if source.status != "closed":
            source.status, source.closed_at = "closed", self.now
        source.merged_into = into
        source.changes += 1
        target.changes += 1
        self.operations.append(
            Operation("update", self.now, {number: (before, source.changes)}, {number: moved}, {number: came})
        )

    def bulk(self, who: str, may: str, numbers: Iterable[int], verb: Callable[[int], None]) -> list[str]:
        """A verb for many: what each is answered. One that nobody could do at all is refused whole."""
        self.must(who, *may.split("|"))
        operation = Operation(may, self.now, {}, is_bulk=True, by=who)
        answers, known = [], len(self.operations)
        for number in dict.fromkeys(numbers):
            before = copy.deepcopy(self.incidents[number])
            try:
                verb(number)
                answers.append("done")
            except Refusal as refusal:
                answers.append(refusal.kind)
                continue
            if self.incidents[number].changes != before.changes:
                operation.before[number] = (before, self.incidents[number].changes)
        del self.operations[known:]
        self.operations.append(operation)
        return answers

    # -------------------------------------------------------------------------------------------------------- undo

    def undo(self, who: str, place: int) -> None:
        """Everything is as before, unless something else has changed since, or it is too late."""
        operation = self.operations[place]
        self.must(who, *operation.may.split("|"))
        if operation.may == OWN and who != operation.by:
            self.must(who, "assign")
        refuse(operation.is_undone or not operation.before or self.now - operation.at > UNDO_WINDOW)
        back = [number for number in operation.before if self._why_not(operation, number) is None]
        refuse(not back)
        for number in back:
            self._put_back(operation, number)
        operation.is_undone = True

    def _why_not(self, operation: Operation, number: int) -> str | None:
        _, changes = operation.before[number]
        if number in operation.moved and self.incidents[operation.moved[number][0]].merged_into is not None:
            return "the target was merged itself"
        return None if self.incidents[number].changes == changes else "changed since"

    def _put_back(self, operation: Operation, number: int) -> None:
        before, changes = operation.before[number]
        again = copy.deepcopy(before)
        if number in operation.moved:
            into, comments, tasks = operation.moved[number]
            target = self.incidents[into]
            again.comments = comments & target.comments
            again.tasks = {task: target.tasks[task] for task in tasks if task in target.tasks}
            target.comments -= comments
            target.tasks = {task: status for task, status in target.tasks.items() if task not in tasks}
            came = operation.came[number]
            target.watchers = {each: act for each, act in target.watchers.items() if act not in came}
            target.changes += 1
        again.changes = changes + 1
        self.incidents[number] = again
        for other in self.operations:
            if other is not operation and not other.is_undone and number in other.before:
                earlier, led_to = other.before[number]
                if led_to == before.changes:
                    other.before[number] = (earlier, again.changes)


def refuse(condition: bool) -> None:
    """Raises what the rules raise."""
    if condition:
        raise Refusal("Refused")
