"""SQL of `incident_team_clocks`: how long an incident has been in the hands of each team that promises something."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.base.ids import new_id
from tocsin.db.images import put_row_back
from tocsin.db.tx import Tx
from tocsin.sla.rules import ALWAYS, Hands


async def of_incident(tx: Tx, incident_id: UUID, *, lock: bool = False) -> list[Any]:
    """The clocks of all teams that had an incident, in the order in which they had it first."""
    tail = " for update" if lock else ""
    return await tx.rows(
        f"select * from incident_team_clocks where tenant_id = $1 and incident_id = $2 order by created_at, id{tail}",
        tx.tenant_id,
        incident_id,
    )


async def insert(tx: Tx, incident_id: UUID, team_id: UUID, policy: dict[str, Any], calendar: str, hands: Hands) -> UUID:
    """Begin the clock of a team."""
    row_id = new_id()
    await tx.run(
        "insert into incident_team_clocks (tenant_id, id, incident_id, team_id, policy, calendar_version_id, target_minutes,"
        " warning_percents, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
        *(tx.tenant_id, row_id, incident_id, team_id, policy, None if calendar == ALWAYS else UUID(calendar)),
        *(hands.target_minutes, list(hands.warning_percents), tx.now),
    )
    return row_id


async def update(tx: Tx, row_id: UUID, hands: Hands, due_at: datetime | None, next_check_at: datetime | None) -> None:
    """Write a clock that this transaction has locked."""
    await tx.run(
        "update incident_team_clocks set held = $3, running_since = $4, due_at = $5, warned = $6, breached_at = $7,"
        " next_check_at = $8, updated_at = $9 where tenant_id = $1 and id = $2",
        *(tx.tenant_id, row_id, hands.held, hands.running_since, due_at, hands.warned, hands.breached_at),
        *(next_check_at, tx.now),
    )


async def incident_of(tx: Tx, row_id: UUID) -> UUID | None:
    """The incident of a clock."""
    found: UUID | None = await tx.value(
        "select incident_id from incident_team_clocks where tenant_id = $1 and id = $2", tx.tenant_id, row_id
    )
    return found


async def halt(tx: Tx, policy_id: UUID) -> None:
    """Let the clocks of a policy that promises nothing any more stand still for good."""
    await tx.run(
        "update incident_team_clocks set running_since = null, due_at = null, next_check_at = null, updated_at = $3"
        " where tenant_id = $1 and policy->>'id' = $2 and running_since is not null",
        *(tx.tenant_id, str(policy_id), tx.now),
    )


IMAGE = (
    "(select jsonb_agg(to_jsonb(c) order by c.id) from incident_team_clocks c"
    " where c.tenant_id = $1 and c.incident_id = $2)"
)
"""The clocks of teams of incident $2 as they stand, for whoever may put them back."""
_FOUND = frozenset(("warned", "breached_at"))
"""What was found stays found."""


async def put_back(tx: Tx, row_id: UUID, image: dict[str, Any]) -> None:
    """Set a team's clock to an earlier image of it."""
    await put_row_back(tx, "incident_team_clocks", row_id, image, _FOUND)


async def drop_new(tx: Tx, incident_id: UUID, kept: list[UUID], since: datetime) -> None:
    """Take the clocks away that began at a moment, except some."""
    await tx.run(
        "delete from incident_team_clocks where tenant_id = $1 and incident_id = $2 and created_at = $3"
        " and not id = any ($4::uuid[])",
        *(tx.tenant_id, incident_id, since, kept),
    )


DUE = """
select c.tenant_id, c.id, c.next_check_at as due_at from incident_team_clocks c join tenants t on t.id = c.tenant_id
where c.next_check_at <= $1 and t.state = 'active' and t.kind = 'live' and not 'sla' = any (t.disabled_modules)
order by c.next_check_at, c.tenant_id, c.id limit $2
"""

NEXT_DUE = """
select id, next_check_at as due_at from incident_team_clocks
where tenant_id = $1 and next_check_at is not null order by next_check_at, id limit $2
"""
