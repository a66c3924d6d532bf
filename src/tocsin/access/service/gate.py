"""Letting requests in: tokens, session cookies, and the public door of a tenant. Implements `web.unit.Gatekeeper`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Request

from tocsin.access import permissions, rules, store
from tocsin.access.service.admissions import Admissions, Admitted
from tocsin.base.actor import Actor
from tocsin.base.errors import N_, Forbidden, NotFound, TenantSuspended, Unauthenticated
from tocsin.db.tx import Database, Tx
from tocsin.tenancy import service as tenancy
from tocsin.tenancy.model import tenant_from
from tocsin.web import forms
from tocsin.web.peer import header
from tocsin.web.routes import Ctx, Person

COOKIE = "tcs_session"
_SAFE = ("GET", "HEAD", "OPTIONS")
_BAD = N_("This token or session is not valid (any more); log in again or ask for a new token.")


def _credential(request: Request[Any, Any, Any]) -> tuple[UUID, bytes, bool]:
    """The tenant, the secret's hash and whether it is a token; read once per request. Raises `Unauthenticated`."""
    state = request.scope["state"]
    found: tuple[UUID, bytes, bool] | None = state.get("credential")
    if found is None:
        found = state["credential"] = _read_credential(request)
    return found


def _read_credential(request: Request[Any, Any, Any]) -> tuple[UUID, bytes, bool]:
    given = header(request, b"authorization")
    if given is not None:
        scheme, _, token = given.partition(" ")
        parsed = rules.parse_credential(token.strip()) if scheme.lower() == "bearer" else None
        if parsed is None:
            raise Unauthenticated(_BAD)
        return *parsed, True
    cookie = request.cookies.get(COOKIE)
    parsed = rules.parse_credential(cookie) if cookie else None
    if parsed is None:
        raise Unauthenticated(_BAD if cookie else N_("Send `Authorization: Bearer tcs_…` or log in."))
    return *parsed, False


class Gate:
    """The gatekeeper of all requests. `session_hours` is how long an unused session lasts."""

    def __init__(self, session_hours: int) -> None:
        self.session_life = timedelta(hours=session_hours)
        self.admissions = Admissions()

    def tenant_of(self, request: Request[Any, Any, Any]) -> UUID:
        """The tenant inside the request's credential. Raises `Unauthenticated`."""
        return _credential(request)[0]

    async def admit(self, ctx: Ctx) -> None:
        """Find the credential inside its tenant; set actor, tenant and clock. Raises `Unauthenticated`, `TenantSuspended`."""
        tx = ctx.tx
        tenant_id, secret_hash, is_token = _credential(ctx.request)
        admitted = self.admissions.get(tenant_id, secret_hash, tx.real_now)
        if admitted is None:
            admitted = await self._look_up(tx, secret_hash, is_token=is_token)
        tenancy.pin(tx, admitted.tenant)
        if admitted.tenant.state != "active":
            raise TenantSuspended("This organisation is suspended; its operator can resume it.")
        if admitted.csrf_token is not None:
            _check_csrf(ctx, admitted.csrf_token)
        ctx.tenant, ctx.actor = admitted.tenant, admitted.actor
        ctx.person, ctx.csrf = admitted.person, admitted.csrf_token

    async def _look_up(self, tx: Tx, secret_hash: bytes, *, is_token: bool) -> Admitted:
        changes = self.admissions.changes
        row = await (store.admission.by_token if is_token else store.admission.by_session)(tx, secret_hash)
        if row is None or not row["is_active"] or (row["expires_at"] is not None and row["expires_at"] <= tx.real_now):
            raise Unauthenticated(_BAD)
        held = rules.effective_permissions(row["held"] or (), row["narrowed"])
        source = "api" if is_token else "web"
        actor = Actor(row["id"], row["user_id"], row["user_name"], row["user_kind"], held, source, row["via"])
        expires_at = row["expires_at"]
        if row["last_used_at"] is None or tx.real_now - row["last_used_at"] > timedelta(minutes=1):
            if is_token:
                await store.admission.touch_token(tx, row["via"])
            else:
                expires_at = tx.real_now + self.session_life
                await store.admission.touch_session(tx, row["via"], expires_at)
        person = Person(row["person_locale"], row["person_zone"], row["preferences"])
        admitted = Admitted(actor, tenant_from(row), row["csrf_token"], expires_at, tx.real_now, person)
        self.admissions.keep(secret_hash, admitted, changes)
        return admitted

    async def public_tenant(self, request: Request[Any, Any, Any], database: Database) -> UUID:
        """The tenant of a public request: of its token when one is sent, else X-Tenant, else the host. Raises `NotFound`."""
        if header(request, b"authorization") is not None:
            return self.tenant_of(request)
        slug = request.path_params.get("tenant") or request.headers.get("x-tenant")
        if slug is not None:
            return await _named(database, slug.strip()) if _storable(slug) else _nobody()
        host = request.headers.get("host", "").rsplit(":", 1)[0]
        return (await tenancy.find_by_host(database, host)).id if host and _storable(host) else _nobody()

    async def admit_public(self, ctx: Ctx, module: str) -> None:
        """Let the public in, or a member by token. Raises the same `NotFound` for off, suspended and unknown."""
        tx = ctx.tx
        if header(ctx.request, b"authorization") is not None:
            await self._admit_member(ctx)
        else:
            ctx.tenant = await tenancy.current(tx)
            held = await store.roles.permissions_of(tx, "public")
            ctx.actor = Actor(ctx.tenant.id, None, "Public", "public", frozenset(held or ()), "web")
        shut = ctx.tenant.state != "active" or {module, "incidents"} & set(ctx.tenant.disabled_modules)
        if shut or (ctx.actor.kind == "public" and not ctx.actor.can(permissions.PUBLIC_SUBMIT)):
            raise NotFound

    async def _admit_member(self, ctx: Ctx) -> None:
        try:
            await self.admit(ctx)
        except TenantSuspended:
            raise NotFound from None
        if not ctx.actor.can(permissions.PUBLIC_SUBMIT):
            raise Forbidden("This needs the permission {wanted}.", wanted=permissions.PUBLIC_SUBMIT)


def _storable(text: str) -> bool:
    return text.isascii() and text.isprintable()


async def _named(database: Database, slug: str) -> UUID:
    """The tenant of a slug. Raises the `NotFound` that says no more than that of a shut door."""
    try:
        return (await tenancy.find(database, slug)).id
    except NotFound:
        return _nobody()


def _nobody() -> UUID:
    raise NotFound


def check_origin(request: Request[Any, Any, Any]) -> None:
    """A browser says where a request comes from: only our own pages may send one that changes something. Raises `Forbidden`."""
    origin = request.headers.get("origin")
    if origin is not None and origin.split("://", 1)[-1] != request.headers.get("host"):
        raise Forbidden("This request comes from another site.", slug="csrf")


def _check_csrf(ctx: Ctx, expected: str) -> None:
    """A browser's unsafe request must carry the session's token and come from our own pages. Raises `Forbidden`."""
    if ctx.request.method in _SAFE:
        return
    check_origin(ctx.request)
    given = header(ctx.request, b"x-csrf-token") or ctx.form.token or ""
    if not forms.is_token(given, expected):
        raise Forbidden("The page is out of date (no valid X-CSRF-Token); reload it and try again.", slug="csrf")
