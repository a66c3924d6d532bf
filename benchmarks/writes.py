"""Changes to incidents that are there: assigning, commenting, moving on. As requests for the server, and as the same SQL.

No verb may be repeated on what is already so (409), so each incident is taken in turn by requests that differ: another
person, the other of two statuses. Warm-up and measure have incidents of their own, for wrk begins its list anew.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from benchmarks import limit
from benchmarks.capture import INCIDENTS, Recorder, Request, Statement
from benchmarks.fill import NOW, Filled
from benchmarks.servers import THREADS

NAMES = ("assign", "comment", "transition")
COUNT = 3000
"""Open incidents of the largest tenant, each with an owner: so many that none comes round while it is still at work."""
COMMENT = "Bench comment"
_MOVES = ("triaged", "in-progress")
_HELD = "select * from incident_assignments"


@dataclass(frozen=True, slots=True)
class Subject:
    """An incident as it stands before it is changed."""

    id: UUID
    owner: UUID
    status: str


@dataclass(frozen=True, slots=True)
class Ground:
    """The incidents that are changed, and the people they are given to."""

    token: str
    subjects: list[Subject]
    people: list[UUID]
    table: str
    """Where pgbench finds the incidents."""

    def requests(self, name: str, subjects: list[Subject] | None = None) -> list[Request]:
        """What changes some incidents again and again: round after round, another change of each."""
        chosen = self.subjects if subjects is None else subjects
        bodies = [self._bodies(name, subject) for subject in chosen]
        paths = [f"{INCIDENTS}/{subject.id}/{'comments' if name == 'comment' else name}" for subject in chosen]
        rounds = zip(*bodies, strict=True)
        return [
            Request("POST", path, self.token, json.dumps(body))
            for row in rounds
            for path, body in zip(paths, row, strict=True)
        ]

    def warm_up(self, name: str) -> list[Request]:
        """Requests to warm the server up with."""
        return self.requests(name, self.subjects[: self._half()])

    def measured(self, name: str) -> list[Request]:
        """Requests to measure with."""
        return self.requests(name, self.subjects[self._half() : 2 * self._half()])

    def _half(self) -> int:
        """So many that each of wrk's threads has incidents of its own, round after round."""
        return len(self.subjects) // (2 * THREADS) * THREADS

    def _bodies(self, name: str, subject: Subject) -> list[dict[str, str]]:
        if name == "comment":
            return [{"body": COMMENT}]
        if name == "assign":
            first = self.people[0] != subject.owner
            return [{"user": str(one)} for one in (self.people if first else self.people[1:] + self.people[:1])]
        return [{"status": one} for one in (_MOVES if subject.status != _MOVES[0] else reversed(_MOVES))]


async def prepare(filled: Filled) -> Ground:
    """The incidents as they stand now, each with a head in the record, as every incident made by the application has."""
    largest = filled.tenants[0]
    conn = await asyncpg.connect(filled.urls.admin, command_timeout=300)
    try:
        rows = await conn.fetch(
            "select i.id, i.assigned_to_id, s.slug from incidents i"
            " join incident_statuses s on s.tenant_id = i.tenant_id and s.id = i.status_id"
            " where i.tenant_id = $1 and i.is_open and i.created_at <= $2 and i.assigned_to_id is not null"
            " and (select count(*) from incident_assignments a"
            " where a.tenant_id = $1 and a.incident_id = i.id and a.is_active) = 1 order by md5(i.id::text) limit $3",
            *(largest.id, NOW, COUNT),
        )
        await conn.executemany(
            "insert into event_heads (tenant_id, stream, seq, hash) values ($1, $2, 1, $3) on conflict do nothing",
            [(largest.id, row["id"], bytes(32)) for row in rows],
        )
        people = await conn.fetch(
            "select id from users where tenant_id = $1 and kind <> 'service' order by id limit 20", largest.id
        )
        table = await limit.choices(conn, "subjects", [row["id"] for row in rows])
    finally:
        await conn.close()
    subjects = [Subject(_plain(row["id"]), _plain(row["assigned_to_id"]), row["slug"]) for row in rows]
    return Ground(largest.token, subjects, [_plain(row["id"]) for row in people], table)


def _plain(found: Any) -> UUID:
    return UUID(int=found.int)


async def scripts(listening: Recorder, ground: Ground) -> dict[str, list[limit.Script]]:
    """The same changes as scripts of pgbench: each run takes any of the incidents."""
    return {name: [await _script(listening, ground, name)] for name in NAMES}


async def _script(listening: Recorder, ground: Ground, name: str) -> limit.Script:
    subject = ground.subjects[0]
    before, request = (ground.requests(name, [subject]) * 2)[:2]
    first = await listening.statements(request, before)
    sets, fresh = limit.made_anew(first, await listening.statements(request, before), known=ground.people)
    script = limit.Script(sets)
    fresh |= script.choose(subject.id, ground.table, len(ground.subjects))
    if name == "assign":
        fresh |= {(kind, limit.hashable(given)): "array[:held_id::uuid]" for kind, given in _ended(first)}
        script.kept = {_HELD: "held_"}
    script.add(first, fresh)
    return script


def _ended(heard: list[list[Statement]]) -> list[tuple[str, Any]]:
    """The lists of assignments that a request has ended: in each run of pgbench it is the one that it has read before."""
    return [
        (kind, given)
        for transaction in heard
        for statement in transaction
        if statement.sql.startswith("update incident_assignments")
        for kind, given in zip(statement.types, statement.args, strict=True)
        if isinstance(given, list)
    ]


async def tidy(conn: Any) -> bool:
    """Remove what was written about loaded incidents; whether there was anything. Owners and statuses stay as they are."""
    told = f"tenant_id in (select tenant_id from incident_comments where body = '{COMMENT}')"
    if not await conn.fetchval("select exists (select 1 from incident_comments where body = $1)", COMMENT):
        return False
    await conn.execute(
        "update incident_search f set doc = setweight(to_tsvector('simple', i.title), 'A') ||"
        " to_tsvector('simple', coalesce(i.description, '')) from incidents i where i.tenant_id = f.tenant_id"
        " and i.id = f.incident_id and exists (select 1 from incident_comments c where c.tenant_id = i.tenant_id"
        f" and c.incident_id = i.id and c.body = '{COMMENT}')"
    )
    for statement in (
        f"delete from events where incident_id is not null and {told}",
        f"delete from event_heads where stream in (select id from incidents where {told}) and {told}",
        f"delete from incident_assignments where not is_active and {told}",
        f"delete from incident_comments where body = '{COMMENT}'",
    ):
        await conn.execute(statement)
    return True
