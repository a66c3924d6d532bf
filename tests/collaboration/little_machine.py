"""Does verbs twice, on the real database and on the little model of it: both shall do or refuse the same."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.collaboration.little_ties import LittleTies
from tests.collaboration.little_world import STATUSES, Person, Refusal
from tocsin.base.actor import Actor
from tocsin.base.errors import TocsinError
from tocsin.collaboration import service as collaboration
from tocsin.collaboration.model import TaskChange
from tocsin.collaboration.service import ListQuery
from tocsin.db.tx import Database, Tx
from tocsin.incidents import service
from tocsin.incidents.model import NewIncident
from tocsin.tenancy import service as tenancy
from tocsin.tenancy.model import Tenant

INCIDENTS = 3
T = TypeVar("T")
AGENT = frozenset(("create", "update", "delegate", "comment", "task"))
MAY = {"manager": AGENT | {"assign", "delete", "escalate"}, "agent": AGENT, "viewer": frozenset[str]()}
ROLES = {"Maria": "manager", "Anna": "agent", "Aron": "agent", "Vera": "viewer"}
NAMES = st.sampled_from(("Maria", "Anna", "Aron", "Maria", "Vera", "Maria"))
NUMBERS = st.integers(0, INCIDENTS - 1)
STEP = timedelta(minutes=1)


@dataclass(frozen=True)
class Real:
    """The real world: a database on a loop of its own, one tenant, the people in it."""

    loop: asyncio.AbstractEventLoop
    database: Database
    tenant: Tenant
    actors: dict[str, Actor]

    def run(self, work: Awaitable[T]) -> T:
        """Wait for something on that loop."""

        async def wait() -> T:
            return await work

        return self.loop.run_until_complete(wait())


class Machine(RuleBasedStateMachine):
    """Does everything twice. `real` is set by the test."""

    real: Real

    @initialize()
    def begin(self) -> None:
        """Three incidents by three people; two of them are at work."""
        self.now = datetime(2026, 5, 4, 8, tzinfo=UTC)
        self.model = LittleTies((Person(name, MAY[role]) for name, role in ROLES.items()), self.now)
        self.ids: list[UUID] = []
        self.undoes: list[str] = []
        for who in ("Maria", "Anna", "Aron")[:INCIDENTS]:
            self.model.create(who)
            self.ids.append(self.do(partial(service.create, actor=self.real.actors[who], new=NewIncident(title="It"))))
        for number, user in ((1, "Anna"), (2, "Aron")):
            self._assign("Maria", number, user, "owner")

    # ----------------------------------------------------------------------------------------------------- doing both

    @asynccontextmanager
    async def open(self) -> Any:
        """A transaction at the present moment."""
        async with self.real.database.tenant(self.real.tenant.id, now=self.now) as tx:
            await tenancy.current(tx)
            yield tx

    def do(self, verb: Callable[[Tx], Awaitable[T]]) -> T:
        """A verb in a transaction of its own; the operation that undoes it is kept."""

        async def work() -> T:
            async with self.open() as tx:
                made = await verb(tx)
                operation = service.recorded(tx)
            if operation is not None:
                self.undoes.append(str(operation))
            return made

        self.now += STEP
        return self.real.run(work())

    def both(self, verb: Callable[[Tx], Awaitable[Any]], model: Callable[[], None]) -> None:
        """The verb and its model: both are done, or both are refused in the same way."""
        self.model.now = self.now + STEP
        expected = None
        try:
            model()
        except Refusal as refusal:
            expected = refusal.kind
        try:
            self.do(verb)
            found = None
        except TocsinError as refused:
            found = type(refused).__name__
        assert found == expected, f"{found} instead of {expected}"
        assert len(self.undoes) == len(self.model.operations)

    # ----------------------------------------------------------------------------------------------------------- rules

    @rule(who=NAMES, number=NUMBERS, user=NAMES, capacity=st.sampled_from(("owner", "collaborator")))
    def assign(self, who: str, number: int, user: str, capacity: Any) -> None:
        """Give it to somebody."""
        self._assign(who, number, user, capacity)

    def _assign(self, who: str, number: int, user: str, capacity: Any) -> None:
        actor, one = self.real.actors[who], self.ids[number]
        target = str(self.real.actors[user].id)
        self.both(
            lambda tx: service.assign(tx, actor, one, user=target, capacity=capacity),
            lambda: self.model.assign(who, number, user, capacity),
        )

    @rule(who=NAMES, number=NUMBERS, user=NAMES)
    def delegate(self, who: str, number: int, user: str) -> None:
        """Hand it on."""
        actor, one, target = self.real.actors[who], self.ids[number], str(self.real.actors[user].id)
        self.both(
            lambda tx: service.delegate(tx, actor, one, user=target), lambda: self.model.delegate(who, number, user)
        )

    @rule(
        who=NAMES,
        number=NUMBERS,
        verb=st.sampled_from(
            (
                "unassign",
                "recall",
                "acknowledge",
                "resolve",
                "close",
                "reopen",
                "delete",
                "restore",
                "reopen",
                "restore",
            )
        ),
    )
    def plain(self, who: str, number: int, verb: str) -> None:
        """A verb that takes nothing."""
        actor, one = self.real.actors[who], self.ids[number]
        self.both(lambda tx: getattr(service, verb)(tx, actor, one), lambda: getattr(self.model, verb)(who, number))

    @rule(who=NAMES, number=NUMBERS, status=st.sampled_from(STATUSES))
    def transition(self, who: str, number: int, status: str) -> None:
        """Move it."""
        actor, one = self.real.actors[who], self.ids[number]
        self.both(
            lambda tx: service.transition(tx, actor, one, status), lambda: self.model.transition(who, number, status)
        )

    @rule(who=NAMES, number=NUMBERS, is_internal=st.booleans())
    def comment(self, who: str, number: int, is_internal: bool) -> None:
        """Say something."""
        actor, one = self.real.actors[who], self.ids[number]
        made: list[str] = []

        async def verb(tx: Tx) -> None:
            made.append(str((await collaboration.add_comment(tx, actor, one, "So", is_internal=is_internal)).id))

        self.both(verb, lambda: self.model.may_comment(who, number))
        if made:
            self.model.comment(who, number, made[0])

    @rule(who=NAMES, number=NUMBERS)
    def add_task(self, who: str, number: int) -> None:
        """Something to do."""
        actor, one = self.real.actors[who], self.ids[number]
        made: list[str] = []

        async def verb(tx: Tx) -> None:
            made.append(str((await collaboration.add_task(tx, actor, one, TaskChange(title="Look"))).id))

        self.both(verb, lambda: self.model.may_add_task(who, number))
        if made:
            self.model.incidents[number].tasks[made[0]] = "open"
            self.model.incidents[number].changes += 1

    @precondition(lambda self: any(one.tasks for one in self.model.incidents))
    @rule(who=NAMES, number=NUMBERS, pick=st.integers(0, 9), status=st.sampled_from(("open", "in_progress", "done")))
    def set_task(self, who: str, number: int, pick: int, status: Any) -> None:
        """A task goes on, wherever it is by now."""
        actor, one = self.real.actors[who], self.ids[number]
        every = sorted(task for each in self.model.incidents for task in each.tasks)
        task = every[pick % len(every)]
        self.both(
            lambda tx: collaboration.change_task(tx, actor, one, task, TaskChange(status=status)),
            lambda: self.model.set_task(who, number, task, status),
        )

    @rule(who=NAMES, number=NUMBERS, into=NUMBERS)
    def merge(self, who: str, number: int, into: int) -> None:
        """Two are one."""
        actor, one, target = self.real.actors[who], self.ids[number], str(self.ids[into])
        self.both(lambda tx: service.merge(tx, actor, one, target), lambda: self.model.merge(who, number, into))

    @rule(
        who=NAMES,
        verb=st.sampled_from(("acknowledge", "resolve", "close", "delete", "unassign")),
        numbers=st.lists(NUMBERS),
    )
    def bulk(self, who: str, verb: str, numbers: list[int]) -> None:
        """One verb for some of them."""
        actor = self.real.actors[who]
        may = {"delete": "delete", "unassign": "assign"}.get(verb, "update")
        refs = [str(self.ids[number]) for number in numbers]
        self.model.now = self.now + STEP
        expected: str | list[str]
        try:
            expected = self.model.bulk(who, may, numbers, lambda number: getattr(self.model, verb)(who, number))
        except Refusal as refusal:
            expected = refusal.kind
        self.now += STEP
        assert self.real.run(self._bulk(actor, verb, refs)) == expected

    async def _bulk(self, actor: Actor, verb: str, refs: list[str]) -> str | list[str]:
        try:
            async with self.open() as tx:
                operation = await service.begin_bulk(tx, actor, do=verb, given={}, refs=refs)
        except TocsinError as refused:
            return type(refused).__name__
        await service.work_off(self.open, lambda: actor, operation)
        self.undoes.append(str(operation))
        async with self.open() as tx:
            found = await service.get_operation(tx, actor, str(operation))
        kinds = {200: "done", 204: "done", 403: "Forbidden", 404: "NotFound", 409: "Refused", 422: "Invalid"}
        return [kinds[one.status or 0] for one in found.results]

    @precondition(lambda self: self.undoes)
    @rule(who=NAMES, pick=st.sampled_from((0, 0, 0, 1, 1, 2, 5)))
    def undo(self, who: str, pick: int) -> None:
        """Put one of the last operations back."""
        actor, place = self.real.actors[who], max(0, len(self.undoes) - 1 - pick)
        self.model.now = self.now = self.now + STEP
        expected = None
        try:
            self.model.undo(who, place)
        except Refusal as refusal:
            expected = refusal.kind
        found = None
        try:
            self.real.run(service.undo_operation(self.open, lambda: actor, self.undoes[place]))
        except TocsinError as refused:
            found = type(refused).__name__
        assert found == expected, f"{found} instead of {expected}"

    @rule(hours=st.sampled_from((1, 1, 25, 8 * 24)))
    def wait(self, hours: int) -> None:
        """Time passes: windows shut."""
        self.now += timedelta(hours=hours)

    # -------------------------------------------------------------------------------------------------------- comparing

    def teardown(self) -> None:
        """Both tell the same of every incident."""
        if hasattr(self, "ids"):
            self.real.run(self.compare())

    async def compare(self) -> None:
        """Asserts that both tell the same."""
        actor = self.real.actors["Maria"]
        async with self.open() as tx:
            names = {str(one.id): name for name, one in self.real.actors.items()}
            for number, (one, incident_id) in enumerate(zip(self.model.incidents, self.ids, strict=True)):
                if one.is_deleted:
                    assert (await service.find_deleted(tx, actor, incident_id)).id == incident_id
                    continue
                found = await service.show(tx, actor, incident_id)
                assert found.status.slug == one.status, number
                held = sorted((names[str(who.id)], who.capacity) for who in found.assignees)
                assert held == sorted((who.who, who.capacity) for who in one.held), number
                assert (found.acknowledged_at is not None) == (one.acknowledged_by is not None), number
                assert (found.resolved_at is not None) == one.is_resolved, number
                assert found.closed_at == one.closed_at, number
                into = self.ids[one.merged_into] if one.merged_into is not None else None
                assert (found.merged_into.id if found.merged_into is not None else None) == into, number
                comments = await collaboration.list_comments(tx, actor, incident_id, ListQuery(limit=200))
                assert {str(each.id) for each in comments.items} == one.comments, number
                tasks = await collaboration.list_tasks(tx, actor, incident_id, limit=200, cursor=None)
                assert {str(each.id): each.status for each in tasks.items} == one.tasks, number
                assert found.priority.slug == one.priority, number
                watching = await service.list_watchers(tx, actor, incident_id)
                assert {names[str(row["user_id"])] for row in watching} == set(one.watchers), number
                links = await service.list_links(tx, actor, incident_id, 200, None)
                ties = {str(each.id): (each.type, self.ids.index(each.incident.id)) for each in links.items}
                assert ties == self.model.links_of(number), number
                assert found.sla is not None
                if one.merged_into is None:
                    assert (found.sla.paused_at is not None) == (one.status == "waiting"), number
                    assert (found.sla.resolution_at is not None) == one.is_resolved, number
