"""What the tracking page knows: the public's word for the status, times, and the public comments. Nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tocsin.access import permissions
from tocsin.base.actor import Actor
from tocsin.base.errors import NotFound
from tocsin.collaboration import service as collaboration
from tocsin.collaboration.service import ListQuery
from tocsin.db.tx import Tx
from tocsin.incidents import service as incidents
from tocsin.intake.rules import public
from tocsin.intake.rules.public import PublicStatus
from tocsin.intake.service.submit import status_of

MOST_MESSAGES = 200


@dataclass(frozen=True, slots=True)
class Message:
    """A public comment: safe HTML, when, and whether the one who reported wrote it."""

    body_html: str
    at: datetime
    is_own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """An incident as the one who reported it follows it; the newest message first."""

    reference_code: str
    status: PublicStatus
    received_at: datetime
    taken_up_at: datetime | None
    solved_at: datetime | None
    closed_at: datetime | None
    messages: tuple[Message, ...]


async def follow(tx: Tx, secret: str) -> Followed:
    """The incident of a secret. Raises `NotFound`. Whoever calls sees what the public sees, and no more."""
    incident = await incidents.find_tracked(tx, public.secret_hash(secret)) if public.is_secret(secret) else None
    if incident is None:
        raise NotFound
    anyone = Actor(tx.tenant_id, None, "Public", "public", frozenset({permissions.PUBLIC_SUBMIT}), "web")
    asked = ListQuery(order="-created_at", limit=MOST_MESSAGES)
    comments = await collaboration.list_comments(tx, anyone, incident.id, asked)
    answers = [comment.created_at for comment in comments.items if comment.author.type != "reporter"]
    taken_up_at = min((at for at in (incident.acknowledged_at, *answers) if at is not None), default=None)
    return Followed(
        reference_code=incident.reference_code,
        status=await status_of(tx, incident, is_answered=bool(answers)),
        received_at=incident.created_at,
        taken_up_at=taken_up_at,
        solved_at=incident.resolved_at,
        closed_at=incident.closed_at,
        messages=tuple(Message(c.body_html, c.created_at, c.author.type == "reporter") for c in comments.items),
    )
