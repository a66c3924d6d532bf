"""Progress reports: how far the work is and when the next word comes; the last percentage stands on the incident."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.access import permissions, service as access
from tocsin.activity.model import RecordedEvent
from tocsin.base.actor import Actor, system_actor
from tocsin.base.clock import check_moment
from tocsin.base.errors import Forbidden, NotFound, Refused, invalid
from tocsin.base.ids import new_id
from tocsin.base.paging import Page
from tocsin.collaboration import events, store
from tocsin.collaboration.model import Progress, progress_from
from tocsin.collaboration.service.pages import ListQuery, find_child, must_read, public_only, read_page
from tocsin.db.tx import Tx
from tocsin.incidents import service as incidents
from tocsin.notifications import service as notifications

SUMMARY_LIMIT = 10_000


async def list_progress(tx: Tx, actor: Actor, ref: str | UUID, query: ListQuery) -> Page[Progress]:
    """A page of progress reports; only the public ones for whom internal work is hidden. Raises `NotFound`."""
    must_read(actor)
    incident = await incidents.see(tx, actor, ref)
    rows, cursor = await read_page(store.progress.page, tx, actor, incident.id, query, "progress")
    return Page([progress_from(row) for row in rows], cursor)


async def get_progress(tx: Tx, actor: Actor, ref: str | UUID, report: str | UUID) -> Progress:
    """One progress report. Raises `NotFound`, also for an internal one that the actor may not see."""
    must_read(actor)
    incident = await incidents.see(tx, actor, ref)
    row = await find_child(store.progress.get, tx, incident.id, report)
    if row is None or (row["is_internal"] and public_only(actor)):
        raise NotFound
    return progress_from(row)


async def report_progress(
    tx: Tx,
    actor: Actor,
    ref: str | UUID,
    *,
    percent: int,
    summary: str,
    next_update_due_at: datetime | None,
    is_internal: bool,
) -> Progress:
    """Report progress. Raises `Invalid`, `NotFound`, `Refused` on a closed incident."""
    reporter = _must_report(actor, is_internal=is_internal)
    incident = await incidents.lock(tx, actor, ref)
    summary = _checked(percent, summary)
    following = _to_come(tx, next_update_due_at)
    if incident.status.is_terminal:
        raise Refused(
            "{code} is {status}; there is no progress to report.",
            code=incident.reference_code,
            status=incident.status.name,
        )
    progress_id = new_id()
    await store.progress.disarm(tx, incident.id)
    await store.progress.insert(
        tx,
        progress_id,
        incident.id,
        reporter,
        percent=percent,
        summary=summary,
        next_update_due_at=following,
        is_internal=is_internal,
    )
    await incidents.note_progress(tx, incident, percent, is_internal=is_internal)
    facts: dict[str, Any] = {"progress": progress_id, "from": incident.progress_percent, "to": percent}
    facts |= {"next_update_due_at": following, "is_internal": is_internal}
    told = events.ProgressReported(actor=actor, incident_id=incident.id, facts=facts, texts={"summary": summary})
    tx.emit(told)
    return progress_from(await store.progress.get(tx, incident.id, progress_id))


async def remind_of_update(tx: Tx, progress_id: UUID) -> None:
    """What the sweep does when the next word is due and there is none: remind the owner, once.

    Without an owner the team is reminded, without one whoever reported last. Nobody is, of work that is over.
    """
    incident_id = await store.progress.incident_of(tx, progress_id)
    incident = await incidents.lock_id(tx, incident_id) if incident_id is not None else None
    row = await store.progress.take_due(tx, progress_id)
    if row is None or incident is None or not incident.is_open:
        return
    whom: list[UUID] = []
    if incident.assigned_to_id is not None:
        whom = [incident.assigned_to_id]
    elif incident.team_id is not None:
        whom = await access.team_members(tx, [incident.team_id])
    people = await notifications.members(tx, whom or [row["user_id"]])
    promised = await incidents.spell_moment(tx, row["next_update_due_at"])
    made = await notifications.notify(
        tx,
        kind="ProgressUpdateDue",
        incident_id=incident.id,
        recipients=people,
        subject=f"[{incident.reference_code}] An update is due: {incident.title}",
        body=f"{await incidents.describe(tx, incident)}\nThe next word was promised for {promised}.\n",
        dedupe=f"progress-due:{progress_id}",
    )
    facts = {"progress": progress_id, "next_update_due_at": row["next_update_due_at"], "told": len(made)}
    tx.emit(events.ProgressUpdateDue(actor=system_actor(tx.tenant_id), incident_id=incident.id, facts=facts))


async def tell_progress(tx: Tx, event: RecordedEvent) -> None:
    """Tell who reported and who watches of a public report; the job behind `ProgressReported`. Public words only."""
    if event.data["is_internal"] or event.incident_id is None:
        return
    incident = await incidents.look_up(tx, event.incident_id)
    row = await store.progress.get(tx, event.incident_id, UUID(event.data["progress"]))
    if incident is None or row is None:
        return
    audience = await incidents.public_audience(tx, incident, without=event.actor_id)
    lines = [f"Progress: {row['percent']} %", "", row["summary"], ""]
    if row["next_update_due_at"] is not None:
        lines += [f"Next update: {await incidents.spell_moment(tx, row['next_update_due_at'])}", ""]
    lines += [f"Reference: {incident.reference_code}", f"Subject: {incident.title}", ""]
    await notifications.notify(
        tx,
        kind="ProgressReported",
        incident_id=incident.id,
        recipients=audience,
        subject=f"[{incident.reference_code}] Update: {incident.title}",
        body="\n".join(lines),
        dedupe=f"progress:{row['id']}",
    )


def _must_report(actor: Actor, *, is_internal: bool) -> UUID:
    """Who reports. Raises `Forbidden`."""
    actor.must(permissions.UPDATE)
    if actor.id is None:
        raise Forbidden("Only a member can report progress.")
    if is_internal and public_only(actor):
        raise Forbidden("Internal reports need the permission {wanted}.", wanted=permissions.VIEW)
    return actor.id


def _to_come(tx: Tx, given: datetime | None) -> datetime | None:
    """When the next report is promised. Raises `Invalid`."""
    moment = check_moment(given, "next_update_due_at") if given is not None else None
    if moment is not None and moment <= tx.now:
        raise invalid("next_update_due_at", "Give a time that is still to come.")
    return moment


def _checked(percent: int, summary: str) -> str:
    if not 0 <= percent <= 100:
        raise invalid("percent", "Give a whole number from 0 to 100.")
    trimmed = summary.strip()
    if not 1 <= len(trimmed) <= SUMMARY_LIMIT:
        raise invalid("summary", "Give a summary of 1 to {limit} characters.", limit=SUMMARY_LIMIT)
    return trimmed
