"""SQL of `escalation_policies`, `escalation_runs` and `incident_escalations`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tocsin.base.ids import new_id
from tocsin.db.images import put_row_back
from tocsin.db.tx import Tx
from tocsin.escalation.rules import Ladder

DUE = """
select r.tenant_id, r.id, r.next_step_at as due_at
from escalation_runs r join tenants t on t.id = r.tenant_id
where r.next_step_at <= $1 and t.state = 'active' and t.kind = 'live' and not 'escalation' = any (t.disabled_modules)
order by r.next_step_at, r.tenant_id, r.id limit $2
"""

NEXT_DUE = """
select id, next_step_at as due_at from escalation_runs
where tenant_id = $1 and next_step_at is not null order by next_step_at, id limit 1
"""

# --------------------------------------------------------------------------------------------------------- policies


async def active_policies(tx: Tx) -> list[Any]:
    """The policies at work, the first created first."""
    return await tx.rows(
        "select * from escalation_policies where tenant_id = $1 and is_active order by id", tx.tenant_id
    )


async def policies(tx: Tx, *, is_active: bool | None, after: tuple[str, UUID] | None, limit: int) -> list[Any]:
    """A page of policies, by name."""
    where, args = ["tenant_id = $1"], [tx.tenant_id, limit]
    if is_active is not None:
        args.append(is_active)
        where.append(f"is_active = ${len(args)}")
    if after is not None:
        args += after
        where.append(f"(name, id) > (${len(args) - 1}, ${len(args)})")
    return await tx.rows(
        f"select * from escalation_policies where {' and '.join(where)} order by name, id limit $2", *args
    )


async def get_policy(tx: Tx, policy_id: UUID, *, lock: bool = False) -> Any:
    """One policy, or None; locked until the commit when asked."""
    tail = " for update" if lock else ""
    return await tx.row(
        f"select * from escalation_policies where tenant_id = $1 and id = $2{tail}", tx.tenant_id, policy_id
    )


async def insert_policy(tx: Tx, policy_id: UUID, values: dict[str, Any]) -> bool:
    """Add a policy; False when its name is taken. Column names come from the code, never from a client."""
    columns = ["tenant_id", "id", *values, "created_at", "updated_at"]
    marks = ", ".join(f"${n + 1}" for n in range(len(columns)))
    sql = f"insert into escalation_policies ({', '.join(columns)}) values ({marks}) on conflict (tenant_id, name) do nothing"
    return await tx.run(sql, tx.tenant_id, policy_id, *values.values(), tx.now, tx.now) == 1


async def update_policy(tx: Tx, policy_id: UUID, values: dict[str, Any]) -> None:
    """Set columns of a policy. Column names come from the code, never from a client."""
    sets = ", ".join(f"{column} = ${n + 4}" for n, column in enumerate(values))
    sql = f"update escalation_policies set updated_at = $3, {sets} where tenant_id = $1 and id = $2"
    await tx.run(sql, tx.tenant_id, policy_id, tx.now, *values.values())


async def name_taken(tx: Tx, name: str, besides: UUID) -> bool:
    """Whether another policy has this name."""
    sql = "select 1 from escalation_policies where tenant_id = $1 and name = $2 and id <> $3"
    return await tx.value(sql, tx.tenant_id, name, besides) is not None


async def has_runs(tx: Tx, policy_id: UUID) -> bool:
    """Whether a policy ever ran."""
    sql = "select 1 from escalation_runs where tenant_id = $1 and policy_id = $2 limit 1"
    return await tx.value(sql, tx.tenant_id, policy_id) is not None


async def delete_policy(tx: Tx, policy_id: UUID) -> None:
    """Delete a policy that never ran."""
    await tx.run("delete from escalation_policies where tenant_id = $1 and id = $2", tx.tenant_id, policy_id)


async def count_active(tx: Tx) -> int:
    """How many policies are at work."""
    found = await tx.value("select count(*) from escalation_policies where tenant_id = $1 and is_active", tx.tenant_id)
    return int(found)


async def role_exists(tx: Tx, slug: str) -> bool:
    """Whether the tenant has a role of this slug."""
    return await tx.value("select 1 from roles where tenant_id = $1 and slug = $2", tx.tenant_id, slug) is not None


# ------------------------------------------------------------------------------------------------------------- runs


async def arm(
    tx: Tx,
    policy_id: UUID,
    version: int,
    ladder: Ladder,
    incidents: Sequence[tuple[UUID, bool]],
    triggered_at: datetime,
) -> None:
    """Arm a run of a policy for each incident (its id, and whether it is paused) that has none; at most 1,000 at once."""
    args: list[Any] = [tx.tenant_id, policy_id, version, ladder, triggered_at, tx.now]
    rows = []
    for incident_id, is_paused in incidents:
        first = triggered_at + ladder.after
        left = max(first - tx.now, timedelta()) if is_paused else None
        args += (new_id(), incident_id, None if is_paused else first, tx.now if is_paused else None, left)
        n = len(args)
        rows.append(f"($1, ${n - 4}, ${n - 3}, $2, $3, $4, $5, ${n - 2}, ${n - 1}, ${n}, $6, $6)")
    await tx.run(
        "insert into escalation_runs (tenant_id, id, incident_id, policy_id, policy_version, snapshot, triggered_at,"
        f" next_step_at, paused_at, remaining, created_at, updated_at) values {', '.join(rows)}"
        " on conflict (tenant_id, incident_id, policy_id) where state = 'running' do nothing",
        *args,
    )


_WITH_STATE = {
    "unassigned": "i.assigned_to_id is null",
    "unacknowledged": "i.acknowledged_at is null",
    "breached": "i.is_breached",
}


async def open_incidents(tx: Tx, on: str, after: UUID | None, limit: int) -> list[Any]:
    """Open incidents in the state of a trigger, in the order of their ids, and whether each is paused."""
    return await tx.rows(
        "select i.id, s.pauses_sla as is_paused from incidents i"
        " join incident_statuses s on s.tenant_id = $1 and s.id = i.status_id"
        f" where i.tenant_id = $1 and i.is_open and i.deleted_at is null and {_WITH_STATE[on]}"
        " and ($2::uuid is null or i.id > $2) order by i.id limit $3",
        tx.tenant_id,
        after,
        limit,
    )


async def incident_of(tx: Tx, run_id: UUID) -> UUID | None:
    """The incident of a run, or None."""
    found: UUID | None = await tx.value(
        "select incident_id from escalation_runs where tenant_id = $1 and id = $2", tx.tenant_id, run_id
    )
    return found


async def lock_due(tx: Tx, run_id: UUID) -> Any:
    """A run that is due, locked until the commit; None when it isn't any more or somebody else has it."""
    return await tx.row(
        "select * from escalation_runs where tenant_id = $1 and id = $2 and state = 'running' and next_step_at <= $3"
        " for update skip locked",
        tx.tenant_id,
        run_id,
        tx.now,
    )


