"""A report from outside becomes an incident: checked, made once however often it is sent, its files attached."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from tocsin.access import permissions, service as access
from tocsin.base.actor import Actor
from tocsin.base.errors import BadValue, FieldError, Invalid, Refused, invalid
from tocsin.base.text import clean_line
from tocsin.classification import service as classification
from tocsin.classification.model import Catalogue, Field
from tocsin.classification.rules import fields as rules
from tocsin.collaboration import service as collaboration
from tocsin.collaboration.service import Upload
from tocsin.db.tx import Tx
from tocsin.incidents import service as incidents
from tocsin.incidents.model import Incident, NewIncident
from tocsin.intake.model import Submission
from tocsin.intake.rules import public
from tocsin.intake.rules.public import FLAWS, FlawCode, PublicStatus
from tocsin.intake.service.reading import Text
from tocsin.web import store as kept_answers

LIMITS = {
    "title": 200,
    "description": 100_000,
    "name": 200,
    "email": 254,
    "phone": 40,
    "organization": 200,
    "answer": collaboration.BODY_LIMIT,
}
"""Characters."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a field; `limit` is what a text about it names."""

    field: str
    code: FlawCode
    limit: str = ""
    why: str = ""
    """Of a custom value: what its type wants, as a template."""
    about: tuple[tuple[str, Any], ...] = ()

    @property
    def text(self) -> str:
        """What is said of it, as a template."""
        return self.why or FLAWS[self.code]

    @property
    def values(self) -> dict[str, Any]:
        """What its text is filled with."""
        return {"limit": self.limit, **dict(self.about)} if self.limit else dict(self.about)


@dataclass(frozen=True, slots=True)
class Submitted:
    """What came of a submission; `secret` is the last part of its tracking address."""

    reference_code: str
    secret: str
    status: PublicStatus
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Occasion:
    """By what the same submission is known when it comes again: who sends it, and under which key of theirs.

    With `exact` another content under the same key is refused, else it is another submission.
    """

    sender: UUID
    key: str
    exact: bool


def find_flaws(submission: Submission, catalogue: Catalogue) -> list[Flaw]:
    """All that is wrong with a submission, in the order of the fields."""
    flaws = []
    for field in ("title", "description", "category", "name", "email", "phone", "organization"):
        text = (getattr(submission, field) or "").strip()
        if field in ("title", "email") and not text:
            flaws.append(Flaw(field, "missing"))
        elif len(text) > LIMITS.get(field, len(text)):
            flaws.append(Flaw(field, "too-long", str(LIMITS[field])))
        elif (field == "email" and _email(text) is None) or (
            field == "category" and text and not _is_category(catalogue, text)
        ):
            flaws.append(Flaw(field, "email" if field == "email" else "category"))
    return [*flaws, *read_custom(submission, catalogue)[1]]


def public_fields(catalogue: Catalogue) -> list[Field]:
    """The custom fields that the public is asked for."""
    return [field for field in catalogue.fields_everywhere() if field.is_public]


def read_custom(submission: Submission, catalogue: Catalogue) -> tuple[dict[str, Any], list[Flaw]]:
    """The custom values of a submission by slug, and what is wrong with them."""
    category = catalogue.find_category((submission.category or "").strip())
    known = {field.slug: field for field in public_fields(catalogue)}
    values: dict[str, Any] = {}
    flaws: list[Flaw] = []
    for slug, given in submission.custom.items():
        field = known.get(slug)
        try:
            if field is None:
                raise BadValue("There is no such field here.")
            raw = rules.from_form(field.type, [given]) if isinstance(given, Text) else given
            value = rules.read(field.type, field.choices, raw)
            if value is not None and not field.belongs_to(category):
                raise BadValue("{name} belongs to incidents of other categories.", name=field.name)
        except BadValue as error:
            flaws.append(Flaw(f"custom.{slug}", "custom", why=error.template, about=tuple(error.values.items())))
            continue
        if value is not None:
            values[slug] = value
    asked = {flaw.field.removeprefix("custom.") for flaw in flaws} | values.keys()
    needed = [field for field in known.values() if field.required_at == "create" and field.belongs_to(category)]
    return values, [*flaws, *(Flaw(f"custom.{field.slug}", "missing") for field in needed if field.slug not in asked)]


