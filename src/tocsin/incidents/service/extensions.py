"""A later due time: asked for by one, decided by another, before it is due. The original stays known."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from tocsin.access import permissions
from tocsin.activity.model import Event
from tocsin.base.actor import Actor, system_actor
from tocsin.base.clock import check_moment
from tocsin.base.errors import Forbidden, NotFound, Refused, invalid
from tocsin.base.ids import parse_id
from tocsin.base.paging import Page, check_limit, decode_cursor, encode_cursor
from tocsin.db.tx import Tx
from tocsin.incidents import store
from tocsin.incidents.model import Incident
from tocsin.incidents.service.access import lock, see
from tocsin.incidents.service.clock import note_due, sync_clock
from tocsin.incidents.service.create import check_text
from tocsin.sla import events as sla_events, service as sla
from tocsin.sla.model import EXTENSION_STATES, Clocks, ExtensionView, extension_from

Decision = Literal["approved", "rejected", "withdrawn", "expired"]
ENDS = ("SlaBreached", "IncidentResolved", "IncidentClosed", "IncidentMerged")
"""Events after which nobody can decide any more."""


async def request_extension(tx: Tx, actor: Actor, ref: str | UUID, *, due_at: datetime, reason: str) -> ExtensionView:
    """Ask for a later due time. Raises `Invalid` for a time that is past or not later, and without a reason; `Refused` where
    nothing is due any more, for a breached clock, beside another request, and beyond what the policy allows.
    """
    actor.must(permissions.UPDATE)
    incident = await lock(tx, actor, ref)
    words = (check_text(reason, "reason", 2000) or "").strip()
    if not words:
        raise invalid("reason", "Say why more time is needed.")
    wanted = check_moment(due_at, "due_at")
    if wanted <= tx.now:
        raise invalid("due_at", "Give a time in the future.")
    clocks = await _running(tx, incident)
    assert clocks.resolution_due_at is not None
    if wanted <= clocks.resolution_due_at:
        raise invalid("due_at", "Give a time later than it is due now.")
    if await store.extensions.pending(tx, incident.id) is not None:
        raise Refused("A later due time was asked for already; it waits for an answer.")
    most = await sla.most_extensions(tx, incident.id)
    if most is not None and await store.extensions.count(tx, incident.id, "approved") >= most:
        raise Refused(
            "This incident has had all the extensions that its service-level policy allows ({most}).", most=most
        )
    if actor.id is None:
        raise Forbidden("Only a member can ask for more time.")
    extension_id = await store.extensions.insert(
        tx, incident.id, due_at=wanted, original_due_at=clocks.resolution_due_at, reason=words, by=actor.id
    )
    facts = {"extension": extension_id, "due_at": wanted, "from": clocks.resolution_due_at}
    tx.emit(sla_events.ExtensionRequested(actor=actor, incident_id=incident.id, facts=facts, texts={"reason": words}))
    return extension_from(await store.extensions.get(tx, incident.id, extension_id))


async def decide_extension(
    tx: Tx, actor: Actor, ref: str | UUID, extension: str, *, approve: bool, note: str | None = None
) -> ExtensionView:
    """Approve or reject a later due time that somebody else asked for. Raises `NotFound`, and `Refused` for one's own, one
    that was decided, and one whose time is past or whose incident is breached or no longer open.
    """
    actor.must(permissions.EXTENSIONS_DECIDE)
    incident = await lock(tx, actor, ref)
    row = await _pending(tx, incident, extension)
    note = check_text(note, "note", 2000)
    if row["requested_by_id"] == actor.id:
        raise Refused("Somebody else decides on what you have asked for yourself.")
    if approve:
        await _running(tx, incident)
        if row["due_at"] <= tx.now:
            raise Refused("The time that was asked for is past.")
        clocks = await sla.extend(tx, incident.id, row["due_at"])
        await store.record.update(tx, incident.id, {})
        await sync_clock(tx, incident.id, clocks)
    return await _decided(tx, actor, incident, row, "approved" if approve else "rejected", note)


async def withdraw_extension(
    tx: Tx, actor: Actor, ref: str | UUID, extension: str, *, note: str | None = None
) -> ExtensionView:
    """Take back what one has asked for oneself. Raises `NotFound`, and `Refused` for what others asked and what is decided."""
    actor.must(permissions.UPDATE)
    incident = await lock(tx, actor, ref)
    row = await _pending(tx, incident, extension)
    if row["requested_by_id"] != actor.id:
        raise Refused("Only who asked for it can withdraw it.")
    return await _decided(tx, actor, incident, row, "withdrawn", check_text(note, "note", 2000))


async def expire_extension(tx: Tx, event: Event) -> None:
    """A reaction: what was not decided before the incident was due, or before it ended, is decided no more."""
    if event.incident_id is None or event.facts.get("clock", "resolution") != "resolution":
        return
    row = await store.extensions.pending(tx, event.incident_id)
    if row is None:
        return
    await store.extensions.decide(tx, row["id"], "expired", None, None)
    facts = {"extension": row["id"], "decision": "expired", "due_at": row["due_at"], "from": row["original_due_at"]}
    facts |= {"requested_by": row["requested_by_id"]}
    actor = system_actor(tx.tenant_id)
    tx.emit(sla_events.ExtensionDecided(actor=actor, incident_id=event.incident_id, facts=facts))


async def list_extensions(tx: Tx, actor: Actor, ref: str | UUID) -> list[ExtensionView]:
    """Those of an incident, the first first. Raises `NotFound`."""
    incident = await see(tx, actor, ref)
    return [extension_from(row) for row in await store.extensions.of_incident(tx, incident.id)]


async def get_extension(tx: Tx, actor: Actor, ref: str | UUID, extension: str) -> ExtensionView:
    """One of an incident. Raises `NotFound`."""
    incident = await see(tx, actor, ref)
    return extension_from(await _existing(tx, incident.id, extension))


async def all_extensions(
    tx: Tx, actor: Actor, *, state: str | None, limit: int, cursor: str | None
) -> Page[ExtensionView]:
    """Those of all incidents, the oldest first. Raises `Invalid`."""
    actor.must(permissions.VIEW)
    if state is not None and state not in EXTENSION_STATES:
        raise invalid("state", "Use one of {names}.", names=", ".join(EXTENSION_STATES))
    limit, question = check_limit(limit), ["extensions", tx.tenant_id, state]
    after = None if cursor is None else decode_cursor(cursor, question, tuple[datetime, UUID])
    rows = await store.extensions.page(tx, state=state, after=after, limit=limit + 1)
    items = [extension_from(row) for row in rows[:limit]]
    more = len(rows) > limit
    return Page(items, encode_cursor(question, [items[-1].created_at, items[-1].id]) if more else None)


async def _running(tx: Tx, incident: Incident) -> Clocks:
    """The clocks of an incident whose resolution can still be put off. Raises `Refused`."""
    await note_due(tx, incident.id)
    clocks = await sla.get(tx, incident.id)
    if not incident.is_open or clocks is None or clocks.resolution_due_at is None:
        raise Refused("Nothing is due on {code}.", code=incident.reference_code)
    if clocks.resolution_breached_at is not None:
        raise Refused("{code} is breached already; more time does not undo that.", code=incident.reference_code)
    return clocks


async def _existing(tx: Tx, incident_id: UUID, extension: str) -> Any:
    known = parse_id(extension)
    row = await store.extensions.get(tx, incident_id, known) if known is not None else None
    if row is None:
        raise NotFound
    return row


async def _pending(tx: Tx, incident: Incident, extension: str) -> Any:
    row = await _existing(tx, incident.id, extension)
    if row["state"] != "pending":
        raise Refused(_DECIDED[row["state"]])
    return row


_DECIDED = {
    "approved": "It was approved already.",
    "rejected": "It was rejected already.",
    "withdrawn": "It was withdrawn already.",
    "expired": "It has expired: nobody decided in time.",
}


async def _decided(
    tx: Tx, actor: Actor, incident: Incident, row: Any, decision: Decision, note: str | None
) -> ExtensionView:
    await store.extensions.decide(tx, row["id"], decision, actor.id, note)
    facts = {"extension": row["id"], "decision": decision, "due_at": row["due_at"], "from": row["original_due_at"]}
    facts |= {"requested_by": row["requested_by_id"]}
    texts = {"note": note} if note else {}
    tx.emit(sla_events.ExtensionDecided(actor=actor, incident_id=incident.id, facts=facts, texts=texts))
    return extension_from(await store.extensions.get(tx, incident.id, row["id"]))