async def running(tx: Tx, incident_id: UUID) -> list[Any]:
    """The runs at work on an incident, locked until the commit."""
    return await tx.rows(
        "select * from escalation_runs where tenant_id = $1 and incident_id = $2 and state = 'running' order by id for update",
        tx.tenant_id,
        incident_id,
    )


RUNNING_IMAGE = (
    "(select jsonb_agg(to_jsonb(r) - 'snapshot' order by r.id) from escalation_runs r"
    " where r.tenant_id = $1 and r.incident_id = $2 and r.state = 'running')"
)
"""The runs at work on incident $2 as they stand."""


async def of_incident(tx: Tx, incident_id: UUID) -> list[Any]:
    """All runs of an incident, locked until the commit."""
    return await tx.rows(
        "select * from escalation_runs where tenant_id = $1 and incident_id = $2 order by id for update",
        tx.tenant_id,
        incident_id,
    )


async def put_run_back(tx: Tx, run_id: UUID, image: dict[str, Any]) -> None:
    """Set a run to an earlier image of it."""
    await put_row_back(tx, "escalation_runs", run_id, image)


async def climbed(tx: Tx, incident_id: UUID) -> set[UUID]:
    """The policies that are at work on an incident, or are through with it."""
    rows = await tx.rows(
        "select distinct policy_id from escalation_runs where tenant_id = $1 and incident_id = $2"
        " and (state = 'running' or ended_because in ('done', 'conditions'))",
        tx.tenant_id,
        incident_id,
    )
    return {row["policy_id"] for row in rows}