def refuse(flaws: Sequence[Flaw]) -> None:
    """Raises `Invalid` when there are flaws."""
    if flaws:
        raise Invalid([FieldError(flaw.field, flaw.text, flaw.values) for flaw in flaws])


def _email(text: str) -> str | None:
    try:
        return access.clean_email(text)
    except Invalid:
        return None


def _is_category(catalogue: Catalogue, ref: str) -> bool:
    found = catalogue.find_category(ref)
    return found is not None and found.is_active


async def submit(
    tx: Tx,
    actor: Actor,
    submission: Submission,
    *,
    source: str,
    uploads: Sequence[Upload] = (),
    occasion: Occasion | None = None,
) -> Submitted:
    """Make an incident of a submission. Raises `Invalid`; for an `occasion` that was there, answers what came of it then.

    `source` is `web` (the form) or `api`. The actor is the public, or a member whose token may submit.
    """
    actor.must(permissions.PUBLIC_SUBMIT)
    catalogue = await classification.catalogue(tx)
    refuse(find_flaws(submission, catalogue))
    submission = msgspec.structs.replace(submission, custom=read_custom(submission, catalogue)[0])
    if occasion is None:
        return await _make(tx, actor, submission, source, uploads)
    content = _fingerprint(submission, source, uploads)
    slot = hashlib.sha256(occasion.key.encode("utf-8", "surrogatepass") + (b"" if occasion.exact else content))
    key = f"intake:{slot.hexdigest()}"
    if not await kept_answers.claim_key(tx, occasion.sender, key, content):
        return _again(await kept_answers.get_answer(tx, occasion.sender, key), content, occasion.key)
    made = await _make(tx, actor, submission, source, uploads)
    answer = dataclasses.asdict(made) | {"secret": public.sealed(made.secret, occasion.key)}
    await kept_answers.keep_answer(tx, occasion.sender, key, 201, {}, msgspec.json.encode(answer))
    return made


def _again(kept: Any, content: bytes, key: str) -> Submitted:
    if kept is None or kept["status"] is None:
        raise Refused("A request with this Idempotency-Key is still running; ask again in a moment.")
    if kept["request_hash"] != content:
        raise invalid("Idempotency-Key", "This key was used with another request; choose a new one.")
    answer = msgspec.json.decode(kept["body"], type=Submitted)
    return dataclasses.replace(answer, secret=public.unsealed(answer.secret, key))


def _fingerprint(submission: Submission, source: str, uploads: Sequence[Upload]) -> bytes:
    files = [(upload.file.filename, upload.file.sha256.hex()) for upload in uploads]
    return hashlib.sha256(msgspec.json.encode((source, submission, files))).digest()


async def _make(tx: Tx, actor: Actor, submission: Submission, source: str, uploads: Sequence[Upload]) -> Submitted:
    email = access.clean_email(submission.email)
    reporter_id = await incidents.find_or_add_reporter(
        tx,
        name=clean_line(submission.name or "") or email.partition("@")[0],
        email=email,
        phone=clean_line(submission.phone or "") or None,
        organization=clean_line(submission.organization or "") or None,
    )
    secret = public.new_secret()
    new = NewIncident(
        title=submission.title,
        description=(submission.description or "").strip() or None,
        category=(submission.category or "").strip() or None,
        custom=submission.custom,
        source=source,
        reported_via="public",
        reporter_id=reporter_id,
        tracking_hash=public.secret_hash(secret),
    )
    # Within this act the one who reports sees what they have just reported.
    actor = dataclasses.replace(actor, source=source, permissions=actor.permissions | {permissions.VIEW})
    incident_id = await incidents.create(tx, actor, new)
    for upload in uploads:
        await collaboration.add_public_attachment(tx, actor, incident_id, upload)
    incident = await incidents.see(tx, actor, incident_id)
    return Submitted(incident.reference_code, secret, await status_of(tx, incident), incident.created_at)


async def status_of(tx: Tx, incident: Incident, *, is_answered: bool = False) -> PublicStatus:
    """The public's word for where an incident stands; an answer shows that somebody has taken it up."""
    first = (await classification.catalogue(tx)).default_status
    return public.public_status(
        is_terminal=incident.status.is_terminal,
        is_resolved=incident.status.is_resolved,
        pauses=incident.status.pauses_sla,
        is_taken_up=is_answered or incident.acknowledged_at is not None or incident.status.id != first.id,
    )
