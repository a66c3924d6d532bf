"""What the tracking page knows: the public's word for the status, times, and the public comments. Nothing else.

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
from tocsin.collaboration.service import ListQuery, Upload
from tocsin.db.tx import Tx
from tocsin.incidents import service as incidents
from tocsin.incidents.model import Incident
from tocsin.intake.rules import public
from tocsin.intake.rules.public import PublicStatus, Step
from tocsin.intake.service.submit import status_of
from tocsin.web import store as kept_answers

MOST_MESSAGES = 200


@dataclass(frozen=True, slots=True)
class Message:
    """A public comment: safe HTML, when, whether the one who reported wrote it, and the names of files they sent with it."""

    body_html: str
    at: datetime
    is_own: bool
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """An incident as the one who reported it follows it; the newest message first."""

    reference_code: str
    status: PublicStatus
    received_at: datetime
    steps: tuple[Step, ...]
    messages: tuple[Message, ...]
    takes_answers: bool


async def follow(tx: Tx, secret: str) -> Followed:
    """The incident of a secret. Raises `NotFound`. Whoever calls sees what the public sees, and no more."""
    incident = await find(tx, secret)
    asked = ListQuery(order="-created_at", limit=MOST_MESSAGES)
    comments = await collaboration.list_comments(tx, _anyone(tx), incident.id, asked)
    answers = [comment.created_at for comment in comments.items if comment.author.type != "reporter"]
    taken_up_at = min((at for at in (incident.acknowledged_at, *answers) if at is not None), default=None)
    status = await status_of(tx, incident, is_answered=bool(answers))
    messages = []
    for comment in comments.items:
        if comment.deleted_at is not None:
            continue
        is_own = comment.author.type == "reporter"
        if is_own and comment.author.id != incident.reported_by_reporter_id:
            continue  # another one reported the same; what they write is between them and the team
        files = tuple(file.filename for file in comment.attachments) if is_own else ()
        messages.append(Message(comment.body_html, comment.created_at, is_own, files))
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
        messages=tuple(messages),
        takes_answers=not incident.status.is_terminal or await incidents.reopens_by_reply(tx, incident),
    )


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
