"""Plays a demo incident through the ordinary verbs, each at its own time: events, clocks and breaches are real."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import msgspec

from tocsin.access import permissions
from tocsin.base.actor import Actor
from tocsin.classification import service as classification
from tocsin.collaboration import service as collaboration
from tocsin.collaboration.model import TaskChange
from tocsin.db.tx import Tx
from tocsin.incidents import service as incidents
from tocsin.incidents.model import NewIncident
from tocsin.intake.rules.demo import DemoIncident, DemoReporter, DemoTask
from tocsin.tenancy import service as tenancy

Act = Callable[[], Awaitable[Any]]
Timed = tuple[float, Act]
"""Minutes after the incident's creation, and what happens then."""
_HANDED_ON = 2  # minutes after which a manager hands a new incident on


@dataclass(frozen=True, slots=True)
class Cast:
    """Who acts: a manager who hands out the work, and everybody by key."""

    manager: Actor
    people: Mapping[str, Actor]


async def play(tx: Tx, cast: Cast, story: DemoIncident) -> UUID:
    """Let an incident happen, from its creation to the transaction's present; its id."""
    present = tx.now
    born = (present - timedelta(minutes=story.age)).replace(microsecond=0)
    try:
        incident_id: UUID = await _at(tx, born, partial(_create, tx, cast, story))
        acts = [*_Acts(tx, cast, story, incident_id).all(), *await _looks(tx, story, incident_id)]
        for after, act in sorted(acts, key=lambda one: one[0]):
            await _at(tx, min(born + timedelta(minutes=after), present), act)
        if story.resolved_after is None and story.closed_after is None:
            await _at(tx, present, partial(incidents.check_clock, tx, incident_id))
    finally:
        tx.now = present
    return incident_id


async def _at(tx: Tx, moment: datetime, act: Act) -> Any:
    """Do something at a moment; the events of it say so."""
    tx.now = moment
    before = len(tx.emitted)
    result = await act()
    tx.emitted[before:] = [dataclasses.replace(event, at=event.at or moment) for event in tx.emitted[before:]]
    return result


async def _create(tx: Tx, cast: Cast, story: DemoIncident) -> UUID:
    new = NewIncident(
        title=story.title,
        description=story.description,
        priority=story.priority,
        category=story.category,
        impact=story.impact,
        metadata=dict(story.metadata),
        custom=dict(story.custom),
        tags=list(story.tags),
        source=story.source,
    )
    if not isinstance(story.reporter, DemoReporter):
        return await incidents.create(tx, cast.people[story.reporter], new)
    who = story.reporter
    reporter_id = await incidents.find_or_add_reporter(
        tx, name=who.name, email=who.email, phone=who.phone, organization=who.organization
    )
    public = Actor(tx.tenant_id, None, "Public", "public", frozenset({permissions.PUBLIC_SUBMIT}), story.source)
    new = msgspec.structs.replace(new, reported_via="public", reporter_id=reporter_id)
    return await incidents.create(tx, public, new)


async def _looks(tx: Tx, story: DemoIncident, incident_id: UUID) -> list[Timed]:
    """When a sweep would have looked at clocks that run: at each fraction that is warned of, and when they are due."""
    priority = (await classification.catalogue(tx)).priority(story.priority)
    percents = (*(await tenancy.current(tx)).settings.warning_percents, 100)
    ended = min(story.resolved_after or story.age, story.closed_after or story.age, story.age)
    answered = min(story.acknowledged_after or ended, ended)
    moments = set[float]()
    for target, end in ((priority.response_time_minutes, answered), (priority.resolution_time_minutes, ended)):
        moments |= {target * percent / 100 for percent in percents if target and target * percent / 100 < end}
    look = partial(incidents.check_clock, tx, incident_id)
    return [(moment, look) for moment in sorted(moments)]


