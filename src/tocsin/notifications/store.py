"""SQL of `notification_deliveries`, and the addresses in `users`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.db.tx import Tx

_SHOWN = (
    "id, kind, incident_id, user_id, reporter_id, channel, address, subject, state, attempts, next_attempt_at, last_error,"
    " created_at, sent_at"
)

DUE = """
select d.tenant_id, d.id, d.next_attempt_at as due_at from notification_deliveries d join tenants t on t.id = d.tenant_id
where d.next_attempt_at <= $1 and t.state = 'active' and t.kind = 'live' and not 'notifications' = any (t.disabled_modules)
order by d.next_attempt_at, d.tenant_id, d.id limit $2
"""

NEXT_DUE = (
    "select id, next_attempt_at as due_at from notification_deliveries where tenant_id = $1 and next_attempt_at is not null"
    " order by next_attempt_at, id limit $2"
)


async def members(tx: Tx, user_ids: Sequence[UUID]) -> list[Any]:
    """Active members of these ids, by name, with kind and addresses."""
    return await tx.rows(
        "select id, name, email, phone, kind from users where tenant_id = $1 and id = any ($2) and is_active order by name, id",
        tx.tenant_id,
        list(user_ids),
    )


async def insert(tx: Tx, row: dict[str, Any]) -> bool:
    """Add a delivery; False when one with its dedupe key exists."""
    return (
        await tx.run(
            "insert into notification_deliveries (tenant_id, id, dedupe_key, kind, incident_id, user_id, reporter_id, channel,"
            " address, subject, body, headers, state, next_attempt_at, last_error, link, link_text, created_at)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)"
            " on conflict (tenant_id, dedupe_key) do nothing",
            tx.tenant_id,
            *(row[name] for name in ("id", "dedupe_key", "kind", "incident_id", "user_id", "reporter_id", "channel")),
            *(
                row[name]
                for name in ("address", "subject", "body", "headers", "state", "next_attempt_at", "last_error")
            ),
            *(row[name] for name in ("link", "link_text")),
            tx.now,
        )
        == 1
    )


async def claim(tx: Tx, delivery_id: UUID, lease_until: datetime) -> Any:
    """Take a due delivery for one attempt: counted at once, and due again at `lease_until` should we die. None: not due."""
    return await tx.row(
        "update notification_deliveries set attempts = attempts + 1, next_attempt_at = $4"
        " where tenant_id = $1 and id = (select id from notification_deliveries where tenant_id = $1 and id = $2"
        " and state = 'pending' and next_attempt_at <= $3 for update skip locked) returning *",
        tx.tenant_id,
        delivery_id,
        tx.now,
        lease_until,
    )


async def settle(
    tx: Tx,
    delivery_id: UUID,
    attempt: int,
    *,
    state: str,
    next_attempt_at: datetime | None,
    error: str | None,
    sent_at: datetime | None,
) -> bool:
    """Write how an attempt ended; False when the delivery has moved on since that attempt."""
    return (
        await tx.run(
            "update notification_deliveries set state = $4, next_attempt_at = $5, last_error = $6, sent_at = $7"
            " where tenant_id = $1 and id = $2 and attempts = $3 and state = 'pending'",
            tx.tenant_id,
            delivery_id,
            attempt,
            state,
            next_attempt_at,
            error,
            sent_at,
        )
        == 1
    )


async def get(tx: Tx, delivery_id: UUID) -> Any:
    """One delivery, or None."""
    return await tx.row(
        f"select {_SHOWN}, body, headers from notification_deliveries where tenant_id = $1 and id = $2",
        tx.tenant_id,
        delivery_id,
    )


async def lock(tx: Tx, delivery_id: UUID) -> Any:
    """One delivery, locked until the commit, or None."""
    return await tx.row(
        "select id, state from notification_deliveries where tenant_id = $1 and id = $2 for update",
        tx.tenant_id,
        delivery_id,
    )


async def restart(tx: Tx, delivery_id: UUID) -> None:
    """Let a failed delivery begin anew; its Message-ID stays."""
    await tx.run(
        "update notification_deliveries set state = 'pending', attempts = 0, next_attempt_at = $3"
        " where tenant_id = $1 and id = $2",
        tx.tenant_id,
        delivery_id,
        tx.now,
    )


async def page(
    tx: Tx, *, state: str | None, incident_id: UUID | None, before: tuple[datetime, UUID] | None, limit: int
) -> list[Any]:
    """A page of deliveries, newest first."""
    where, args = ["tenant_id = $1"], [tx.tenant_id, limit]
    for column, value in (("state", state), ("incident_id", incident_id)):
        if value is not None:
            args.append(value)
            where.append(f"{column} = ${len(args)}")
    if before is not None:
        args += before
        where.append(f"(created_at, id) < (${len(args) - 1}, ${len(args)})")
    return await tx.rows(
        f"select {_SHOWN} from notification_deliveries where {' and '.join(where)}"
        " order by created_at desc, id desc limit $2",
        *args,
    )


async def figures(tx: Tx, since: datetime) -> dict[str, int]:
    """How many deliveries made since a moment are in which state."""
    rows = await tx.rows(
        "select state, count(*) as number from notification_deliveries where tenant_id = $1 and created_at >= $2"
        " group by state",
        tx.tenant_id,
        since,
    )
    return {row["state"]: row["number"] for row in rows}


# --------------------------------------------------------------------------------------------------------- channels


async def channels(tx: Tx, user_ids: Sequence[UUID]) -> list[Any]:
    """The channels of some members, in the order in which they were added."""
    return await tx.rows(
        "select id, user_id, kind, address, verified_at from user_channels where tenant_id = $1 and user_id = any ($2)"
        " order by user_id, id",
        tx.tenant_id,
        list(user_ids),
    )


async def channel(tx: Tx, user_id: UUID, channel_id: UUID) -> Any:
    """A channel of somebody, or None."""
    return await tx.row(
        "select * from user_channels where tenant_id = $1 and id = $3 and user_id = $2",
        tx.tenant_id,
        user_id,
        channel_id,
    )


async def add_channel(tx: Tx, channel_id: UUID, user_id: UUID, kind: str, address: str) -> bool:
    """Add a channel; False when the person has it."""
    sql = (
        "insert into user_channels (tenant_id, id, user_id, kind, address, created_at) values ($1, $2, $3, $4, $5, $6)"
        " on conflict (tenant_id, user_id, kind, address) do nothing"
    )
    return await tx.run(sql, tx.tenant_id, channel_id, user_id, kind, address, tx.now) == 1


async def set_code(tx: Tx, channel_id: UUID, code_hash: bytes, at: datetime) -> None:
    """Keep a fresh code's hash; guesses begin anew."""
    await tx.run(
        "update user_channels set code_hash = $3, code_sent_at = $4, guesses = 0 where tenant_id = $1 and id = $2",
        *(tx.tenant_id, channel_id, code_hash, at),
    )


