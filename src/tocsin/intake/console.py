"""The public pages: the form, its confirmation, the tracking page. Plain HTML that needs no script."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Response

from tocsin.base.errors import Invalid, NotFound, RateLimited, TocsinError, TooLarge
from tocsin.classification import service as classification
from tocsin.collaboration import service as collaboration
from tocsin.collaboration.service import Inbox, Upload
from tocsin.db.tx import Tx
from tocsin.intake.rules import public
from tocsin.intake.rules.words import moment, size, words
from tocsin.intake.service import reading, submit as submitting
from tocsin.intake.service.follow import follow
from tocsin.intake.service.submit import Flaw, Occasion
from tocsin.tenancy.model import Tenant
from tocsin.web import static
from tocsin.web.peer import request_id
from tocsin.web.problems import from_exception
from tocsin.web.routes import Ctx, get, post
from tocsin.web.unit import Services
from tocsin.web.uploads import FilePart

MODULE = "intake"
TRAP = "website"
"""A field that people don't see; programs that fill in everything give themselves away."""
NAMES = (*reading.FIELDS, "submission", TRAP)
FORM = UUID(int=1)
"""The sender of all forms: their submission ids are secrets of ours."""
Page = Response[bytes]


@get("/p/{tenant}", module=MODULE, access="open", produces="text/html")
async def show_form(ctx: Ctx, tenant: str) -> Page:
    """The form for reports from outside, as a page."""
    return await _page(ctx, partial(_show_form, ctx, tenant))


@post("/p/{tenant}", module=MODULE, access="open", produces="text/html", reads_stream=True)
async def send_form(ctx: Ctx, tenant: str) -> Page:
    """Takes the form: a page that confirms the report, or the form again with what is wrong."""
    return await _page(ctx, partial(_send_form, ctx, tenant))


@get("/p/{tenant}/t/{secret}", module=MODULE, access="open", produces="text/html")
async def show_tracking(ctx: Ctx, tenant: str, secret: str) -> Page:
    """How far a report is, for whoever has its secret address, as a page."""
    return await _page(ctx, partial(_show_tracking, ctx, tenant, secret))


ENDPOINTS = (show_form, send_form, show_tracking)


# ------------------------------------------------------------------------------------------------------- the edge


async def _page(ctx: Ctx, call: Callable[[], Awaitable[Page]]) -> Page:
    """The page, or one that says why not. Shut, suspended, unknown and wrong addresses can't be told apart."""
    try:
        return await call()
    except RateLimited as error:
        return _render(ctx, "message", error.status, key="too-many", seconds=error.retry_after)
    except TocsinError as error:
        if error.status in (401, 403, 404):
            return _not_found()
        return _render(ctx, "message", error.status, key="failed", detail=error.detail)
    except Exception as error:  # noqa: BLE001  the problem document's status and log, as a page
        answer = from_exception(error, request_id(ctx.request))
        status = answer.status_code or 500
        return _render(ctx, "message", status, key="failed", detail=f"({request_id(ctx.request)})")


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


# ------------------------------------------------------------------------------------------------------ the pages


async def _show_form(ctx: Ctx, slug: str) -> Page:
    async with _door(ctx, slug) as tx:
        return await _form(ctx, tx, 200, {}, [])


async def _send_form(ctx: Ctx, slug: str) -> Page:
    services = _services(ctx)
    async with _door(ctx, slug) as tx:
        limit = collaboration.file_limit(services.settings, ctx.tenant)
    await reading.limit_submits(
        services.database, services.settings, ctx.tenant.id, reading.peer_of(ctx.request, services.settings)
    )
    async with collaboration.receiving(services.settings, ctx.tenant.id, tx.now) as inbox:
        files = _Files(inbox, limit)
        # Files beyond the allowed number are read over, so that the fields around them are kept.
        fields = await reading.read_fields(
            ctx.request, NAMES, file_limit=limit, receive=files.take, max_files=2 * reading.MAX_FILES
        )
        return await _submit(ctx, slug, fields, files.flaws, inbox.uploads)


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
            self.flaws.append(Flaw("file", "file-size", size(self.limit)))
        except Invalid:
            self.flaws.append(Flaw("file", "file"))


async def _submit(ctx: Ctx, slug: str, fields: dict[str, str], flaws: list[Flaw], uploads: Sequence[Upload]) -> Page:
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
    return _render(ctx, "sent", 201, reference=made.reference_code, path=path, link=_base(ctx) + path, slug=slug)


async def _form(
    ctx: Ctx, tx: Tx, status: int, fields: dict[str, str], flaws: Sequence[Flaw], *, had_files: bool = False
) -> Page:
    catalogue, tenant = await classification.catalogue(tx), _tenant(ctx)
    text = words(tenant.locale)
    errors: dict[str, str] = {}
    for flaw in flaws:
        errors.setdefault(flaw.field, text[f"flaw.{flaw.code}"].format(limit=flaw.limit))
    secret = fields.get("submission", "")
    return _render(
        ctx,
        "form",
        status,
        slug=tenant.slug,
        intro=tenant.settings.public_intro,
        values={name: fields.get(name, "") for name in NAMES},
        errors=errors,
        first=next(iter(errors), None),
        had_files=had_files,
        trap=TRAP,
        limits=submitting.LIMITS,
        submission=secret if public.is_secret(secret) else public.new_secret(),
        categories=sorted((c for c in catalogue.categories.values() if c.is_active), key=lambda c: c.name.casefold()),
        max_files=reading.MAX_FILES,
        max_size=size(collaboration.file_limit(_services(ctx).settings, tenant)),
    )


async def _show_tracking(ctx: Ctx, slug: str, secret: str) -> Page:
    services = _services(ctx)
    peer = reading.peer_of(ctx.request, services.settings)
    async with _door(ctx, slug):
        tenant_id = ctx.tenant.id
    await reading.limit_looks(services.database, services.settings, tenant_id, peer)
    async with _door(ctx, slug) as tx:
        found = await follow(tx, secret)
    times = (
        ("received-at", found.received_at),
        ("taken-up-at", found.taken_up_at),
        ("solved-at", found.solved_at),
        ("closed-at", found.closed_at),
    )
    return _render(ctx, "tracking", 200, found=found, times=[(key, at) for key, at in times if at], slug=slug)


# ---------------------------------------------------------------------------------------------------- their HTML


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _render(ctx: Ctx, template: str, status: int, **values: Any) -> Page:
    tenant = _tenant(ctx) if ctx.tenant is not None else None
    headers = {"Retry-After": str(values["seconds"])} if values.get("seconds") else {}
    return _html(template, status, tenant, headers, **values)


def _html(template: str, status: int, tenant: Tenant | None, headers: dict[str, str], **values: Any) -> Page:
    locale = tenant.locale if tenant is not None else "en"
    zone = ZoneInfo(tenant.time_zone if tenant is not None else "UTC")

    def when(at: datetime) -> str:
        return moment(at.astimezone(zone), locale)

    content = (
        _environment()
        .get_template(f"{template}.html")
        .render(w=words(locale), lang=locale, tenant=tenant, when=when, style=static.url("public.css"), **values)
    )
    return Response(content.encode(), status_code=status, media_type="text/html", headers=headers)


def _not_found() -> Page:
    """Byte for byte the same, whatever is not there: without the tenant's name and language."""
    return _html("message", 404, None, {}, key="not-found")


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
