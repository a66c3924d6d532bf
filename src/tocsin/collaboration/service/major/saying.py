"""What is said of a major incident while it lasts: inside, or to everybody who reported or watches."""

from __future__ import annotations

from uuid import UUID

from tocsin.access import permissions, service as access
from tocsin.activity.model import RecordedEvent
from tocsin.base import markup
from tocsin.base.actor import Actor
from tocsin.base.errors import Forbidden, NotFound, invalid
from tocsin.base.ids import new_id
from tocsin.base.paging import Page
from tocsin.collaboration import events, store
from tocsin.collaboration.service.major.leading import found, must_last
from tocsin.collaboration.service.major.shapes import ROLES, MajorUpdate, NewUpdate, update_from
from tocsin.collaboration.service.pages import ListQuery, find_child, must_read, public_only, read_page
from tocsin.db.tx import Tx
from tocsin.incidents import service as incidents
from tocsin.notifications import service as notifications

UPDATE_LIMIT = 20_000


async def list_updates(tx: Tx, actor: Actor, ref: str | UUID, query: ListQuery) -> Page[MajorUpdate]:
    """A page of updates, those of former times it was a major incident too; only the public ones for whom internal work
    is hidden. Raises `NotFound`, `Invalid`.
    """
    must_read(actor)
    incident = await incidents.see(tx, actor, ref)
    rows, cursor = await read_page(store.major.page, tx, actor, incident.id, query, "major-updates")
    return Page([update_from(row) for row in rows], cursor)


async def get_update(tx: Tx, actor: Actor, ref: str | UUID, update: str | UUID) -> MajorUpdate:
    """One update. Raises `NotFound`, also for an internal one that the actor may not see."""
    must_read(actor)
    incident = await incidents.see(tx, actor, ref)
    row = await find_child(store.major.get_update, tx, incident.id, update)
    if row is None or (row["is_internal"] and public_only(actor)):
        raise NotFound
    return update_from(row)


async def post_update(tx: Tx, actor: Actor, ref: str | UUID, given: NewUpdate) -> MajorUpdate:
    """Say how it stands. Raises `Invalid`, `NotFound`, `Refused` once it is stood down."""
    actor.must(permissions.UPDATE)
    if given.is_internal and public_only(actor):
        raise Forbidden("Internal updates need the permission {wanted}.", wanted=permissions.VIEW)
    if not given.body.strip():
        raise invalid("body", "Write something.")
    if len(given.body) > UPDATE_LIMIT:
        raise invalid("body", "Give at most {limit} characters.", limit=UPDATE_LIMIT)
    html = await markup.rendered(given.body)
    incident = await incidents.lock(tx, actor, ref)
    row = must_last(incident, await found(tx, incident))
    stage = given.stage or row["stage"]
    update_id = new_id()
    await store.major.insert_update(
        tx,
        {
            "id": update_id,
            "incident_id": incident.id,
            "major_id": row["id"],
            "user_id": actor.id,
            "stage": stage,
            "body": given.body,
            "body_html": html,
            "is_internal": given.is_internal,
            "created_at": tx.now,
        },
    )
    if stage != row["stage"]:
        await store.major.update(tx, row["id"], {"stage": stage})
    await incidents.changed(tx, incident)
    facts = {
        "major": row["id"],
        "update": update_id,
        "stage": stage,
        "before": row["stage"],
        "is_internal": given.is_internal,
    }
    tx.emit(events.MajorUpdatePosted(actor=actor, incident_id=incident.id, facts=facts))
    return update_from(await store.major.get_update(tx, incident.id, update_id))


async def tell_declared(tx: Tx, event: RecordedEvent) -> None:
    """Tell the managers, the team and the watching members; the job behind `MajorDeclared`."""
    incident = await incidents.look_up(tx, event.incident_id) if event.incident_id is not None else None
    if incident is None:
        return
    managers = set(await access.users_with_role(tx, "manager"))
    team = set(await access.team_members(tx, [incident.team_id])) if incident.team_id is not None else set()
    people = await notifications.members(tx, sorted((managers | team) - {event.actor_id}))
    watching = await incidents.watching_members(tx, incident)
    known = {one.user_id for one in people} | {event.actor_id}
    await notifications.notify(
        tx,
        kind="MajorDeclared",
        incident_id=incident.id,
        recipients=[*people, *(one for one in watching if one.user_id not in known)],
        subject=f"[{incident.reference_code}] Major incident: {incident.title}",
        body=f"{await incidents.describe(tx, incident)}\nReason: {event.data.get('reason', '')}\n{await _led_by(tx, event)}",
        dedupe=f"major:{event.data['major']}",
    )


async def _led_by(tx: Tx, event: RecordedEvent) -> str:
    """Who has which role, a line each."""
    held = {name: UUID(event.data[name]) for name in ROLES if event.data.get(name)}
    names = await access.names(tx, set(held.values()))
    return "".join(f"{name.capitalize()}: {names[person]}\n" for name, person in held.items() if person in names)


async def tell_role(tx: Tx, event: RecordedEvent) -> None:
    """Tell who was given a role, unless they took it themselves; the job behind `MajorRoleChanged`."""
    given_to = event.data["to"]
    incident = await incidents.look_up(tx, event.incident_id) if event.incident_id is not None else None
    if incident is None or given_to is None or UUID(given_to) == event.actor_id:
        return
    await notifications.notify(
        tx,
        kind="MajorRoleChanged",
        incident_id=incident.id,
        recipients=await notifications.members(tx, [UUID(given_to)]),
        subject=f"[{incident.reference_code}] {_ROLES[event.data['role']]}: {incident.title}",
        body=f"{await incidents.describe(tx, incident)}\nYour role in this major incident: {event.data['role']}\n",
        dedupe=f"event:{event.id}",
    )


_ROLES = {
    "commander": "You lead the major incident",
    "communications": "You speak for the major incident",
    "scribe": "You write down the major incident",
}


async def tell_update(tx: Tx, event: RecordedEvent) -> None:
    """Tell who reported and who watches of a public update; the job behind `MajorUpdatePosted`. Public words only."""
    if event.data["is_internal"] or event.incident_id is None:
        return
    incident = await incidents.look_up(tx, event.incident_id)
    row = await store.major.get_update(tx, event.incident_id, UUID(event.data["update"]))
    if incident is None or row is None:
        return
    audience = await incidents.public_audience(tx, incident, without=event.actor_id)
    lines = [row["body"], "", f"Reference: {incident.reference_code}", f"Subject: {incident.title}", ""]
    await notifications.notify(
        tx,
        kind="MajorUpdatePosted",
        incident_id=incident.id,
        recipients=audience,
        subject=f"[{incident.reference_code}] Status update: {incident.title}",
        body="\n".join(lines),
        dedupe=f"major-update:{row['id']}",
    )
