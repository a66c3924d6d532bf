"""SQL of `escalation_runs`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tocsin.base.ids import new_id
from tocsin.db.images import put_row_back
from tocsin.db.tx import Tx
from tocsin.escalation.rules import About, Coming, Ladder

DUE = """
select r.tenant_id, r.id, r.next_step_at as due_at
from escalation_runs r join tenants t on t.id = r.tenant_id
where r.next_step_at <= $1 and t.state = 'active' and t.kind = 'live' and not 'escalation' = any (t.disabled_modules)
order by r.next_step_at, r.tenant_id, r.id limit $2
"""

NEXT_DUE = """
select id, next_step_at as due_at from escalation_runs
where tenant_id = $1 and next_step_at is not null order by next_step_at, id limit $2
"""


async def arm(
    tx: Tx,
    policy_id: UUID,
    version: int,
    ladder: Ladder,
    incidents: Sequence[tuple[UUID, bool, About]],
    triggered_at: datetime,
    first: datetime,
    left: timedelta,
) -> None:
    """Arm a run of a policy for each incident (its id, whether it is paused, what began it) that has none; at most 1,000.

    `first` is when such a run starts, `left` how long that is from now: it waits while the incident is paused.
    """
    args: list[Any] = [tx.tenant_id, policy_id, version, ladder, triggered_at, tx.now, first, left]
    rows = []
    for incident_id, is_paused, about in incidents:
        args += (new_id(), incident_id, about, is_paused)
        n = len(args)
        state = (
            f"case when ${n}::boolean then null else $7::timestamptz end, case when ${n} then $6::timestamptz end,"
            f" case when ${n} then $8::interval end"
        )
        rows.append(f"($1, ${n - 3}, ${n - 2}, $2, $3, $4, ${n - 1}, $5, {state}, $6, $6)")
    await tx.run(
        "insert into escalation_runs (tenant_id, id, incident_id, policy_id, policy_version, snapshot, about, triggered_at,"
        f" next_step_at, paused_at, remaining, created_at, updated_at) values {', '.join(rows)}"
        " on conflict (tenant_id, incident_id, policy_id) where state = 'running' do nothing",
        *args,
    )


async def had_run_for(tx: Tx, policy_id: UUID, incident_id: UUID, about: About) -> bool:
    """Whether the policy had a run on the incident for the same clock and this or a later due time."""
    sql = (
        "select 1 from escalation_runs where tenant_id = $1 and incident_id = $2 and policy_id = $3"
        " and about ->> 'clock' = $4 and (about ->> 'due_at')::timestamptz >= $5"
        " and ended_because is distinct from 'policy' limit 1"
    )
    return await tx.value(sql, tx.tenant_id, incident_id, policy_id, about.clock, about.due_at) is not None


_WITH_STATE = {
    "unassigned": "i.assigned_to_id is null",
    "unacknowledged": "i.acknowledged_at is null",
    "no_update": "true",
    "reopened": "i.reopen_count >= $4",
}
_WITH_CLOCK = {
    "near_breach": "c.is_near and c.breached_at is null",
    "breached": "c.breached_at is not null",
}


async def open_incidents(tx: Tx, ladder: Ladder, after: UUID | None, limit: int) -> list[Any]:
    """Open incidents in the state of a trigger, in the order of their ids: whether each is paused, and of which clock.

    None for a trigger that is no state but an event.
    """
    start = (
        "select distinct on (i.id) i.id, s.pauses_sla as is_paused, {columns} from incidents i"
        " join incident_statuses s on s.tenant_id = $1 and s.id = i.status_id{joined}"
        " where i.tenant_id = $1 and i.is_open and i.deleted_at is null and ($2::uuid is null or i.id > $2) and "
    )
    if ladder.on in _WITH_CLOCK:
        clocks = (
            " join incident_slas k on k.tenant_id = $1 and k.incident_id = i.id and k.is_active"
            " cross join lateral (values"
            " ('response', k.response_due_at, k.response_warned > 0 and k.first_response_at is null, k.response_breached_at),"
            " ('resolution', k.resolution_due_at, k.resolution_warned > 0 and k.resolution_at is null, k.resolution_breached_at)"
            ") c (clock, due_at, is_near, breached_at)"
        )
        sql = start.format(columns="c.clock, c.due_at", joined=clocks) + _WITH_CLOCK[ladder.on]
        sql += " and $4::text in ('', c.clock) order by i.id, c.due_at limit $3"
        return await tx.rows(sql, tx.tenant_id, after, limit, ladder.clock)
    if ladder.on not in _WITH_STATE:
        return []
    sql = start.format(columns="'' as clock, null::timestamptz as due_at", joined="") + _WITH_STATE[ladder.on]
    return await tx.rows(sql + " and $4::integer > 0 order by i.id limit $3", tx.tenant_id, after, limit, ladder.times)


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


async def end_run(
    tx: Tx,
    run_id: UUID,
    state: str,
    because: str,
    *,
    started_at: datetime | None = None,
    left_over: timedelta | None = None,
) -> None:
    """End a run; one that ends with its first step began with it. `left_over`: what was left, should it go on."""
    await tx.run(
        "update escalation_runs set state = $3, ended_because = $4, next_step_at = null, paused_at = null, remaining = null,"
        " started_at = coalesce(started_at, $6), left_over = $7, updated_at = $5 where tenant_id = $1 and id = $2",
        *(tx.tenant_id, run_id, state, because, tx.now, started_at, left_over),
    )


async def start_run(tx: Tx, run_id: UUID, at: datetime) -> None:
    """A run has started; its first step is still to come."""
    await tx.run(
        "update escalation_runs set started_at = $3, next_step_at = $4, updated_at = $3 where tenant_id = $1 and id = $2",
        *(tx.tenant_id, run_id, tx.now, at),
    )


async def move_run(tx: Tx, run_id: UUID, started_at: datetime, to: Coming, *, reached: bool) -> None:
    """Set which step a run does next, and when; whether anybody was reached in that step's round so far."""
    await tx.run(
        "update escalation_runs set started_at = $3, step = $4, round = $5, next_step_at = $6, skipped = $7, reached = $8,"
        " updated_at = $9 where tenant_id = $1 and id = $2",
        *(tx.tenant_id, run_id, started_at, to.step, to.round, to.at, to.skipped, reached, tx.now),
    )


