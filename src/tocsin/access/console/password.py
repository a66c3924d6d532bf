"""A forgotten password: asking for a link, and choosing a new password with it."""

from __future__ import annotations

import msgspec

from tocsin.access.console.common import MODULE, browser, database, settings
from tocsin.access.service import recovery
from tocsin.access.service.gate import check_origin
from tocsin.base.errors import invalid
from tocsin.web import pages
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action, page


class LanguageQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The language to show the page in; `sent` after asking."""

    lang: str | None = None
    sent: str | None = None


class ForgotForm(msgspec.Struct, frozen=True, kw_only=True):
    """Whose password it is."""

    email: str = ""


class ResetForm(msgspec.Struct, frozen=True, kw_only=True):
    """The new password, twice."""

    new: str = ""
    again: str = ""


@page("/forgot", module=MODULE, access="open")
async def show_forgot(ctx: Ctx, query: LanguageQuery) -> Reply:
    """The form to ask for a link with, or why there is none."""
    pages.choose_language(ctx, query.lang)
    sends_links = recovery.is_set_up(settings(ctx))
    return pages.render(ctx, "access/forgot.html", sends_links=sends_links, is_sent=query.sent is not None)


@action("/forgot", module=MODULE, access="open")
async def send_link(ctx: Ctx, data: ForgotForm) -> Reply:
    """Send the link; the answer is the same whoever asks."""
    pages.choose_language(ctx, None)
    check_origin(ctx.request)
    if "@" not in data.email.strip()[1:]:
        raise invalid("email", "Give the e-mail address that you log in with.")
    await recovery.ask(database(ctx), settings(ctx), data.email, browser(ctx))
    return pages.redirect(ctx, "/forgot?sent=1")


@page("/reset/{secret}", module=MODULE, access="open")
async def show_reset(ctx: Ctx, secret: str, query: LanguageQuery) -> Reply:
    """The form to choose a new password with, or that the link works no more."""
    pages.choose_language(ctx, query.lang)
    works = await recovery.is_open(database(ctx), secret, browser(ctx))
    ctx.headers["Cache-Control"] = "no-store"
    ctx.headers["Referrer-Policy"] = "no-referrer"
    return pages.render(ctx, "access/reset.html", secret=secret, works=works, status=None if works else 404)


@action("/reset/{secret}", module=MODULE, access="open")
async def choose_password(ctx: Ctx, secret: str, data: ResetForm) -> Reply:
    """Take the new password; every session of the account ends."""
    pages.choose_language(ctx, None)
    check_origin(ctx.request)
    if data.new != data.again:
        raise invalid("again", "The two passwords are not the same.")
    await recovery.reset(database(ctx), secret, data.new, browser(ctx))
    _ = pages.speech(ctx).gettext
    return pages.redirect(ctx, "/login", _("Your new password works now; log in with it."))


ENDPOINTS = (show_forgot, send_link, show_reset, choose_password)
