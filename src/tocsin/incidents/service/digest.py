"""Warnings and breaches that were found late, since nobody looked for a while: told once, in one message to each person.

They are recorded one by one and marked as late; only the messages are held back, for a minute, so that all that was missed
stands in one list.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from tocsin.activity import service as activity
from tocsin.activity.model import Event, RecordedEvent
from tocsin.classification import service as classification
from tocsin.db.tx import Tx
from tocsin.incidents import store
from tocsin.incidents.model import incident_from
from tocsin.incidents.service.tell import audience_of, spell_moment
from tocsin.notifications import service as notifications
from tocsin.tenancy import service as tenancy

LATE = ("SlaWarning", "SlaBreached")
WAIT = timedelta(minutes=1)
SHOWN = 50
"""So many lines a message has; of the others it says how many there are."""
_FOUND = "found_late"
DIGESTS_DUE, DIGESTS_NEXT = store.digest.DUE, store.digest.NEXT_DUE
_WORDS = {"SlaWarning": "warning missed", "SlaBreached": "breached"}
_CLOCKS = {
    "response": "first reply",
    "update": "public update",
    "resolution": "resolution",
    "team": "time with the team",
}


async def ask_for_digest(tx: Tx, event: Event) -> None:
    """A reaction: a warning or breach was found late, so it is told together with what else was."""
    if not event.facts.get("is_late"):
        return
    if (await tenancy.current(tx)).kind == "sandbox":  # its next timer is looked for within the transaction
        await store.digest.ask(tx, [event.id], tx.now + WAIT)
        return
    if _FOUND not in tx.memo:
        tx.memo[_FOUND] = []
        tx.at_end(_ask)
    tx.memo[_FOUND].append(event.id)


async def _ask(tx: Tx) -> None:
    await store.digest.ask(tx, tx.memo[_FOUND], tx.now + WAIT)


async def send_digest(tx: Tx, digest_id: UUID) -> None:
    """What the sweep does with a digest that is due: one message to each person, with all that concerns them."""
    lines = await _lines(tx, await activity.find_events(tx, await store.digest.take(tx, digest_id)))
    for user_id, mine in lines.items():
        said = [*mine[:SHOWN], *([f"… and {len(mine) - SHOWN} more"] if len(mine) > SHOWN else [])]
        await notifications.notify(
            tx,
            kind="SlaDigest",
            incident_id=None,
            recipients=await notifications.members(tx, [user_id]),
            subject=f"Missed while nobody looked: {len(mine)}",
            body="\n".join(("These clocks gave a warning or ran out while Tocsin was not at work:", "", *said, "")),
            dedupe=f"digest:{digest_id}",
        )


async def _lines(tx: Tx, events: Sequence[RecordedEvent]) -> dict[UUID, list[str]]:
    """For each person what they are told, in the order in which it happened. What has ended since is told no more."""
    catalogue = await classification.catalogue(tx)
    rows = await store.record.get_many(tx, sorted({event.incident_id for event in events if event.incident_id}))
    known = {row["id"]: incident_from(row, catalogue) for row in rows if row["deleted_at"] is None}
    found: dict[UUID, list[str]] = defaultdict(list)
    for event in events:
        incident = known.get(event.incident_id) if event.incident_id is not None else None
        if incident is None or not incident.is_open:
            continue
        due = await spell_moment(tx, datetime.fromisoformat(event.data["due_at"]))
        what = f"{_CLOCKS[event.data['clock']]}: {_WORDS[event.type]}, due {due}"
        for user_id in await audience_of(tx, incident, event):
            found[user_id].append(f"[{incident.reference_code}] {incident.title}: {what}")
    return {user_id: found[user_id] for user_id in sorted(found)}
