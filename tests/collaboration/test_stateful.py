"""Random verbs by random people, on the real database and on a little model of it: after each, both tell the same."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from tests.collaboration.little_machine import NAMES, NUMBERS, ROLES, Machine, Real
from tests.collaboration.little_ties import PRIORITIES
from tests.conftest import make_member, make_tenant
from tocsin import wiring
from tocsin.activity import service as activity
from tocsin.base.actor import Actor
from tocsin.db.embedded import EmbeddedServer
from tocsin.db.migrate import migrate
from tocsin.db.tx import Database, Tx
from tocsin.escalation import service as escalation
from tocsin.incidents import service
from tocsin.incidents.service import Change
from tocsin.tenancy.model import Tenant

RUNS, STEPS = 200, 14


@pytest.fixture
def real(server: EmbeddedServer) -> Iterator[Real]:
    """A world for one test, apart from the loop and the pool of the others."""
    loop = asyncio.new_event_loop()

    async def build() -> tuple[Database, Tenant, dict[str, Actor]]:
        await migrate(server.urls.owner)
        wiring.modules()
        database = await Database.connect(server.urls.app, size=4, closer=activity.record)
        tenant = await make_tenant(database)
        people = {name: await make_member(database, tenant, role, name) for name, role in ROLES.items()}
        return database, tenant, {name: member.actor for name, member in people.items()}

    made = Real(loop, *loop.run_until_complete(build()))
    yield made
    loop.run_until_complete(made.database.close())
    loop.close()


class Everything(Machine):
    """And what ties incidents to people and to each other."""

    @rule(who=NAMES, number=NUMBERS, priority=st.sampled_from(PRIORITIES))
    def set_priority(self, who: str, number: int, priority: str) -> None:
        """More or less urgent."""
        actor, one, change = self.real.actors[who], self.ids[number], Change(priority=priority)
        self.both(
            lambda tx: service.update(tx, actor, one, change), lambda: self.model.set_priority(who, number, priority)
        )

    @rule(who=NAMES, number=NUMBERS, priority=st.sampled_from((None, *PRIORITIES)), user=st.none() | NAMES)
    def escalate(self, who: str, number: int, priority: str | None, user: str | None) -> None:
        """Up, or to somebody, or both."""
        if priority is None and user is None:
            return
        actor, one = self.real.actors[who], self.ids[number]
        target = str(self.real.actors[user].id) if user is not None else None
        self.both(
            lambda tx: escalation.escalate_manually(tx, actor, one, priority=priority, user=target, reason="So"),
            lambda: self.model.escalate(who, number, priority, user),
        )

    @rule(who=NAMES, number=NUMBERS, user=NAMES)
    def watch(self, who: str, number: int, user: str) -> None:
        """Somebody is told from now on."""
        actor, one, target = self.real.actors[who], self.ids[number], str(self.real.actors[user].id)
        self.both(
            lambda tx: service.add_watcher(tx, actor, one, user=target, team=None, email=None),
            lambda: self.model.watch(who, number, user),
        )

    @rule(who=NAMES, number=NUMBERS, user=NAMES)
    def unwatch(self, who: str, number: int, user: str) -> None:
        """Somebody is told no more."""
        actor, one, target = self.real.actors[who], self.ids[number], self.real.actors[user].id

        async def verb(tx: Tx) -> None:
            found = await tx.value(
                "select id from incident_watchers where tenant_id = $1 and incident_id = $2 and user_id = $3",
                *(tx.tenant_id, one, target),
            )
            await service.remove_watcher(tx, actor, one, str(found or uuid4()))

        self.both(verb, lambda: self.model.unwatch(who, number, user))

    @rule(
        who=NAMES,
        pairs=st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=4),
        kind=st.sampled_from(("relates", "blocks", "child_of")),
    )
    def link(self, who: str, pairs: list[tuple[int, int]], kind: Any) -> None:
        """Some have to do with each other."""
        for number, other in pairs:
            self._link(who, number, other, kind)

    def _link(self, who: str, number: int, other: int, kind: Any) -> None:
        actor, one, target = self.real.actors[who], self.ids[number], str(self.ids[other])
        made: list[str] = []

        async def verb(tx: Tx) -> None:
            made.append(str((await service.add_link(tx, actor, one, kind, target)).id))

        self.both(verb, lambda: self.model.may_link(who, number, kind, other))
        if made:
            self.model.link(number, kind, other, made[0])

    @precondition(lambda self: self.undoes)
    @rule(number=NUMBERS, into=NUMBERS, user=NAMES, what=st.sampled_from(("nothing", "watch", "unwatch")))
    def merge_by_mistake(self, number: int, into: int, user: str, what: str) -> None:
        """Two are one, and are parted again, whatever was done meanwhile."""
        self.merge("Maria", number, into)
        if what != "nothing":
            getattr(self, what)("Maria", into, user)
        self.undo("Maria", 0)
        self.real.run(self.compare())

    @precondition(lambda self: self.model.links)
    @rule(who=NAMES, number=NUMBERS, pick=st.integers(0, 9))
    def unlink(self, who: str, number: int, pick: int) -> None:
        """Or have nothing to do with each other any more."""
        actor, one = self.real.actors[who], self.ids[number]
        every = sorted(self.model.links)
        link = every[pick % len(every)]
        self.both(lambda tx: service.remove_link(tx, actor, one, link), lambda: self.model.unlink(who, number, link))


def test_random_verbs_by_random_people_do_what_the_model_says(real: Real) -> None:
    Machine.real = real
    run_state_machine_as_test(
        Everything,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
