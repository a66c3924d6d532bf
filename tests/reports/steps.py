"""What the tests of reports do again and again: histories at any time, and walking the lists behind figures."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.conftest import Member
from tests.incidents.steps import API
from tocsin.base.errors import TocsinError
from tocsin.db.tx import Database, Tx
from tocsin.escalation import service as escalation
from tocsin.incidents import service as incidents
from tocsin.incidents.model import NewIncident
from tocsin.incidents.service import extensions
from tocsin.tenancy import service as tenancy
from tocsin.tenancy.model import Tenant

MEASURES = "/api/reports/v1/measures"
VERBS = [
    "resolve",
    "resolve",
    "close",
    "reopen",
    "priority",
    "category",
    "team",
    "own",
    "acknowledge",
    "wait",
    "clock",
    "delete",
    "restore",
    "escalate",
    "extend",
]


async def all_of(client: httpx.AsyncClient, query: str) -> list[dict[str, Any]]:
    """Every incident that a query of the list finds."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        answer = await client.get(f"{API}?{query}&limit=200{cursor}")
        assert answer.status_code == 200, f"{query}: {answer.text}"
        page = answer.json()
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


def counted(shown: Any, path: str = "") -> Iterator[tuple[str, int, str]]:
    """Every number of incidents in an answer: where it stands, the number, the query of its list."""
    if isinstance(shown, dict):
        if shown.keys() == {"count", "query"}:
            yield path, shown["count"], shown["query"]
            return
        for name, value in shown.items():
            yield from counted(value, f"{path}.{name}")
    elif isinstance(shown, list):
        for place, value in enumerate(shown):
            yield from counted(value, f"{path}[{place}]")


class History:
    """Lives through months at random in a tenant: what happens, happens at its own time through the ordinary verbs."""

    def __init__(self, database: Database, tenant: Tenant, people: list[Member], seed: int) -> None:
        self.database = database
        self.tenant = tenant
        self.people = [person.actor for person in people]
        self.actor = self.people[0]
        self.picks = random.Random(seed)
        self.ids: list[Any] = []

    async def live(self, since: datetime, until: datetime, acts: int) -> None:
        """Do things at random moments, in order."""
        span = (until - since).total_seconds()
        for at in sorted(since + timedelta(seconds=self.picks.random() * span) for _ in range(acts)):
            await self.act(at)

    async def save(self, since: datetime) -> None:
        """Resolve an incident after it was due, but within an extension."""
        async with self.database.tenant(self.tenant.id, now=since) as tx:
            await tenancy.current(tx)
            self.actor = self.people[0]
            await self._create(tx)
            await incidents.acknowledge(tx, self.people[1], self.ids[-1])
            due_at = await self._extend(tx, self.ids[-1])
        async with self.database.tenant(self.tenant.id, now=due_at + timedelta(hours=1)) as tx:
            await tenancy.current(tx)
            await incidents.resolve(tx, self.actor, self.ids[-1])

    async def settle(self, at: datetime) -> None:
        """Find what the clocks have reached, as the sweep does within seconds."""
        for one in self.ids:
            async with self.database.tenant(self.tenant.id, now=at) as tx:
                await tenancy.current(tx)
                await incidents.check_clock(tx, one)

    async def act(self, at: datetime) -> None:
        """Do one thing at a moment; what the rules refuse is left undone."""
        self.actor = self.picks.choice(self.people)
        with suppress(TocsinError):
            async with self.database.tenant(self.tenant.id, now=at) as tx:
                await tenancy.current(tx)
                if not self.ids or self.picks.random() < 0.35:
                    await self._create(tx)
                else:
                    await self._try(tx, self.picks.choice(VERBS), self.picks.choice(self.ids))

    async def _create(self, tx: Tx) -> None:
        priority = self.picks.choice(["critical", "high", "medium", "low"])
        category = self.picks.choice([None, *await self._slugs(tx, "incident_categories")])
        new = NewIncident(title=f"No {len(self.ids)}", priority=priority, category=category)
        self.ids.append(await incidents.create(tx, self.actor, new))

    async def _slugs(self, tx: Tx, table: str) -> list[str]:
        return [
            row["slug"]
            for row in await tx.rows(f"select slug from {table} where tenant_id = $1 order by slug", tx.tenant_id)
        ]

    async def _try(self, tx: Tx, verb: str, ref: Any) -> None:
        teams = await self._slugs(tx, "teams")
        slug = self.picks.choice(["critical", "high", "medium", "low"])
        category = self.picks.choice([None, *await self._slugs(tx, "incident_categories")])
        team = self.picks.choice([None, *teams])
        acts: dict[str, Any] = {
            "extend": lambda: self._extend(tx, ref),
            "resolve": lambda: incidents.resolve(tx, self.actor, ref),
            "close": lambda: incidents.close(tx, self.actor, ref),
            "reopen": lambda: incidents.reopen(tx, self.actor, ref),
            "priority": lambda: incidents.update(tx, self.actor, ref, incidents.Change(priority=slug)),
            "category": lambda: incidents.update(tx, self.actor, ref, incidents.Change(category=category)),
            "team": lambda: incidents.update(tx, self.actor, ref, incidents.Change(team=team)),
            "own": lambda: incidents.assign(tx, self.actor, ref, user=str(self.actor.id)),
            "acknowledge": lambda: incidents.acknowledge(tx, self.actor, ref),
            "wait": lambda: incidents.transition(tx, self.actor, ref, "waiting"),
            "clock": lambda: incidents.check_clock(tx, ref),
            "delete": lambda: incidents.delete(tx, self.actor, ref),
            "restore": lambda: incidents.restore(tx, self.actor, ref),
            "escalate": lambda: escalation.escalate_manually(
                tx, self.actor, ref, user=str(self.actor.id), reason="Now"
            ),
        }
        await acts[verb]()

    async def _extend(self, tx: Tx, ref: Any) -> datetime:
        """More time, asked for by one and granted by another; when it was due before."""
        due_at: datetime = await tx.value(
            "select resolution_due_at from incident_slas where tenant_id = $1 and incident_id = $2 and is_active",
            *(tx.tenant_id, ref),
        )
        later = due_at + timedelta(days=self.picks.randint(5, 20))
        asked = await extensions.request_extension(tx, self.people[0], ref, due_at=later, reason="A part is missing")
        await extensions.decide_extension(tx, self.people[1], ref, str(asked.id), approve=True)
        return due_at


def utc(*parts: int) -> datetime:
    """A moment."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]