async def count_guess(tx: Tx, channel_id: UUID, most: int) -> bool:
    """Count a guess at a code; False when there were too many."""
    sql = "update user_channels set guesses = guesses + 1 where tenant_id = $1 and id = $2 and guesses < $3"
    return await tx.run(sql, tx.tenant_id, channel_id, most) == 1


async def set_verified(tx: Tx, channel_id: UUID) -> None:
    """A channel is its person's; the code is spent."""
    await tx.run(
        "update user_channels set verified_at = $3, code_hash = null, code_sent_at = null where tenant_id = $1 and id = $2",
        *(tx.tenant_id, channel_id, tx.now),
    )


async def remove_channel(tx: Tx, channel_id: UUID) -> None:
    """Remove a channel."""
    await tx.run("delete from user_channels where tenant_id = $1 and id = $2", tx.tenant_id, channel_id)


# --------------------------------------------------------------------------------------------------------- gateways


async def gateways(tx: Tx) -> list[Any]:
    """The tenant's own gateways, by channel."""
    return await tx.rows(
        "select id, channel, host, has_secret, updated_at from notification_gateways where tenant_id = $1 order by channel",
        tx.tenant_id,
    )


async def gateway_of(tx: Tx, channel: str) -> Any:
    """The tenant's own gateway for a channel, or None."""
    sql = "select * from notification_gateways where tenant_id = $1 and channel = $2"
    return await tx.row(sql, tx.tenant_id, channel)


async def gateway(tx: Tx, gateway_id: UUID) -> Any:
    """A gateway by its id, or None."""
    return await tx.row(
        "select * from notification_gateways where tenant_id = $1 and id = $2", tx.tenant_id, gateway_id
    )


async def set_gateway(
    tx: Tx, gateway_id: UUID, channel: str, host: str, sealed: bytes, by: UUID | None, *, has_secret: bool
) -> Any:
    """Keep a channel's gateway instead of the one it may have; its row."""
    return await tx.row(
        "insert into notification_gateways (tenant_id, id, channel, host, has_secret, sealed, updated_by_id, updated_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (tenant_id, channel) do update set host = excluded.host,"
        " has_secret = excluded.has_secret, sealed = excluded.sealed, updated_by_id = excluded.updated_by_id,"
        " updated_at = excluded.updated_at returning id, channel, host, has_secret, updated_at",
        *(tx.tenant_id, gateway_id, channel, host, has_secret, sealed, by, tx.now),
    )


async def remove_gateway(tx: Tx, gateway_id: UUID) -> None:
    """Forget a gateway."""
    await tx.run("delete from notification_gateways where tenant_id = $1 and id = $2", tx.tenant_id, gateway_id)
