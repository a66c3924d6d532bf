"""Watchers (CC): members, teams, or outside addresses, which get public updates only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from tocsin.access import permissions, service as access
from tocsin.base.actor import Actor
from tocsin.base.errors import NotFound, Refused, invalid
from tocsin.base.ids import parse_id
from tocsin.db.tx import Tx
from tocsin.incidents import events, store
from tocsin.incidents.model import Incident
from tocsin.incidents.service.access import lock, see


async def list_watchers(tx: Tx, actor: Actor, ref: str | UUID) -> list[Any]:
    """Everybody who watches an incident. Raises `NotFound`."""
    actor.must(permissions.VIEW)
    incident = await see(tx, actor, ref)
    return await store.people.watchers(tx, incident.id)


async def get_watcher(tx: Tx, actor: Actor, ref: str | UUID, watcher: str) -> Any:
    """One watcher of an incident. Raises `NotFound`."""
    actor.must(permissions.VIEW)
    return await _row(tx, (await see(tx, actor, ref)).id, watcher)


async def add_watcher(
    tx: Tx, actor: Actor, ref: str | UUID, *, user: str | None, team: str | None, email: str | None
) -> Any:
    """Add a member, a team or an address; the watcher's row. Raises `Invalid`, `Refused` when it watches already."""
    actor.must(permissions.UPDATE)
    incident = await lock(tx, actor, ref)
    if sum(value is not None for value in (user, team, email)) != 1:
        raise invalid("user", "Name one of user, team or email.")
    member = await access.find_user(tx, user, "user", actor) if user is not None else None
    group = await access.find_team(tx, team, "team") if team is not None else None
    address = access.clean_email(email) if email is not None else None
    user_id, team_id = member.id if member else None, group.id if group else None
    watcher_id = await store.people.add_watcher(
        tx, incident.id, user_id=user_id, team_id=team_id, email=address, reason="added"
    )
    if watcher_id is None and member is not None:  # who only wants to hear nothing watches from now on, as quietly
        quiet = member.id != actor.id
        watcher_id = await store.people.show_quiet(tx, incident.id, member.id, reason="added", is_muted=quiet)
    if watcher_id is None:
        raise Refused("They watch the incident already.")
    await store.record.update(tx, incident.id, {})
    facts = {"user": user_id, "team": team_id, "reason": "added"}
    texts = {"email": address} if address else {}
    tx.emit(events.WatcherAdded(actor=actor, incident_id=incident.id, facts=facts, texts=texts))
    return await store.people.get_watcher(tx, incident.id, watcher_id)


async def follow(tx: Tx, actor: Actor, incident: Incident, members: Iterable[UUID], reason: str) -> list[UUID]:
    """Make members watch a locked incident, such as who comments or is mentioned; the ids of those who didn't yet."""
    added = []
    for user_id in members:
        row_id = await store.people.add_watcher(
            tx, incident.id, user_id=user_id, team_id=None, email=None, reason=reason
        )
        if row_id is not None:
            added.append(user_id)
            facts = {"user": user_id, "team": None, "reason": reason}
            tx.emit(events.WatcherAdded(actor=actor, incident_id=incident.id, facts=facts))
    return added


MUTED = "muted"
"""The reason of a row that says no more than that a member, who may watch through a team, wants to hear nothing."""


async def mute(tx: Tx, actor: Actor, ref: str | UUID) -> UUID:
    """Hear nothing of an incident any more, however one watches it. Raises `NotFound`, `Refused` when it is so already."""
    actor.must(permissions.VIEW)
    incident, row = await _own(tx, actor, ref)
    if row is not None and row["is_muted"]:
        raise Refused("You hear nothing of it already.")
    watcher_id = row["id"] if row is not None else None
    if watcher_id is None:
        own: dict[str, Any] = {"user_id": actor.id, "team_id": None, "email": None}
        watcher_id = await store.people.add_watcher(tx, incident.id, **own, reason=MUTED)
    if watcher_id is not None:
        await store.people.mute(tx, watcher_id, is_muted=True)
    await store.record.update(tx, incident.id, {})
    tx.emit(events.WatcherMuted(actor=actor, incident_id=incident.id, facts={"user": actor.id}))
    return incident.id


async def unmute(tx: Tx, actor: Actor, ref: str | UUID) -> UUID:
    """Hear of an incident again. Raises `NotFound`, `Refused` when one does."""
    actor.must(permissions.VIEW)
    incident, row = await _own(tx, actor, ref)
    if row is None or not row["is_muted"]:
        raise Refused("You have not muted it.")
    if row["reason"] == MUTED:
        await store.people.remove_watcher(tx, row["id"])
    else:
        await store.people.mute(tx, row["id"], is_muted=False)
    await store.record.update(tx, incident.id, {})
    tx.emit(events.WatcherUnmuted(actor=actor, incident_id=incident.id, facts={"user": actor.id}))
    return incident.id


async def _own(tx: Tx, actor: Actor, ref: str | UUID) -> tuple[Incident, Any]:
    incident = await lock(tx, actor, ref)
    if actor.kind != "person" or actor.id is None:
        raise Refused("Only people hear of incidents.")
    return incident, await store.people.watch_of(tx, incident.id, actor.id)


async def remove_watcher(tx: Tx, actor: Actor, ref: str | UUID, watcher: str) -> None:
    """Take a watcher off. Raises `NotFound`."""
    actor.must(permissions.UPDATE)
    incident = await lock(tx, actor, ref)
    row = await _row(tx, incident.id, watcher)
    await store.people.remove_watcher(tx, row["id"])
    await store.record.update(tx, incident.id, {})
    facts = {"user": row["user_id"], "team": row["team_id"]}
    texts = {"email": row["email"]} if row["email"] else {}
    tx.emit(events.WatcherRemoved(actor=actor, incident_id=incident.id, facts=facts, texts=texts))


async def _row(tx: Tx, incident_id: UUID, watcher: str) -> Any:
    watcher_id = parse_id(watcher)
    row = await store.people.get_watcher(tx, incident_id, watcher_id) if watcher_id is not None else None
    if row is None:
        raise NotFound
    return row
