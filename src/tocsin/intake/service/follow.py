"""What the tracking page knows: the public's word for the status, times, public comments with their files, and how far the
work is by public reports. Nothing else.

And what it takes: an answer of the one who reported, with files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tocsin.access import permissions
from tocsin.base.actor import Actor
from tocsin.base.errors import NotFound, Refused
from tocsin.collaboration import service as collaboration
from tocsin.collaboration.model import Comment
from tocsin.collaboration.service import ListQuery, Upload, major
from tocsin.db.tx import Tx
from tocsin.incidents import service as incidents
from tocsin.incidents.model import Incident
from tocsin.intake.rules import public
from tocsin.intake.rules.public import PublicStatus, Step
from tocsin.intake.service.submit import status_of
from tocsin.web import store as kept_answers

MOST_MESSAGES = 200


@dataclass(frozen=True, slots=True)
class File:
    """A file that came with a message, and where it is fetched: nowhere while it is locked up."""

    name: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Message:
    """A public word: safe HTML, when, whether the one who reported wrote it, and the files that came with it."""

    body_html: str
    at: datetime
    is_own: bool
    files: tuple[File, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The last public word on how far the work is, and when the next one was promised, while that is still to come."""

    percent: int
    summary: str
    at: datetime
    next_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """An incident as the one who reported it follows it; the newest message first, be it a comment or a status update."""

    reference_code: str
    status: PublicStatus
    received_at: datetime
    steps: tuple[Step, ...]
    messages: tuple[Message, ...]
    progress: Report | None
    takes_answers: bool


async def follow(tx: Tx, secret: str) -> Followed:
    """The incident of a secret. Raises `NotFound`. Whoever calls sees what the public sees, and no more."""
    incident = await find(tx, secret)
    asked = ListQuery(order="-created_at", limit=MOST_MESSAGES)
    comments = await collaboration.list_comments(tx, _anyone(tx), incident.id, asked)
    updates = (await major.list_updates(tx, _anyone(tx), incident.id, asked)).items
    told = [Message(update.body_html, update.created_at, False, ()) for update in updates]
    answers = [comment.created_at for comment in comments.items if comment.author.type != "reporter"]
    answers += [message.at for message in told]
    messages = [*told, *await _messages(tx, incident, comments.items)]
    taken_up_at = min((at for at in (incident.acknowledged_at, *answers) if at is not None), default=None)
    status = await status_of(tx, incident, is_answered=bool(answers))
    return Followed(
        reference_code=incident.reference_code,
        status=status,
        received_at=incident.created_at,
        steps=public.steps(
            status,
            received_at=incident.created_at,
            taken_up_at=taken_up_at,
            solved_at=incident.resolved_at,
            closed_at=incident.closed_at,
        ),
        messages=tuple(sorted(messages, key=lambda message: message.at, reverse=True)[:MOST_MESSAGES]),
        progress=await _progress(tx, incident),
        takes_answers=not incident.status.is_terminal or await incidents.reopens_by_reply(tx, incident),
    )


async def _messages(tx: Tx, incident: Incident, comments: Sequence[Comment]) -> tuple[Message, ...]:
    """What of public comments the one who reported may read: not what another one wrote who reported the same."""
    mine = [
        comment
        for comment in comments
        if comment.deleted_at is None
        and (comment.author.type != "reporter" or comment.author.id == incident.reported_by_reporter_id)
    ]
    urls = await collaboration.links_to(tx, [file for comment in mine for file in comment.attachments])
    return tuple(
        Message(
            comment.body_html,
            comment.created_at,
            comment.author.type == "reporter",
            tuple(File(file.filename, urls.get(file.id)) for file in comment.attachments),
        )
        for comment in mine
    )


async def _progress(tx: Tx, incident: Incident) -> Report | None:
    asked = ListQuery(order="-created_at", limit=1)
    for last in (await collaboration.list_progress(tx, _anyone(tx), incident.id, asked)).items:
        promised = last.next_update_due_at
        is_to_come = promised is not None and promised > tx.now and incident.is_open
        return Report(last.percent, last.summary, last.created_at, promised if is_to_come else None)
    return None


async def reply(tx: Tx, secret: str, body: str, *, sender: UUID, occasion: str, uploads: Sequence[Upload] = ()) -> None:
    """Answer in the name of the one who reported. The same answer under the same `occasion` of `sender` counts once.

    An answer reopens what is solved, and what was closed within the organisation's window. Raises `NotFound`, `Invalid`
    naming `body`, and `Refused` for a report that is closed for good.
    """
    incident = await find(tx, secret)
    if incident.status.is_terminal and not await incidents.reopens_by_reply(tx, incident):
        raise Refused("This report is closed. If it is not solved, please report it again.")
    content = hashlib.sha256(f"{secret}\n{body}".encode("utf-8", "surrogatepass")).digest()
    key = f"intake.reply:{hashlib.sha256(occasion.encode('utf-8', 'surrogatepass') + content).hexdigest()}"
    if not await kept_answers.claim_key(tx, sender, key, content):
        return
    comment_id = await collaboration.add_reporter_comment(tx, _anyone(tx), incident.id, body, reported=incident)
    for upload in uploads:
        await collaboration.add_public_attachment(
            tx, _anyone(tx), incident.id, upload, comment_id=comment_id, reported=incident
        )


async def find(tx: Tx, secret: str) -> Incident:
    """The incident of a secret. Raises `NotFound`."""
    incident = await incidents.find_tracked(tx, public.secret_hash(secret)) if public.is_secret(secret) else None
    if incident is None:
        raise NotFound
    return incident


def _anyone(tx: Tx) -> Actor:
    return Actor(tx.tenant_id, None, "Public", "public", frozenset({permissions.PUBLIC_SUBMIT}), "web")