async def trigger_anew(tx: Tx, run_id: UUID, triggered_at: datetime, at: datetime, left: timedelta) -> None:
    """Let a run that hasn't started count from another moment; while it waits, `left` is what is left then."""
    await tx.run(
        "update escalation_runs set triggered_at = $3, next_step_at = case when paused_at is null then $4::timestamptz end,"
        " remaining = case when paused_at is not null then $5::interval end, updated_at = $6 where tenant_id = $1 and id = $2",
        *(tx.tenant_id, run_id, triggered_at, at, left, tx.now),
    )


async def hold_run(tx: Tx, run_id: UUID, left: timedelta) -> None:
    """Let a run wait; `left` is what is left of its time."""
    await tx.run(
        "update escalation_runs set paused_at = $3, remaining = $4, next_step_at = null, updated_at = $3"
        " where tenant_id = $1 and id = $2",
        *(tx.tenant_id, run_id, tx.now, left),
    )


async def release_run(tx: Tx, run_id: UUID, at: datetime) -> None:
    """Let a run that waited, or was stopped, go on."""
    await tx.run(
        "update escalation_runs set state = 'running', ended_because = null, next_step_at = $3, paused_at = null,"
        " remaining = null, left_over = null, updated_at = $4 where tenant_id = $1 and id = $2",
        *(tx.tenant_id, run_id, at, tx.now),
    )


async def stopped_by_acknowledgement(tx: Tx, incident_id: UUID) -> list[Any]:
    """The last run of each policy on an incident, where an acknowledgement stopped it after its start; locked."""
    return await tx.rows(
        "select r.* from escalation_runs r where r.tenant_id = $1 and r.incident_id = $2 and r.state = 'stopped'"
        " and r.ended_because = 'acknowledged' and r.started_at is not null and r.left_over is not null"
        " and not exists (select 1 from escalation_runs o where o.tenant_id = $1 and o.incident_id = $2"
        " and o.policy_id = r.policy_id and o.created_at > r.created_at) order by r.id for update of r",
        *(tx.tenant_id, incident_id),
    )


async def get_run(tx: Tx, run_id: UUID) -> Any:
    """A run that is at work on an incident that isn't deleted, locked until the commit; or None."""
    return await tx.row(
        "select * from escalation_runs where tenant_id = $1 and id = $2 for update", tx.tenant_id, run_id
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
    incident: UUID | str | None = None,
    policy_id: UUID | None = None,
    run_id: UUID | None = None,
    state: str | None = None,
    before: tuple[datetime, UUID] | None = None,
    limit: int,
) -> list[Any]:
    """A page of runs, newest first, of incidents that aren't deleted."""
    where, args = ["r.tenant_id = $1"], [tx.tenant_id, limit]
    column = "i.id" if isinstance(incident, UUID) else "i.reference_code"
    for name, value in ((column, incident), ("r.policy_id", policy_id), ("r.id", run_id), ("r.state", state)):
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
