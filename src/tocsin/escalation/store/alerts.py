"""SQL of `escalation_alerts`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.db.tx import Tx
from tocsin.escalation.rules.personal import Rule

DUE = """
select a.tenant_id, a.id, a.next_at as due_at
from escalation_alerts a join tenants t on t.id = a.tenant_id
where a.next_at <= $1 and t.state = 'active' and t.kind = 'live' and not 'escalation' = any (t.disabled_modules)
order by a.next_at, a.tenant_id, a.id limit $2
"""

NEXT_DUE = """
select id, next_at as due_at from escalation_alerts
where tenant_id = $1 and next_at is not null order by next_at, id limit $2
"""


async def begin_alert(
    tx: Tx,
    alert_id: UUID,
    incident_id: UUID,
    user_id: UUID,
    run_id: UUID | None,
    occasion: str,
    reason: str,
    rules: Sequence[Rule],
) -> bool:
    """Begin to tell somebody; False when they were told on this occasion."""
    sql = (
        "insert into escalation_alerts (tenant_id, id, incident_id, user_id, run_id, occasion, reason, rules, started_at,"
        " next_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $9)"
        " on conflict (tenant_id, occasion, user_id) do nothing"
    )
    args = (tx.tenant_id, alert_id, incident_id, user_id, run_id, occasion, reason, rules, tx.now)
    return await tx.run(sql, *args) == 1


_END = "state = 'stopped', next_at = null, updated_at = $3"


async def replace_alerts(tx: Tx, incident_id: UUID, user_id: UUID, by: UUID) -> None:
    """End what else somebody is being told about an incident."""
    await tx.run(
        f"update escalation_alerts set {_END}, ended_because = 'replaced' where tenant_id = $1 and incident_id = $2"
        " and user_id = $4 and id <> $5 and state = 'running'",
        *(tx.tenant_id, incident_id, tx.now, user_id, by),
    )


async def stop_alerts(tx: Tx, incident_id: UUID, because: str) -> None:
    """Tell nobody any further about an incident."""
    await tx.run(
        f"update escalation_alerts set {_END}, ended_because = $4 where tenant_id = $1 and incident_id = $2"
        " and state = 'running'",
        *(tx.tenant_id, incident_id, tx.now, because),
    )


async def stop_alerts_of_run(tx: Tx, run_id: UUID, because: str) -> None:
    """Tell nobody any further of what a run has begun."""
    await tx.run(
        f"update escalation_alerts set {_END}, ended_because = $4 where tenant_id = $1 and run_id = $2"
        " and state = 'running'",
        *(tx.tenant_id, run_id, tx.now, because),
    )


async def stop_alerts_by_policy(tx: Tx, incident_id: UUID, fact: str) -> None:
    """Tell nobody any further about an incident of what runs have begun that a fact stops, also those that are done."""
    await tx.run(
        f"update escalation_alerts a set {_END}, ended_because = $4 from escalation_runs r where a.tenant_id = $1"
        " and a.incident_id = $2 and a.state = 'running' and r.tenant_id = $1 and r.id = a.run_id"
        " and r.snapshot -> 'stop_on' @> to_jsonb($4::text)",
        *(tx.tenant_id, incident_id, tx.now, fact),
    )


async def stop_alerts_of_policy(tx: Tx, policy_id: UUID, because: str) -> None:
    """Tell nobody any further of what a policy's runs have begun."""
    await tx.run(
        f"update escalation_alerts a set {_END}, ended_because = $4 from escalation_runs r where a.tenant_id = $1"
        " and a.state = 'running' and r.tenant_id = $1 and r.id = a.run_id and r.policy_id = $2",
        *(tx.tenant_id, policy_id, tx.now, because),
    )


async def end_alert(tx: Tx, alert_id: UUID, state: str, because: str, step: int | None = None) -> None:
    """End an alert."""
    await tx.run(
        "update escalation_alerts set state = $3, ended_because = $4, next_at = null, step = coalesce($5, step),"
        " updated_at = $6 where tenant_id = $1 and id = $2",
        *(tx.tenant_id, alert_id, state, because, step, tx.now),
    )


async def move_alert(tx: Tx, alert_id: UUID, step: int, at: datetime) -> None:
    """Set how many rules are done, and when the next one is due."""
    await tx.run(
        "update escalation_alerts set step = $3, next_at = $4, updated_at = $5 where tenant_id = $1 and id = $2",
        *(tx.tenant_id, alert_id, step, at, tx.now),
    )


async def incident_of_alert(tx: Tx, alert_id: UUID) -> UUID | None:
    """The incident of an alert, or None."""
    found: UUID | None = await tx.value(
        "select incident_id from escalation_alerts where tenant_id = $1 and id = $2", tx.tenant_id, alert_id
    )
    return found


async def get_alert(tx: Tx, alert_id: UUID) -> Any:
    """An alert, or None."""
    return await tx.row("select * from escalation_alerts where tenant_id = $1 and id = $2", tx.tenant_id, alert_id)


async def lock_alert(tx: Tx, alert_id: UUID) -> Any:
    """An alert, locked until the commit."""
    return await tx.row(
        "select * from escalation_alerts where tenant_id = $1 and id = $2 for update", tx.tenant_id, alert_id
    )


async def lock_due_alert(tx: Tx, alert_id: UUID) -> Any:
    """An alert that is due, locked until the commit; None when it isn't any more or somebody else has it."""
    return await tx.row(
        "select * from escalation_alerts where tenant_id = $1 and id = $2 and next_at <= $3 for update skip locked",
        *(tx.tenant_id, alert_id, tx.now),
    )


async def alerts(tx: Tx, incident_id: UUID, before: tuple[datetime, UUID] | None, limit: int) -> list[Any]:
    """A page of the alerts about an incident, the latest first, with the people's names."""
    keyset, args = "", [tx.tenant_id, incident_id, limit]
    if before is not None:
        args += before
        keyset = " and (a.started_at, a.id) < ($4, $5)"
    return await tx.rows(
        "select a.*, u.name as user_name from escalation_alerts a join users u on u.tenant_id = $1 and u.id = a.user_id"
        f" where a.tenant_id = $1 and a.incident_id = $2{keyset} order by a.started_at desc, a.id desc limit $3",
        *args,
    )
