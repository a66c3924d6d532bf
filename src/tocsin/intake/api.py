"""`/public/submit`: reports from outside, for programs."""

from __future__ import annotations

import hashlib
from uuid import UUID

from tocsin.base.errors import invalid
from tocsin.collaboration import service as collaboration
from tocsin.intake.model import Receipt, Submission, SubmissionForm
from tocsin.intake.rules.public import STATUSES, base_address
from tocsin.intake.service import reading, submit as submitting
from tocsin.intake.service.submit import Occasion
from tocsin.web.routes import Ctx, post
from tocsin.web.unit import Services

MODULE = "intake"


@post(
    "/api/incidents/v1/public/submit",
    module=MODULE,
    access="public",
    status=201,
    reads_stream=True,
    own_transactions=True,
    body=Submission,
    form=SubmissionForm,
)
async def submit(ctx: Ctx) -> Receipt:
    """Report an incident from outside, without a login.

    `title` and `email` are required. The answer's `tracking_url` is the only way to follow the incident without a login;
    it is shown this once. With an `Idempotency-Key` the same report is made once however often it is sent.
    """
    services: Services = ctx.request.app.state.services
    settings = services.settings
    async with ctx.transaction() as tx:
        tenant_id, limit = tx.tenant_id, collaboration.file_limit(settings, ctx.tenant)
        accepted = ctx.tenant.settings.attachment_types
    peer = reading.peer_of(ctx.request, settings)
    await reading.limit_submits(services.database, settings, tenant_id, peer)
    async with collaboration.receiving(settings, tenant_id, tx.now, accepted) as inbox:
        submission = await reading.read_submission(ctx.request, file_limit=limit, receive=inbox.take)
        async with ctx.transaction() as tx:
            made = await submitting.submit(
                tx, ctx.actor, submission, source="api", uploads=inbox.uploads, occasion=_occasion(ctx, peer)
            )
    path = f"/p/{ctx.tenant.slug}/t/{made.secret}"
    base = base_address(
        scheme=ctx.request.url.scheme,
        host=ctx.request.headers.get("host", ""),
        tenant_host=ctx.tenant.host,
        public_url=settings.public_url,
    )
    ctx.created(path)
    status = STATUSES[made.status]
    return Receipt(
        reference_code=made.reference_code, tracking_url=base + path, status=status, created_at=made.created_at
    )


def _occasion(ctx: Ctx, peer: str) -> Occasion | None:
    """Who sends again what they sent: a member, or whoever is at the same address."""
    key = ctx.request.headers.get("idempotency-key")
    if key is None:
        return None
    if not 1 <= len(key) <= 255 or not key.isascii() or not key.isprintable():
        raise invalid("Idempotency-Key", "Use 1 to 255 printable ASCII characters.")
    return Occasion(ctx.actor.id or _stranger(peer), key, exact=True)


def _stranger(peer: str) -> UUID:
    return UUID(bytes=hashlib.sha256(b"tocsin.intake.stranger\x00" + peer.encode()).digest()[:16])


ENDPOINTS = (submit,)