async def end_run(tx: Tx, run_id: UUID, state: str, because: str, started_at: datetime | None = None) -> None:
    """End a run; one that ends with its first step began with it."""
    await tx.run(
        "update escalation_runs set state = $3, ended_because = $4, next_step_at = null, paused_at = null, remaining = null,"
        " started_at = coalesce(started_at, $6), updated_at = $5 where tenant_id = $1 and id = $2",
        *(tx.tenant_id, run_id, state, because, tx.now, started_at),
    )


async def move_run(tx: Tx, run_id: UUID, *, started_at: datetime, step: int, round_: int, at: datetime) -> None:
    """Set which step a run does next, and when."""
    await tx.run(
        "update escalation_runs set started_at = $3, step = $4, round = $5, next_step_at = $6, updated_at = $7"
        " where tenant_id = $1 and id = $2",
        *(tx.tenant_id, run_id, started_at, step, round_, at, tx.now),
    )


async def pause_runs(tx: Tx, incident_id: UUID) -> None:
    """Let the runs of an incident wait; what is left of their time is kept."""
    await tx.run(
        "update escalation_runs set paused_at = $3, remaining = greatest(next_step_at - $3::timestamptz, interval '0'),"
        " next_step_at = null, updated_at = $3 where tenant_id = $1 and incident_id = $2 and state = 'running' and paused_at is null",
        *(tx.tenant_id, incident_id, tx.now),
    )


async def resume_runs(tx: Tx, incident_id: UUID, *, counted: bool = False) -> None:
    """Let the runs of an incident go on; with `counted` as if the time since hadn't been waited."""
    since = "paused_at" if counted else "$3::timestamptz"
    await tx.run(
        f"update escalation_runs set next_step_at = {since} + remaining, paused_at = null, remaining = null, updated_at = $3"
        " where tenant_id = $1 and incident_id = $2 and state = 'running' and paused_at is not null",
        *(tx.tenant_id, incident_id, tx.now),
    )


async def stop_policy(tx: Tx, policy_id: UUID, because: str, *, started: bool) -> None:
    """End a policy's runs: those that haven't started, and with `started` the others too."""
    which = "" if started else " and started_at is null"
    await tx.run(
        "update escalation_runs set state = 'stopped', ended_because = $3, next_step_at = null, paused_at = null,"
        f" remaining = null, updated_at = $4 where tenant_id = $1 and policy_id = $2 and state = 'running'{which}",
        *(tx.tenant_id, policy_id, because, tx.now),
    )


async def renew(tx: Tx, policy_id: UUID, version: int, ladder: Ladder) -> None:
    """Give a policy's runs that haven't started its new ladder."""
    await tx.run(
        "update escalation_runs set snapshot = $4, policy_version = $3, updated_at = $5"
        " where tenant_id = $1 and policy_id = $2 and state = 'running' and started_at is null",
        *(tx.tenant_id, policy_id, version, ladder, tx.now),
    )


async def runs(
    tx: Tx,
    *,
    incident: UUID | str | None,
    policy_id: UUID | None,
    state: str | None,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Any]:
    """A page of runs, newest first, of incidents that aren't deleted."""
    where, args = ["r.tenant_id = $1"], [tx.tenant_id, limit]
    column = "i.id" if isinstance(incident, UUID) else "i.reference_code"
    for name, value in ((column, incident), ("r.policy_id", policy_id), ("r.state", state)):
        if value is not None:
            args.append(value)
            where.append(f"{name} = ${len(args)}")
    if before is not None:
        args += before
        where.append(f"(r.created_at, r.id) < (${len(args) - 1}, ${len(args)})")
    return await tx.rows(
        "select r.*, i.reference_code, p.name as policy_name from escalation_runs r"
        " join incidents i on i.tenant_id = $1 and i.id = r.incident_id and i.deleted_at is null"
        " join escalation_policies p on p.tenant_id = $1 and p.id = r.policy_id"
        f" where {' and '.join(where)} order by r.created_at desc, r.id desc limit $2",
        *args,
    )


# ------------------------------------------------------------------------------------------------------ escalations


async def insert_escalation(tx: Tx, values: dict[str, Any]) -> UUID:
    """Write an escalation; a step of a run fits only once. Column names come from the code, never from a client."""
    escalation_id = new_id()
    columns = ["tenant_id", "id", *values, "escalated_at"]
    marks = ", ".join(f"${n + 1}" for n in range(len(columns)))
    sql = f"insert into incident_escalations ({', '.join(columns)}) values ({marks})"
    await tx.run(sql, tx.tenant_id, escalation_id, *values.values(), tx.now)
    return escalation_id


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
