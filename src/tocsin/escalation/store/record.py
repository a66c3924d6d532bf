"""SQL of `incident_escalations`."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.base.ids import new_id
from tocsin.db.tx import Tx


async def insert_escalation(tx: Tx, values: dict[str, Any]) -> UUID:
    """Write an escalation; a step of a run fits only once. Column names come from the code, never from a client."""
    escalation_id = new_id()
    columns = ["tenant_id", "id", *values, "escalated_at"]
    marks = ", ".join(f"${n + 1}" for n in range(len(columns)))
    sql = f"insert into incident_escalations ({', '.join(columns)}) values ({marks})"
    await tx.run(sql, tx.tenant_id, escalation_id, *values.values(), tx.now)
    return escalation_id


async def alive_between(tx: Tx, since: datetime, until: datetime, limit: int) -> list[tuple[UUID, str]]:
    """The ids and references of incidents that had any life between two moments, in the order of creation."""
    rows = await tx.rows(
        "select id, reference_code from incidents where tenant_id = $1 and created_at < $3"
        " and (is_open or updated_at >= $2 or resolved_at >= $2 or closed_at >= $2) order by created_at, id limit $4",
        *(tx.tenant_id, since, until, limit),
    )
    return [(row["id"], row["reference_code"]) for row in rows]


async def of_policy(tx: Tx, policy_id: UUID, since: datetime, until: datetime) -> list[Any]:
    """What a policy's steps did between two moments, in order."""
    return await tx.rows(
        "select incident_id, run_id, round, step, outcome, escalated_at from incident_escalations"
        " where tenant_id = $1 and policy_id = $2 and escalated_at >= $3 and escalated_at <= $4 order by escalated_at, id",
        *(tx.tenant_id, policy_id, since, until),
    )


async def escalations(tx: Tx, incident_id: UUID, after: tuple[datetime, UUID] | None, limit: int) -> list[Any]:
    """A page of an incident's escalations, oldest first, with the names of people, teams and policies."""
    keyset, args = "", [tx.tenant_id, incident_id, limit]
    if after is not None:
        args += after
        keyset = " and (e.escalated_at, e.id) > ($4, $5)"
    return await tx.rows(
        "select e.*, fu.name as from_user_name, tu.name as to_user_name, ft.name as from_team_name, tt.name as to_team_name,"
        " b.name as escalated_by_name, p.name as policy_name from incident_escalations e"
        " left join users fu on fu.tenant_id = $1 and fu.id = e.from_user_id"
        " left join users tu on tu.tenant_id = $1 and tu.id = e.to_user_id"
        " left join teams ft on ft.tenant_id = $1 and ft.id = e.from_team_id"
        " left join teams tt on tt.tenant_id = $1 and tt.id = e.to_team_id"
        " left join users b on b.tenant_id = $1 and b.id = e.escalated_by_id"
        " left join escalation_policies p on p.tenant_id = $1 and p.id = e.policy_id"
        f" where e.tenant_id = $1 and e.incident_id = $2{keyset} order by e.escalated_at, e.id limit $3",
        *args,
    )
