"""Teams: who belongs together, and who leads."""

from __future__ import annotations

from typing import Literal

import msgspec

from tocsin.access import permissions, service
from tocsin.access.console.people import all_teams
from tocsin.access.model import TeamView
from tocsin.access.service import NewTeam, TeamChange
from tocsin.web import pages
from tocsin.web.admin import Choice
from tocsin.web.forms import InUse
from tocsin.web.i18n import N_
from tocsin.web.pages import Undo
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action, page

MODULE = "access"
MANAGE = permissions.TEAMS_MANAGE
TEAMS = "/admin/teams"
SPREADS = {
    "none": N_("Waits in the queue until a member takes it"),
    "round_robin": N_("To the members in turn"),
    "least_work": N_("To who has the least open work, weighed by priority"),
    "sticky": N_("To who had the reporter's last one, else to who has the least"),
}


class TeamForm(msgspec.Struct, frozen=True, kw_only=True):
    """A team as the form has it; people by id."""

    name: str = ""
    description: str | None = None
    spread: Literal["none", "round_robin", "least_work", "sticky"] = "none"
    members: list[str] = []
    leads: list[str] = []


@page(TEAMS, module=MODULE, permission=MANAGE)
async def show_teams(ctx: Ctx) -> Reply:
    """The teams, by name; those that are at rest come last."""
    return pages.render(
        ctx, "access/teams.html", teams=sorted(await all_teams(ctx), key=lambda team: not team.is_active)
    )


@page(f"{TEAMS}/new", module=MODULE, permission=MANAGE)
async def show_new_team(ctx: Ctx) -> Reply:
    """The form for a new team."""
    return await _form(ctx, None)


@page(f"{TEAMS}/{{team}}", module=MODULE, permission=MANAGE)
async def show_team(ctx: Ctx, team: str) -> Reply:
    """A team, ready to be changed."""
    return await _form(ctx, await service.get_team(ctx.tx, team))


async def _form(ctx: Ctx, team: TeamView | None) -> Reply:
    active = await service.people_to_choose(ctx.tx)
    people = {str(person.id): Choice(str(person.id), person.name, person.email or "") for person in active}
    _ = pages.speech(ctx).gettext
    for member in team.members if team else ():
        if str(member.id) not in people:
            people[str(member.id)] = Choice(str(member.id), member.name, "" if member.is_active else _("inactive"))
    members = [str(member.id) for member in team.members] if team else []
    shown = sorted(people.values(), key=lambda choice: (choice.value not in members, choice.text.casefold()))
    leads = [str(member.id) for member in team.members if member.is_lead] if team else []
    return pages.render(
        ctx, "access/team.html", team=team, people=shown, members=members, leads=leads, spreads=list(SPREADS.items())
    )


@action(TEAMS, module=MODULE, permission=MANAGE)
async def add_team(ctx: Ctx, data: TeamForm) -> Reply:
    """Make a team."""
    _ = pages.speech(ctx).gettext
    made = await service.create_team(ctx.tx, ctx.actor, NewTeam(**msgspec.structs.asdict(data)))
    return pages.redirect(ctx, TEAMS, _("The team %(name)s was made.") % {"name": made.name})


@action(f"{TEAMS}/{{team}}", module=MODULE, permission=MANAGE)
async def change_team(ctx: Ctx, team: str, data: TeamForm) -> Reply:
    """Change a team and who is in it."""
    _ = pages.speech(ctx).gettext
    after = await service.change_team(ctx.tx, ctx.actor, team, TeamChange(**msgspec.structs.asdict(data)))
    return pages.redirect(ctx, TEAMS, _("The team %(name)s was saved.") % {"name": after.name})


@action(f"{TEAMS}/{{team}}/active", module=MODULE, permission=MANAGE)
async def set_team_active(ctx: Ctx, team: str, data: InUse) -> Reply:
    """Retire a team, or bring it back."""
    _ = pages.speech(ctx).gettext
    after = await service.change_team(ctx.tx, ctx.actor, team, TeamChange(is_active=data.is_active))
    said = _("%(name)s can be given work again.") if after.is_active else _("%(name)s was deactivated.")
    undo = Undo(f"{TEAMS}/{after.id}/active", {"is_active": "false" if data.is_active else "true"})
    return pages.back(ctx, TEAMS, said % {"name": after.name}, undo)


ENDPOINTS = (show_teams, show_new_team, show_team, add_team, change_team, set_team_active)