class _Acts:
    """What people do with an incident, and when."""

    def __init__(self, tx: Tx, cast: Cast, story: DemoIncident, incident_id: UUID) -> None:
        self.tx = tx
        self.cast = cast
        self.story = story
        self.id = incident_id
        self.tasks: dict[DemoTask, UUID] = {}
        commenters = [cast.people[comment.by] for comment in story.comments]
        self.worker = cast.people[story.owner] if story.owner else (commenters or [cast.manager])[0]
        self.handed_on = min(_HANDED_ON, story.age, story.acknowledged_after or _HANDED_ON)

    def all(self) -> list[Timed]:
        """Every act; those of one minute in the order in which they make sense."""
        return [*self._handing_on(), *self._working(), *self._tasks(), *self._ending()]

    def _handing_on(self) -> list[Timed]:
        story, manager, at = self.story, self.cast.manager, self.handed_on
        found: list[Timed] = []
        if story.team or story.owner:
            owner = self._ref(story.owner) if story.owner else None
            found.append((at, partial(incidents.assign, self.tx, manager, self.id, user=owner, team=story.team)))
        for key in story.collaborators:
            join = partial(incidents.assign, self.tx, manager, self.id, user=self._ref(key), capacity="collaborator")
            found.append((at, join))
        for key in story.watchers:
            watcher = {"user": self._ref(key), "team": None, "email": None}
            found.append((at, partial(incidents.add_watcher, self.tx, manager, self.id, **watcher)))
        if story.status == "triaged" and story.acknowledged_after is None:
            found.append((at, self._to("triaged", manager)))
        return found

    def _working(self) -> list[Timed]:
        story, found = self.story, list[Timed]()
        if story.acknowledged_after is not None:
            at = story.acknowledged_after
            found.append((at, partial(incidents.acknowledge, self.tx, self.worker, self.id)))
            if story.status != "open":
                target = "triaged" if story.status == "triaged" else "in-progress"
                found.append((at, self._to(target, self.worker)))
        for comment in story.comments:
            by, is_internal = self.cast.people[comment.by], comment.is_internal
            add = partial(collaboration.add_comment, self.tx, by, self.id, comment.body, is_internal=is_internal)
            found.append((comment.after, add))
        if story.waiting_after is not None:
            found.append((story.waiting_after, self._to("waiting", self.worker)))
        return found

    def _tasks(self) -> list[Timed]:
        begun = self.story.acknowledged_after or self.handed_on
        ended = self.story.resolved_after or self.story.closed_after or self.story.age
        found: list[Timed] = []
        for task in self.story.tasks:
            found.append((begun, partial(self._add_task, task)))
            if task.status != "open":
                found.append(((begun + ended) / 2, partial(self._move_task, task)))
        return found

    async def _add_task(self, task: DemoTask) -> None:
        given = TaskChange(title=task.title, description=task.description)
        if task.assigned_to:
            given = msgspec.structs.replace(given, assigned_to=self._ref(task.assigned_to))
        self.tasks[task] = (await collaboration.add_task(self.tx, self.worker, self.id, given)).id

    async def _move_task(self, task: DemoTask) -> None:
        change = msgspec.convert({"status": task.status}, TaskChange)
        await collaboration.change_task(self.tx, self.worker, self.id, self.tasks[task], change)

    def _ending(self) -> list[Timed]:
        story, found = self.story, list[Timed]()
        if story.resolved_after is not None:
            resolve = partial(incidents.resolve, self.tx, self.worker, self.id, story.resolution)
            found.append((story.resolved_after, resolve))
        if story.closed_after is not None:
            note = None if story.resolved_after is not None else story.resolution
            found.append((story.closed_after, partial(incidents.close, self.tx, self.cast.manager, self.id, note)))
        return found

    def _to(self, status: str, by: Actor) -> Act:
        return partial(incidents.transition, self.tx, by, self.id, status)

    def _ref(self, key: str) -> str:
        return str(self.cast.people[key].id)
