"""SQL of `incident_comment_mentions`."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from tocsin.db.tx import Tx


async def replace(tx: Tx, comment_id: UUID, users: Sequence[UUID]) -> list[UUID]:
    """Whom a comment mentions, instead of those before; the ids of the new ones, in their order."""
    rows = await tx.rows(
        "select user_id from incident_comment_mentions where tenant_id = $1 and comment_id = $2",
        tx.tenant_id,
        comment_id,
    )
    before = {row["user_id"] for row in rows}
    gone = sorted(before - set(users))
    if gone:
        await tx.run(
            "delete from incident_comment_mentions where tenant_id = $1 and comment_id = $2 and user_id = any ($3)",
            *(tx.tenant_id, comment_id, gone),
        )
    added = [user for user in users if user not in before]
    if added:
        await tx.run_many(
            "insert into incident_comment_mentions (tenant_id, comment_id, user_id) values ($1, $2, $3)",
            [(tx.tenant_id, comment_id, user) for user in added],
        )
    return added
