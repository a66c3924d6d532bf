"""The public pages: the form, its confirmation, the tracking page. They need no script; one only makes them handier."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from uuid import UUID

import msgspec

from tocsin.base.errors import Forbidden, Invalid, NotFound, RateLimited, TocsinError, TooLarge, Unauthenticated
from tocsin.classification import service as classification
from tocsin.collaboration import service as collaboration
from tocsin.collaboration.service import Inbox, Upload
from tocsin.db.tx import Tx
from tocsin.intake.rules import brand, public
from tocsin.intake.service import follow as following, reading, submit as submitting
from tocsin.intake.service.submit import Flaw, Occasion
from tocsin.tenancy.model import Tenant
from tocsin.web import pages, static
from tocsin.web.i18n import N_
from tocsin.web.peer import request_id
from tocsin.web.problems import as_problem
from tocsin.web.reply import Reply
from tocsin.web.routes import HTML, Ctx, get, post
from tocsin.web.unit import Services
from tocsin.web.uploads import FilePart

MODULE = "intake"
TRAP = "website"
"""A field that people don't see; programs that fill in everything give themselves away."""
NAMES = (*reading.FIELDS, reading.CUSTOM, "submission", TRAP)
ANSWER = ("body", "submission")
FORM = UUID(int=1)
"""The sender of all forms: their submission ids are secrets of ours."""
STEPS: dict[str, str] = {**dict(public.STATUSES.items()), "taken-up": N_("Taken up")}
_DAY = 24 * 3600


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The language to show a page in, kept for the pages after it; `sent` after an answer."""

    lang: str | None = None
    sent: str | None = None


class Version(msgspec.Struct, frozen=True):
    """Which version of a file is meant: any is answered, the present one may be kept."""

    v: str | None = None


@get("/p/{tenant}", module=MODULE, access="open", produces=HTML)
async def show_form(ctx: Ctx, tenant: str, query: Shown) -> Reply:
    """The form for reports from outside, as a page."""
    return await _page(ctx, query.lang, partial(_show_form, ctx, tenant))


@post("/p/{tenant}", module=MODULE, access="open", produces=HTML, reads_stream=True)
async def send_form(ctx: Ctx, tenant: str) -> Reply:
    """Takes the form: a page that confirms the report, or the form again with what is wrong."""
    return await _page(ctx, None, partial(_send_form, ctx, tenant))


@get("/p/{tenant}/t/{secret}", module=MODULE, access="open", produces=HTML)
async def show_tracking(ctx: Ctx, tenant: str, secret: str, query: Shown) -> Reply:
    """How far a report is, for whoever has its secret address, as a page."""
    return await _page(ctx, query.lang, partial(_show_tracking, ctx, tenant, secret, is_sent=query.sent is not None))


@post("/p/{tenant}/t/{secret}", module=MODULE, access="open", produces=HTML, reads_stream=True)
async def send_answer(ctx: Ctx, tenant: str, secret: str) -> Reply:
    """Takes an answer of the one who reported, and leads back to the tracking page."""
    return await _page(ctx, None, partial(_send_answer, ctx, tenant, secret))


@get("/p/{tenant}/brand.css", module=MODULE, access="open", produces="text/css")
async def show_brand(ctx: Ctx, tenant: str, query: Version) -> Reply:
    """The organisation's colour for the public pages, as a style sheet."""
    try:
        return await _show_brand(ctx, tenant, query.v)
    except (Unauthenticated, Forbidden):
        raise NotFound from None  # a shut door and a wrong key can't be told apart


ENDPOINTS = (show_form, send_form, show_tracking, send_answer, show_brand)


# ------------------------------------------------------------------------------------------------------- the edge


async def _page(ctx: Ctx, language: str | None, call: Callable[[], Awaitable[Reply]]) -> Reply:
    """The page, or one that says why not. Shut, suspended, unknown and wrong addresses can't be told apart."""
    pages.choose_language(ctx, language)
    try:
        return await call()
    except RateLimited as error:
        ctx.headers["Retry-After"] = str(error.retry_after)
        return _render(ctx, "message", error.status, key="too-many", seconds=error.retry_after)
    except Exception as error:  # noqa: BLE001  every failure becomes a page here
        problem = as_problem(error, request_id(ctx.request), pages.speech(ctx).say)
        if problem.status in (401, 403, 404):
            return _not_found(ctx)
        detail = problem.detail if isinstance(error, TocsinError) else f"({problem.request_id})"
        return _render(ctx, "message", problem.status, key="failed", detail=detail)


