"""The benchmark's databases: tenants with incidents, from a fixed seed, loaded by COPY. Kept between runs."""

from __future__ import annotations

import asyncio
import hashlib
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from tocsin import wiring
from tocsin.access import rules as access_rules
from tocsin.activity import service as activity
from tocsin.db.embedded import EmbeddedServer
from tocsin.db.migrate import MIGRATIONS, migrate
from tocsin.db.roles import init_database
from tocsin.db.tx import Database, _set_codecs
from tocsin.db.urls import DatabaseUrls
from tocsin.incidents.rules import queue_time
from tocsin.incidents.service.clock import next_due_of
from tocsin.sla import rules as sla_rules
from tocsin.sla.model import clocks_of
from tocsin.sla.store import clocks as sla_store
from tocsin.tenancy import service as tenancy

SEED = 20261124
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
BATCH = 20_000
PEOPLE = 20
OPEN_SHARE = 0.1
_WORDS = (  # noqa: SIM905  a list of words reads best as words
    "printer network laptop password badge mail server disk account vpn screen phone backup access reader switch monitor"
    " keyboard license update router storage cable heating door elevator projector calendar folder report invoice portal"
).split()
_LOADED = ("incidents", "incident_slas", "incident_assignments", "incident_search")


@dataclass(frozen=True, slots=True)
class Plan:
    """How large a database is: the incidents of its largest tenant, and those of all others together.

    `open_share`: how much of it is open. `vocabulary`: so many words beside the usual few, as often as words of a language are
    (Zipf): for search.
    """

    name: str
    tenants: int
    largest: int
    total: int
    vocabulary: int = 0
    open_share: float = OPEN_SHARE

    def sizes(self) -> list[int]:
        """Incidents per tenant, the largest first."""
        if self.tenants == 1:
            return [self.total]
        each, rest = divmod(self.total - self.largest, self.tenants - 1)
        return [self.largest] + [each + (index < rest) for index in range(self.tenants - 1)]


LARGE = Plan("bench_large", 200, 100_000, 500_000)
SMALL = Plan("bench_small", 1, 5_000, 5_000)


@dataclass(frozen=True, slots=True)
class Tenant:
    """A loaded tenant: its token, and some of its incidents."""

    id: UUID
    token: str
    incidents: list[UUID]


@dataclass(frozen=True, slots=True)
class Filled:
    """A loaded database."""

    plan: Plan
    urls: DatabaseUrls
    tenants: list[Tenant]


