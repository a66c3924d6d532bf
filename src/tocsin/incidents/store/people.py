"""SQL of `incident_reporters` and `incident_watchers`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from tocsin.base.ids import new_id
from tocsin.base.manifest import INCLUDED
from tocsin.db.tx import Tx

_WATCHERS = (
    "select w.*, u.name as user_name, t.name as team_name from incident_watchers w"
    " left join users u on u.tenant_id = $1 and u.id = w.user_id"
    " left join teams t on t.tenant_id = $1 and t.id = w.team_id"
)


INCLUDED_WATCHERS = (
    f"(select jsonb_agg(to_jsonb(x) order by x.created_at, x.id) from ({_WATCHERS} where w.tenant_id = $1"
    f" and w.incident_id = p.id and w.reason <> 'muted' order by w.created_at, w.id limit {INCLUDED + 1}) x)"
)


async def find_reporter(tx: Tx, email: str | None, name: str) -> Any:
    """A reporter by e-mail, or by the same name when there is no e-mail; the first recorded wins."""
    if email is not None:
        return await tx.row(
            "select * from incident_reporters where tenant_id = $1 and email = $2 order by id limit 1",
            tx.tenant_id,
            email,
        )
    return await tx.row(
        "select * from incident_reporters where tenant_id = $1 and name = $2 and email is null order by id limit 1",
        tx.tenant_id,
        name,
    )


async def add_reporter(tx: Tx, name: str, email: str | None, phone: str | None, organization: str | None) -> UUID:
    """Record somebody outside."""
    reporter_id = new_id()
    await tx.run(
        "insert into incident_reporters (tenant_id, id, name, email, phone, organization, created_at, updated_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $7)",
        *(tx.tenant_id, reporter_id, name, email, phone, organization, tx.now),
    )
    return reporter_id


async def get_reporter(tx: Tx, reporter_id: UUID) -> Any:
    """A reporter, or None."""
    return await tx.row("select * from incident_reporters where tenant_id = $1 and id = $2", tx.tenant_id, reporter_id)


async def watchers(tx: Tx, incident_id: UUID, *, also_quiet: bool = False) -> list[Any]:
    """Who watches an incident, in the order they came, with the names of members and teams.

    `also_quiet`: with the members who don't watch it themselves but want to hear nothing, however it reaches them.
    """
    watching = "" if also_quiet else " and w.reason <> 'muted'"
    return await tx.rows(
        f"{_WATCHERS} where w.tenant_id = $1 and w.incident_id = $2{watching} order by w.created_at, w.id",
        tx.tenant_id,
        incident_id,
    )


async def add_watcher(
    tx: Tx, incident_id: UUID, *, user_id: UUID | None, team_id: UUID | None, email: str | None, reason: str
) -> UUID | None:
    """Add a watcher; None when it watches already."""
    found: UUID | None = await tx.value(
        "insert into incident_watchers (tenant_id, id, incident_id, user_id, team_id, email, reason, created_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing returning id",
        *(tx.tenant_id, new_id(), incident_id, user_id, team_id, email, reason, tx.now),
    )
    return found


async def show_quiet(tx: Tx, incident_id: UUID, user_id: UUID, *, reason: str, is_muted: bool) -> UUID | None:
    """Let a member who only wants to hear nothing of an incident watch it; None for who does not, or watches already."""
    found: UUID | None = await tx.value(
        "update incident_watchers set reason = $4, is_muted = $5"
        " where tenant_id = $1 and incident_id = $2 and user_id = $3 and reason = 'muted' returning id",
        *(tx.tenant_id, incident_id, user_id, reason, is_muted),
    )
    return found


async def get_watcher(tx: Tx, incident_id: UUID, watcher_id: UUID) -> Any:
    """One watcher of an incident, with the name of the member or team; or None."""
    return await tx.row(
        f"{_WATCHERS} where w.tenant_id = $1 and w.incident_id = $2 and w.id = $3",
        tx.tenant_id,
        incident_id,
        watcher_id,
    )


async def watch_of(tx: Tx, incident_id: UUID, user_id: UUID) -> Any:
    """A member's own watch of an incident, or None."""
    return await tx.row(
        "select * from incident_watchers where tenant_id = $1 and incident_id = $2 and user_id = $3",
        *(tx.tenant_id, incident_id, user_id),
    )


async def mute(tx: Tx, watcher_id: UUID, *, is_muted: bool) -> None:
    """Let a watcher hear nothing, or something again."""
    await tx.run(
        "update incident_watchers set is_muted = $3 where tenant_id = $1 and id = $2",
        tx.tenant_id,
        watcher_id,
        is_muted,
    )


async def remove_watcher(tx: Tx, watcher_id: UUID) -> None:
    """Take a watcher off."""
    await tx.run("delete from incident_watchers where tenant_id = $1 and id = $2", tx.tenant_id, watcher_id)


async def of_organizations(tx: Tx, names: Sequence[str], most: int) -> list[UUID]:
    """The reporters of some organisations, by their lower-case names."""
    rows = await tx.rows(
        "select r.id from incident_reporters r where r.tenant_id = $1 and r.organization_key = any ($2) limit $3",
        *(tx.tenant_id, list(names), most),
    )
    return [row["id"] for row in rows]


async def called(tx: Tx, texts: Sequence[str], most: int) -> list[UUID]:
    """Members and reporters with one of some e-mail addresses or names."""
    rows = await tx.rows(
        "select u.id from users u where u.tenant_id = $1 and (u.email = any ($2) or u.name = any ($3)) union all select r.id"
        " from incident_reporters r where r.tenant_id = $1 and (r.email = any ($2) or r.name = any ($3)) limit $4",
        *(
            tx.tenant_id,
            [text.lower() for text in texts if "@" in text],
            [text for text in texts if "@" not in text],
            most,
        ),
    )
    return [row["id"] for row in rows]