@asynccontextmanager
async def _door(ctx: Ctx, slug: str) -> AsyncIterator[Tx]:
    """A transaction of the tenant whose page this is. Raises `NotFound` where the door is shut."""
    services = _services(ctx)
    tenant_id = await services.gatekeeper.public_tenant(ctx.request, services.database)
    async with services.database.tenant(tenant_id) as tx:
        ctx.tx = tx
        await services.gatekeeper.admit_public(ctx, MODULE)
        if ctx.tenant.slug != slug:
            raise NotFound
        yield tx


def _services(ctx: Ctx) -> Services:
    services: Services = ctx.request.app.state.services
    return services


# ------------------------------------------------------------------------------------------------------ the form


async def _show_form(ctx: Ctx, slug: str) -> Reply:
    async with _door(ctx, slug) as tx:
        return await _form(ctx, tx, 200, {}, [])


async def _send_form(ctx: Ctx, slug: str) -> Reply:
    async with _received(ctx, slug, NAMES) as (fields, files):
        return await _submit(ctx, slug, fields, files.flaws, files.inbox.uploads)


@asynccontextmanager
async def _received(
    ctx: Ctx, slug: str, names: tuple[str, ...], secret: str | None = None
) -> AsyncIterator[tuple[dict[str, str], _Files]]:
    """The fields and files of a form, counted against the limits. Files that nothing names at the end are removed.

    With a `secret` nothing is taken from who does not know a right one.
    """
    services = _services(ctx)
    async with _door(ctx, slug) as tx:
        if secret is not None:
            await following.find(tx, secret)
        limit, now = collaboration.file_limit(services.settings, ctx.tenant), tx.now
        accepted = ctx.tenant.settings.attachment_types
    peer = reading.peer_of(ctx.request, services.settings)
    await reading.limit_submits(services.database, services.settings, ctx.tenant.id, peer)
    async with collaboration.receiving(services.settings, ctx.tenant.id, now, accepted) as inbox:
        files = _Files(inbox, limit)
        # Files beyond the allowed number are read over, so that the fields around them are kept.
        fields = await reading.read_fields(
            ctx.request, names, file_limit=limit, receive=files.take, max_files=2 * reading.MAX_FILES
        )
        yield fields, files


class _Files:
    """Takes a form's files; what is wrong with one is said beside the field instead of ending the request."""

    def __init__(self, inbox: Inbox, limit: int) -> None:
        self.inbox = inbox
        self.limit = limit
        self.flaws: list[Flaw] = []

    async def take(self, part: FilePart) -> None:
        """Store a file, or note its flaw."""
        if len(self.inbox.uploads) >= reading.MAX_FILES:
            self.flaws.append(Flaw("file", "files", str(reading.MAX_FILES)))
            return
        try:
            await self.inbox.take(part)
        except TooLarge:
            self.flaws.append(Flaw("file", "file-size", public.size(self.limit)))
        except Invalid as error:
            is_empty = error.errors[0].template == collaboration.EMPTY
            self.flaws.append(Flaw("file", "file" if is_empty else "file-refused"))


async def _submit(ctx: Ctx, slug: str, fields: dict[str, str], flaws: list[Flaw], uploads: Sequence[Upload]) -> Reply:
    submission = reading.submission_from(fields)
    secret = fields.get("submission", "")
    async with _door(ctx, slug) as tx:
        flaws = [*submitting.find_flaws(submission, await classification.catalogue(tx)), *flaws]
        if fields.get(TRAP, "").strip():
            flaws.append(Flaw(TRAP, "trap"))
        if flaws:
            return await _form(ctx, tx, 422, fields, flaws, had_files=bool(uploads))
        made = await submitting.submit(
            tx,
            ctx.actor,
            submission,
            source="web",
            uploads=uploads,
            occasion=Occasion(FORM, secret, exact=False) if public.is_secret(secret) else None,
        )
    path = f"/p/{slug}/t/{made.secret}"
    return _render(ctx, "sent", 201, reference=made.reference_code, path=path, link=_base(ctx) + path)


async def _form(
    ctx: Ctx, tx: Tx, status: int, fields: dict[str, str], flaws: Sequence[Flaw], *, had_files: bool = False
) -> Reply:
    catalogue, tenant = await classification.catalogue(tx), _tenant(ctx)
    asks_category = "category" in tenant.settings.public_fields
    custom = [field for field in submitting.public_fields(catalogue) if asks_category or not field.categories]
    return _render(
        ctx,
        "form",
        status,
        intro=tenant.settings.public_intro,
        asked=tenant.settings.public_fields,
        values={**dict.fromkeys((*NAMES, *(f"custom.{one.slug}" for one in custom)), ""), **fields},
        custom=custom,
        category_slugs={entry.id: entry.slug for entry in catalogue.categories.values()},
        category_names={entry.id: entry.name for entry in catalogue.categories.values()},
        had_files=had_files,
        trap=TRAP,
        limits=submitting.LIMITS,
        submission=_submission(fields),
        categories=sorted((c for c in catalogue.categories.values() if c.is_active), key=lambda c: c.name.casefold()),
        **_flawed(ctx, flaws),
    )


