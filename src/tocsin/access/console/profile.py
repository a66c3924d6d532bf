"""My profile, how the console looks to me, my password, my sessions."""

from __future__ import annotations

from typing import Literal

import msgspec

from tocsin.access import rules, service
from tocsin.access.console.absences import beside
from tocsin.access.console.common import ANYBODY, MODULE, browser, database
from tocsin.access.model import UserView
from tocsin.access.service import PasswordChange, ProfileChange
from tocsin.base.errors import invalid
from tocsin.base.paging import PageQuery
from tocsin.tenancy import service as tenancy
from tocsin.web import pages
from tocsin.web.forms import NoFields
from tocsin.web.i18n import LOCALES, N_
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action, page

THEMES = (
    ("system", N_("As the system")),
    ("light", N_("Light")),
    ("dark", N_("Dark")),
)
DENSITIES = (("compact", N_("Compact")), ("normal", N_("Normal")), ("roomy", N_("Roomy")))


class ProfileForm(msgspec.Struct, frozen=True, kw_only=True):
    """Zone and language may be empty: as the organisation has them."""

    name: str = ""
    time_zone: str | None = None
    locale: str | None = None


class LooksForm(msgspec.Struct, frozen=True, kw_only=True):
    """How the console looks; an unticked box is not sent."""

    theme: Literal["system", "light", "dark"] = "system"
    density: Literal["compact", "normal", "roomy"] = "normal"
    keys: bool = False


class PasswordForm(msgspec.Struct, frozen=True, kw_only=True):
    """The present password, and the new one twice."""

    old: str = ""
    new: str = ""
    again: str = ""


@page("/profile", module=MODULE, permission=ANYBODY)
async def show_profile(ctx: Ctx) -> Reply:
    """My name, language and zone; the console's looks; my password."""
    me = await service.get_user(ctx.tx, ctx.actor, "me")
    return pages.render(
        ctx,
        "access/profile.html",
        me=me,
        roles=await _role_names(ctx, me),
        languages=list(LOCALES.items()),
        zones=tenancy.time_zones(),
        themes=THEMES,
        densities=DENSITIES,
        **await beside(ctx, "me"),
    )


async def _role_names(ctx: Ctx, me: UserView) -> list[str]:
    names = {role.slug: role.name for role in (await service.list_roles(ctx.tx, PageQuery())).items}
    return [names.get(slug, slug) for slug in me.roles]


@action("/profile", module=MODULE, permission=ANYBODY)
async def change_profile(ctx: Ctx, data: ProfileForm) -> Reply:
    """Change my name, language and zone."""
    change = ProfileChange(name=data.name, time_zone=data.time_zone, locale=data.locale)
    after = await service.change_profile(ctx.tx, ctx.actor, change)
    _ = pages.speech_of(ctx, after.locale).gettext
    return pages.back(ctx, "/profile", _("Your profile is saved."))


@action("/profile/looks", module=MODULE, permission=ANYBODY)
async def change_looks(ctx: Ctx, data: LooksForm) -> Reply:
    """Change how the console looks to me, at once."""
    await service.set_preferences(ctx.tx, ctx.actor, msgspec.to_builtins(data))
    _ = pages.speech(ctx).gettext
    return pages.back(ctx, "/profile", None if pages.is_part(ctx.request) else _("The console looks as you chose."))


@action("/profile/password", module=MODULE, permission=ANYBODY, own_transactions=True)
async def change_password(ctx: Ctx, data: PasswordForm) -> Reply:
    """Change my password; my other sessions end."""
    async with ctx.transaction():
        pass  # admits the caller: the verb opens its transactions itself, as a hash takes long
    if data.new != data.again:
        raise invalid("again", "The two passwords are not the same.")
    change = PasswordChange(old=data.old, new=data.new)
    await service.change_password(database(ctx), ctx.actor, change, browser(ctx))
    _ = pages.speech(ctx).gettext
    return pages.back(ctx, "/profile", _("Your password is changed; your other sessions have ended."))


@page("/profile/sessions", module=MODULE, permission=ANYBODY)
async def show_sessions(ctx: Ctx) -> Reply:
    """The browsers I am logged in with."""
    found = await service.list_sessions(ctx.tx, ctx.actor)
    rows = [(session, *rules.device(session.user_agent or "")) for session in found]
    return pages.render(ctx, "access/sessions.html", rows=rows, real_now=ctx.tx.real_now)


@action("/profile/sessions/{session}/end", module=MODULE, permission=ANYBODY)
async def end_session(ctx: Ctx, session: str, data: NoFields) -> Reply:
    """End one of my sessions."""
    await service.end_session(ctx.tx, ctx.actor, session)
    _ = pages.speech(ctx).gettext
    return pages.back(ctx, "/profile/sessions", _("The session has ended."))


@action("/profile/sessions/end-others", module=MODULE, permission=ANYBODY)
async def end_other_sessions(ctx: Ctx, data: NoFields) -> Reply:
    """End all of my sessions but this one."""
    count = await service.end_other_sessions(ctx.tx, ctx.actor)
    said = pages.speech(ctx).ngettext("One session has ended.", "%(num)s sessions have ended.", count)
    return pages.back(ctx, "/profile/sessions", said)


ENDPOINTS = (
    *(show_profile, change_profile, change_looks, change_password),
    *(show_sessions, end_session, end_other_sessions),
)
