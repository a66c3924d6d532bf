"""People: who is in the organisation, with which roles and teams."""

from __future__ import annotations

from urllib.parse import urlencode

import msgspec

from tocsin.access import permissions, service
from tocsin.access.console.absences import beside
from tocsin.access.console.common import settings
from tocsin.access.model import RoleView, TeamView, UserView
from tocsin.access.service import NewUser, TeamQuery, UserChange, UserQuery, recovery
from tocsin.base.actor import Actor
from tocsin.base.errors import Forbidden
from tocsin.base.paging import MAX_LIMIT, PageQuery
from tocsin.web import admin, i18n, pages
from tocsin.web.admin import Choice
from tocsin.web.forms import InUse
from tocsin.web.pages import Undo
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action, page

MODULE = "access"
MANAGE = permissions.USERS_MANAGE
PEOPLE = "/admin/people"
FEW = 2
"""As many permissions of a role are told beside it; with more of them its name says it better."""


class PeopleQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The list's filters, as a form sends them: empty for none. `show`: active, inactive or service."""

    q: str = ""
    show: str = "active"
    role: str = ""
    team: str = ""
    cursor: str | None = None


class PersonForm(msgspec.Struct, frozen=True, kw_only=True):
    """A person as the form has them; what is left empty is not given."""

    name: str = ""
    email: str = ""
    phone: str | None = None
    time_zone: str | None = None
    locale: str | None = None
    manager: str | None = None
    roles: list[str] = []
    teams: list[str] = []
    password: str | None = None


@page(PEOPLE, module=MODULE, permission=MANAGE)
async def show_people(ctx: Ctx, query: PeopleQuery) -> Reply:
    """Everybody in the organisation, by name."""
    is_service = query.show == "service"
    wanted = UserQuery(
        q=query.q or None,
        active="all" if is_service else "false" if query.show == "inactive" else "true",
        kind="service" if is_service else "person",
        role=query.role or None,
        team=query.team or None,
        cursor=query.cursor,
    )
    found = await service.list_users(ctx.tx, wanted)
    kept = {name: value for name in ("q", "show", "role", "team") if (value := getattr(query, name))}
    return pages.render(
        ctx,
        "access/people.html",
        people=found.items,
        more=f"{PEOPLE}?{urlencode(kept)}&",
        next_cursor=found.next_cursor,
        query=query,
        roles=await all_roles(ctx),
        teams=await all_teams(ctx),
    )


@page(f"{PEOPLE}/new", module=MODULE, permission=MANAGE)
async def show_new_person(ctx: Ctx) -> Reply:
    """The form for somebody new."""
    return await _form(ctx, None)


@page(f"{PEOPLE}/{{person}}", module=MODULE, permission=MANAGE)
async def show_person(ctx: Ctx, person: str) -> Reply:
    """Somebody, ready to be changed."""
    return await _form(ctx, await service.get_user(ctx.tx, ctx.actor, person))


async def _form(ctx: Ctx, person: UserView | None) -> Reply:
    held = set(person.roles if person else ())
    roles = [_role_choice(ctx, role, held) for role in await all_roles(ctx)]
    member_of = set(person.teams if person else ())
    teams = [Choice(t.slug, t.name) for t in await all_teams(ctx) if t.is_active or t.slug in member_of]
    return pages.render(
        ctx,
        "access/person.html",
        person=person,
        roles=roles,
        teams=teams,
        managers=await _managers(ctx, person),
        locales=list(i18n.LOCALES.items()),
        sends_links=recovery.is_set_up(settings(ctx)),
        **(await beside(ctx, str(person.id)) if person is not None else {"absences": [], "deputies": []}),
    )


async def _managers(ctx: Ctx, person: UserView | None) -> list[tuple[str, str]]:
    """Whom somebody may report to: as many as a screen can show, and whoever it is now."""
    people = await service.people_to_choose(ctx.tx)
    found = [(str(one.id), one.name) for one in people if person is None or one.id != person.id]
    kept = person.manager_id if person is not None else None
    if kept is not None and str(kept) not in dict(found):
        found.append((str(kept), (await service.names(ctx.tx, [kept])).get(kept, "")))
    return found


def _role_choice(ctx: Ctx, role: RoleView, held: set[str]) -> Choice:
    _ = pages.speech(ctx).gettext
    grants = "; ".join(_(permissions.DESCRIPTIONS[name]).replace("`", "") for name in role.permissions[:FEW])
    why_not = "" if role.slug in held or may_grant(ctx.actor, role) else _("You don't hold all that it grants.")
    return Choice(role.slug, role.name, grants if len(role.permissions) <= FEW else "", why_not)


def may_grant(actor: Actor, role: RoleView) -> bool:
    """Whether somebody holds all that a role grants."""
    return all(actor.can(name) for name in role.permissions)


@action(PEOPLE, module=MODULE, permission=MANAGE)
async def add_person(ctx: Ctx, data: PersonForm) -> Reply:
    """Add somebody."""
    _ = pages.speech(ctx).gettext
    new = NewUser(**msgspec.structs.asdict(data))
    try:
        made = await service.create_user(ctx.tx, ctx.actor, new)
    except Forbidden as error:
        raise admin.about_field(error, "roles") from None
    return pages.redirect(ctx, PEOPLE, _("%(name)s was added.") % {"name": made.name})


@action(f"{PEOPLE}/{{person}}", module=MODULE, permission=MANAGE)
async def change_person(ctx: Ctx, person: str, data: PersonForm) -> Reply:
    """Change somebody."""
    _ = pages.speech(ctx).gettext
    before = await service.get_user(ctx.tx, ctx.actor, person)
    given = {"name": data.name, "time_zone": data.time_zone, "locale": data.locale}
    if before.kind == "person":
        given |= {"email": data.email, "phone": data.phone, "manager": data.manager}
        change = UserChange(**given, roles=data.roles, teams=data.teams)  # type: ignore[arg-type]
    else:
        change = UserChange(**given)  # type: ignore[arg-type]
    try:
        after = await service.change_user(ctx.tx, ctx.actor, str(before.id), change)
    except Forbidden as error:
        is_moved = before.kind == "person" and data.email != before.email
        raise admin.about_field(error, "email" if is_moved else "roles") from None
    return pages.redirect(ctx, PEOPLE, _("%(name)s was saved.") % {"name": after.name})


@action(f"{PEOPLE}/{{person}}/active", module=MODULE, permission=MANAGE)
async def set_active(ctx: Ctx, person: str, data: InUse) -> Reply:
    """Let somebody in, or shut them out: their sessions and tokens end at once."""
    _ = pages.speech(ctx).gettext
    after = await service.change_user(ctx.tx, ctx.actor, person, UserChange(is_active=data.is_active))
    said = _("%(name)s may work here again.") if after.is_active else _("%(name)s was deactivated and logged out.")
    undo = Undo(f"{PEOPLE}/{after.id}/active", {"is_active": "false" if data.is_active else "true"})
    return pages.back(ctx, PEOPLE, said % {"name": after.name}, undo)


async def all_roles(ctx: Ctx) -> list[RoleView]:
    """The organisation's roles, by name: as many as a screen can show."""
    return (await service.list_roles(ctx.tx, PageQuery(limit=MAX_LIMIT))).items


async def all_teams(ctx: Ctx) -> list[TeamView]:
    """The organisation's teams, by name, active or not: as many as a screen can show."""
    return (await service.list_teams(ctx.tx, TeamQuery(active="all", limit=MAX_LIMIT))).items


ENDPOINTS = (show_people, show_new_person, show_person, add_person, change_person, set_active)