def _submission(fields: dict[str, str]) -> str:
    """What makes a form's second sending the same as its first: kept through refusals."""
    secret = fields.get("submission", "")
    return secret if public.is_secret(secret) else public.new_secret()


def _flawed(ctx: Ctx, flaws: Sequence[Flaw]) -> dict[str, Any]:
    """What a page with a form shows of its flaws, and of what files it takes."""
    errors: dict[str, str] = {}
    for flaw in flaws:
        errors.setdefault(flaw.field, pages.speech(ctx).say(flaw.text, flaw.values))
    limit = collaboration.file_limit(_services(ctx).settings, _tenant(ctx))
    files = {"count": reading.MAX_FILES, "bytes": limit, "size": public.size(limit)}
    return {"errors": errors, "first": next(iter(errors), None), "files": files}


# -------------------------------------------------------------------------------------------------- the tracking page


async def _show_tracking(ctx: Ctx, slug: str, secret: str, *, is_sent: bool) -> Reply:
    services = _services(ctx)
    peer = reading.peer_of(ctx.request, services.settings)
    async with _door(ctx, slug):
        tenant_id = ctx.tenant.id
    await reading.limit_looks(services.database, services.settings, tenant_id, peer)
    async with _door(ctx, slug) as tx:
        return await _tracking(ctx, tx, secret, 200, {}, [], is_sent=is_sent)


async def _send_answer(ctx: Ctx, slug: str, secret: str) -> Reply:
    async with _received(ctx, slug, ANSWER, secret) as (fields, files):
        body, flaws = fields.get("body", "").strip(), list(files.flaws)
        if not body:
            flaws.insert(0, Flaw("body", "missing"))
        elif len(body) > submitting.LIMITS["answer"]:
            flaws.insert(0, Flaw("body", "too-long", str(submitting.LIMITS["answer"])))
        async with _door(ctx, slug) as tx:
            if flaws:
                return await _tracking(ctx, tx, secret, 422, fields, flaws, had_files=bool(files.inbox.uploads))
            await following.reply(
                tx, secret, body, sender=FORM, occasion=fields.get("submission", ""), uploads=files.inbox.uploads
            )
        return pages.redirect(ctx, f"/p/{slug}/t/{secret}?sent=1#messages")


async def _tracking(
    ctx: Ctx,
    tx: Tx,
    secret: str,
    status: int,
    fields: dict[str, str],
    flaws: Sequence[Flaw],
    *,
    had_files: bool = False,
    is_sent: bool = False,
) -> Reply:
    return _render(
        ctx,
        "tracking",
        status,
        found=await following.follow(tx, secret),
        secret=secret,
        words=STEPS,
        about=public.ABOUT,
        values={name: fields.get(name, "") for name in ANSWER},
        had_files=had_files,
        is_sent=is_sent,
        limit=submitting.LIMITS["answer"],
        submission=_submission(fields),
        **_flawed(ctx, flaws),
    )


# ---------------------------------------------------------------------------------------------------- what is shown


async def _show_brand(ctx: Ctx, slug: str, version: str | None) -> Reply:
    async with _door(ctx, slug):
        color = _color(_tenant(ctx))
    content = brand.sheet(color).encode()
    kept = version is not None and version == _version(color)
    headers = {"Cache-Control": f"public, max-age={_DAY}" if kept else "no-cache"}
    return Reply(content, 200, headers, media_type="text/css; charset=utf-8")


def _color(tenant: Tenant) -> str:
    return str(getattr(tenant.settings, "brand_color", ""))


def _version(color: str) -> str:
    return static.entity_tag(brand.sheet(color).encode()).strip('"')


def _render(ctx: Ctx, template: str, status: int, **values: Any) -> Reply:
    tenant = ctx.tenant
    color = _color(tenant) if tenant is not None else ""
    sheet = f"/p/{tenant.slug}/brand.css?v={_version(color)}" if brand.sheet(color) else None
    ctx.headers["Cache-Control"] = "no-store"
    return pages.render(ctx, f"intake/{template}.html", status=status, tenant=tenant, sheet=sheet, **values)


def _not_found(ctx: Ctx) -> Reply:
    """Byte for byte the same, whatever is not there: without the tenant's name, colour and language."""
    ctx.tenant = None
    return _render(ctx, "message", 404, key="not-found")


def _tenant(ctx: Ctx) -> Tenant:
    tenant: Tenant = ctx.tenant
    return tenant


def _base(ctx: Ctx) -> str:
    return public.base_address(
        scheme=ctx.request.url.scheme,
        host=ctx.request.headers.get("host", ""),
        tenant_host=_tenant(ctx).host,
        public_url=_services(ctx).settings.public_url,
    )
