"""The administration's overview: a card for each thing that the one who looks may manage, brought by its feature."""

from __future__ import annotations

from tocsin.access import permissions, service
from tocsin.base.manifest import Slot
from tocsin.web import admin, pages, shell
from tocsin.web.admin import Card
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, page

MODULE = "access"


@page("/admin", module=MODULE, permission=permissions.ADMINISTER)
async def show_overview(ctx: Ctx) -> Reply:
    """What there is to administer, and what needs care."""
    cards = await shell.fill_slots(ctx, admin.OVERVIEW, None)
    return pages.render(ctx, "access/overview.html", cards=cards)


async def people_card(ctx: Ctx, _subject: object) -> str:
    """Members and teams."""
    tongue = pages.speech(ctx)
    found = await service.people_figures(ctx.tx, ctx.actor)
    cares = []
    if found.without_role:
        said = tongue.ngettext(
            "%(num)s person has no role and can do nothing.",
            "%(num)s people have no role and can do nothing.",
            found.without_role,
        )
        cares.append((said, "/admin/people?role=none"))
    if found.empty_teams:
        said = tongue.ngettext(
            "%(num)s team has no active member.", "%(num)s teams have no active member.", found.empty_teams
        )
        cares.append((said, "/admin/teams" if ctx.actor.can(permissions.TEAMS_MANAGE) else ""))
    _ = tongue.gettext
    figures = [(found.active, _("active people")), (found.inactive, _("inactive")), (found.teams, _("teams"))]
    return admin.show(ctx, Card(_("People and teams"), "/admin/people", icon="users", figures=figures, cares=cares))


async def rights_card(ctx: Ctx, _subject: object) -> str:
    """Roles and tokens."""
    tongue = pages.speech(ctx)
    found = await service.rights_figures(ctx.tx, ctx.actor)
    cares = []
    if found.expiring:
        said = tongue.ngettext(
            "%(num)s token expires within 14 days.", "%(num)s tokens expire within 14 days.", found.expiring
        )
        cares.append((said, "/admin/tokens"))
    if found.unused:
        said = tongue.ngettext(
            "%(num)s token has not been used for 90 days; revoke what nobody needs.",
            "%(num)s tokens have not been used for 90 days; revoke what nobody needs.",
            found.unused,
        )
        cares.append((said, "/admin/tokens"))
    _ = tongue.gettext
    figures = [(found.tokens, _("working tokens")), (found.roles, _("roles"))]
    return admin.show(ctx, Card(_("Tokens and roles"), "/admin/tokens", icon="key", figures=figures, cares=cares))


ENDPOINTS = (show_overview,)
SLOTS = (
    Slot(admin.OVERVIEW, people_card, (permissions.USERS_MANAGE,), MODULE, order=20),
    Slot(admin.OVERVIEW, rights_card, (permissions.TOKENS_MANAGE,), MODULE, order=24),
)