def fingerprint(plan: Plan) -> str:
    """Changes when the schema, the plan or this file does: then the database is loaded anew."""
    digest = hashlib.sha256(repr((SEED, plan)).encode())
    for path in (Path(__file__), *sorted(MIGRATIONS.rglob("*.sql"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


async def fill(server: EmbeddedServer, plan: Plan, passwords: dict[str, str]) -> Filled:
    """The database of a plan on the embedded server, loaded unless an earlier run has."""
    urls = await init_database(server.admin_url, plan.name, passwords)
    admin = urls.admin or server.admin_url
    if await _mark(admin) == fingerprint(plan):
        print(f"{plan.name}: {plan.total:,} incidents of {plan.tenants} tenants, kept from an earlier run")
        return await _collect(admin, plan, urls)
    started = time.monotonic()
    await _drop(server.admin_url, plan.name)
    urls = await init_database(server.admin_url, plan.name, passwords)
    await migrate(urls.owner)
    tenant_ids = await _make_tenants(urls.app, plan)
    await _load(admin, plan, tenant_ids)
    await _set_mark(admin, fingerprint(plan))
    print(
        f"{plan.name}: {plan.total:,} incidents of {plan.tenants} tenants loaded in {time.monotonic() - started:.0f} s"
    )
    return await _collect(admin, plan, urls)


async def _mark(admin_url: str) -> str | None:
    conn = await asyncpg.connect(admin_url)
    try:
        text = await conn.fetchval(
            "select shobj_description(oid, 'pg_database') from pg_database where datname = current_database()"
        )
    finally:
        await conn.close()
    return text if isinstance(text, str) else None


async def _set_mark(admin_url: str, mark: str) -> None:
    conn = await asyncpg.connect(admin_url)
    try:
        name = await conn.fetchval("select current_database()")
        await conn.execute(f"comment on database {name} is '{mark}'")
    finally:
        await conn.close()


async def _drop(admin_url: str, name: str) -> None:
    conn = await asyncpg.connect(admin_url)
    try:
        await conn.execute(f"drop database if exists {name} with (force)")
    finally:
        await conn.close()


async def _make_tenants(app_url: str, plan: Plan) -> list[UUID]:
    """Tenants with their seeded catalogue and roles, by the same verb that the command line uses."""
    wiring.modules()
    database = await Database.connect(app_url, size=8, closer=activity.record)
    gate = asyncio.Semaphore(8)

    async def make(number: int) -> UUID:
        async with gate:
            return (await tenancy.create(database, f"bench-{number:03}", f"Bench {number}")).id

    try:
        return list(await asyncio.gather(*(make(number) for number in range(plan.tenants))))
    finally:
        await database.close()


# ----------------------------------------------------------------------------------------------------------------- rows


def _uuid7(rng: random.Random, at: datetime) -> UUID:
    """A version 7 UUID (RFC 9562) of a moment, from the seeded generator."""
    milliseconds = int(at.timestamp() * 1000)
    return UUID(int=milliseconds << 80 | 7 << 76 | rng.getrandbits(12) << 64 | 2 << 62 | rng.getrandbits(62))


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What a tenant's incidents refer to."""

    open_statuses: list[UUID]
    closed: UUID
    priorities: list[Any]
    categories: list[UUID]
    people: list[UUID]
    teams: list[UUID]


async def _load(admin_url: str, plan: Plan, tenant_ids: list[UUID]) -> None:
    conn = await asyncpg.connect(admin_url, command_timeout=600)
    await _set_codecs(conn)
    try:
        await conn.execute(
            "set session_replication_role = replica; set synchronous_commit = off; set maintenance_work_mem = '512MB'"
        )
        indexes = await _take_indexes(conn)
        for number, (tenant_id, size) in enumerate(zip(tenant_ids, plan.sizes(), strict=True)):
            await _load_tenant(conn, random.Random(SEED + number), tenant_id, size, plan)
        for definition in indexes:
            await conn.execute(definition)
        await conn.execute("vacuum (analyze)")
    finally:
        await conn.close()


async def _take_indexes(conn: Any) -> list[str]:
    """Drop the indexes of the loaded tables but for their primary keys; the statements that make them again."""
    rows = await conn.fetch(
        "select indexname, indexdef from pg_indexes where tablename = any($1) and indexname not like '%_pkey'",
        list(_LOADED),
    )
    for row in rows:
        await conn.execute(f'drop index "{row["indexname"]}"')
    return [row["indexdef"] for row in rows]


async def _load_tenant(conn: Any, rng: random.Random, tenant_id: UUID, size: int, plan: Plan) -> None:
    catalogue = await _catalogue(conn, rng, tenant_id)
    stream = _incidents(rng, tenant_id, size, catalogue, Vocabulary(plan.vocabulary), plan.open_share)
    while batch := list(islice(stream, BATCH)):
        for table, index in (("incidents", 0), ("incident_slas", 1), ("incident_assignments", 2)):
            rows = [row for found in batch if (row := found[index]) is not None]
            if rows:
                await conn.copy_records_to_table(table, records=[row[1] for row in rows], columns=rows[0][0])
    await conn.execute(
        "insert into incident_search (tenant_id, incident_id, created_at, doc)"
        " select i.tenant_id, i.id, i.created_at, setweight(to_tsvector('simple', a) || to_tsvector('english', a), 'A')"
        " || setweight(to_tsvector('simple', b) || to_tsvector('english', b), 'B')"
        " || setweight(to_tsvector('simple', d) || to_tsvector('english', d), 'D')"
        " from incidents i join users u on u.tenant_id = $1 and u.id = i.reported_by_user_id cross join lateral"
        " (select i.reference_code || ' ' || i.title as a, coalesce(i.description, '') as b, u.name as d) t"
        " where i.tenant_id = $1",
        tenant_id,
    )
    await conn.execute(
        "insert into incident_counters (tenant_id, last_no) values ($1, $2)"
        " on conflict (tenant_id) do update set last_no = excluded.last_no",
        *(tenant_id, size),
    )


async def _catalogue(conn: Any, rng: random.Random, tenant_id: UUID) -> Catalogue:
    people = [_uuid7(rng, NOW) for _ in range(PEOPLE)]
    teams = [_uuid7(rng, NOW) for _ in range(5)]
    await conn.copy_records_to_table(
        "users",
        records=[(tenant_id, person, f"Person {index:02}", NOW, NOW) for index, person in enumerate(people)],
        columns=("tenant_id", "id", "name", "created_at", "updated_at"),
    )
    await conn.copy_records_to_table(
        "teams",
        records=[(tenant_id, team, f"team-{index}", f"Team {index}", NOW, NOW) for index, team in enumerate(teams)],
        columns=("tenant_id", "id", "slug", "name", "created_at", "updated_at"),
    )
    service = _uuid7(rng, NOW)
    admin = await conn.fetchval("select id from roles where tenant_id = $1 and slug = 'admin'", tenant_id)
    await conn.execute(
        "insert into users (tenant_id, id, name, kind, created_at, updated_at) values ($1, $2, 'Bench', 'service', $3, $3)",
        *(tenant_id, service, NOW),
    )
    await conn.execute(
        "insert into api_tokens (tenant_id, id, name, secret_hash, user_id, role_id, created_at)"
        " values ($1, $2, 'bench', $3, $4, $5, $6)",
        *(tenant_id, _uuid7(rng, NOW), _token(tenant_id)[1], service, admin, NOW),
    )
    statuses = await conn.fetch(
        "select id, is_terminal, is_resolved from incident_statuses where tenant_id = $1 order by sort_order", tenant_id
    )
    return Catalogue(
        open_statuses=[row["id"] for row in statuses if not (row["is_terminal"] or row["is_resolved"])],
        closed=next(row["id"] for row in statuses if row["is_terminal"]),
        priorities=await conn.fetch("select * from incident_priorities where tenant_id = $1 order by level", tenant_id),
        categories=[
            row["id"]
            for row in await conn.fetch(
                "select id from incident_categories where tenant_id = $1 order by id", tenant_id
            )
        ],
        people=people,
        teams=teams,
    )


def _token(tenant_id: UUID) -> tuple[str, bytes]:
    """The benchmark's token of a tenant: the same in every run. It opens a throw-away database on a private socket."""
    secret = hashlib.sha256(f"{SEED} {tenant_id}".encode()).hexdigest()
    return f"{access_rules.TOKEN_PREFIX}_{tenant_id.hex}_{secret}", access_rules.secret_hash(secret)


Row = tuple[tuple[str, ...], tuple[Any, ...]]


class Vocabulary:
    """Made-up words of a fixed spelling, the first ones frequent, the last ones rare."""

    def __init__(self, size: int) -> None:
        syllables = [one + two for one in "bdfgklmnprstv" for two in "aeiou"]
        digits = [syllables[n // 4225 % 65] + syllables[n // 65 % 65] + syllables[n % 65] for n in range(size)]
        self.words = [f"{word}{'nrst'[n % 4]}" for n, word in enumerate(digits)]
        self.weights = list(accumulate(1 / (rank + 2) for rank in range(size)))

    def some(self, rng: random.Random, count: int) -> list[str]:
        """Words by their frequency; none without a vocabulary."""
        return rng.choices(self.words, cum_weights=self.weights, k=count) if self.words else []


def _incidents(
    rng: random.Random, tenant_id: UUID, size: int, known: Catalogue, vocabulary: Vocabulary, open_share: float
) -> Iterator[tuple[Row, Row, Row | None]]:
    """One incident after the other, oldest first, over two years: its row, its clocks, its owner's assignment."""
    step = timedelta(days=730) / size
    for number in range(1, size + 1):
        at = NOW - step * (size - number) - timedelta(seconds=rng.random() * step.total_seconds())
        is_open = rng.random() < open_share
        incident_id = _uuid7(rng, at)
        priority = rng.choices(known.priorities, [1, 3, 10, 6][: len(known.priorities)])[0]
        ended = None if is_open else at + timedelta(hours=rng.expovariate(1 / 20))
        owner = rng.choice(known.people) if rng.random() < 0.8 else None
        history = _history(priority, at, ended)
        row = {
            "tenant_id": tenant_id,
            "id": incident_id,
            **_named(rng, number, vocabulary),
            "category_id": rng.choice(known.categories) if known.categories else None,
            "priority_id": priority["id"],
            "priority_level": priority["level"],
            "status_id": rng.choice(known.open_statuses) if is_open else known.closed,
            "is_open": is_open,
            "reported_by_user_id": rng.choice(known.people),
            "reported_via": "internal",
            "assigned_to_id": owner,
            "team_id": rng.choice(known.teams) if rng.random() < 0.5 else None,
            "source": rng.choice(("web", "email", "api")),
            "metadata": {},
            **_timed(history, ended),
            "created_at": at,
            "updated_at": ended or at,
        }
        yield (
            _as_row(row),
            _clocks(rng, tenant_id, incident_id, history, at),
            _owned(rng, tenant_id, incident_id, owner, at),
        )


def _named(rng: random.Random, number: int, vocabulary: Vocabulary) -> dict[str, Any]:
    return {
        "reference_no": number,
        "reference_code": f"INC-{number:06}",
        "title": " ".join([*rng.choices(_WORDS, k=5), *vocabulary.some(rng, 2)]).capitalize(),
        "description": " ".join([*rng.choices(_WORDS, k=40), *vocabulary.some(rng, 6)]).capitalize() + ".",
    }


def _timed(history: Any, ended: datetime | None) -> dict[str, Any]:
    return {
        "due_at": history.resolution.due_at,
        "next_due_at": queue_time(next_due_of(clocks_of(history))) if ended is None else None,
        "resolved_at": ended,
        "closed_at": ended,
        "is_breached": history.breached_at is not None,
    }


def _as_row(values: dict[str, Any]) -> Row:
    return tuple(values), tuple(values.values())


def _history(priority: Any, at: datetime, ended: datetime | None) -> Any:
    targets = sla_rules.Targets(
        priority["response_time_minutes"], priority["resolution_time_minutes"], priority["slug"]
    )
    history = sla_rules.begin(sla_rules.Policy(targets=targets, warning_percents=(75, 90)), at)
    return sla_rules.resolved(history, ended) if ended is not None else history


def _clocks(rng: random.Random, tenant_id: UUID, incident_id: UUID, history: Any, at: datetime) -> Row:
    values = sla_store._values(history, sla_rules.next_check_at(history), at)  # noqa: SLF001  the load follows the store
    row = (tenant_id, incident_id, *values, _uuid7(rng, at), history.started_at, at, True)
    return sla_store._FIRST, row  # noqa: SLF001


def _owned(rng: random.Random, tenant_id: UUID, incident_id: UUID, owner: UUID | None, at: datetime) -> Row | None:
    if owner is None:
        return None
    columns = ("tenant_id", "id", "incident_id", "assigned_to_id", "assigned_at")
    return columns, (tenant_id, _uuid7(rng, at), incident_id, owner, at)


async def _collect(admin_url: str, plan: Plan, urls: DatabaseUrls) -> Filled:
    """The loaded tenants, the largest first, each with a spread of its incidents."""
    conn = await asyncpg.connect(admin_url)
    try:
        ids = [row["id"] for row in await conn.fetch("select id from tenants order by slug")]
        tenants = []
        for tenant_id in ids[:8]:
            rows = await conn.fetch(
                "select id from incidents where tenant_id = $1 and created_at <= $2 order by md5(id::text) limit 64",
                tenant_id,
                NOW,
            )
            tenants.append(Tenant(tenant_id, _token(tenant_id)[0], [UUID(int=row["id"].int) for row in rows]))
    finally:
        await conn.close()
    return Filled(plan, urls, tenants)
