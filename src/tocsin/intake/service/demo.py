"""Loads the demo: two organisations and a sandbox, with people who can log in and incidents that lived through the verbs."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from importlib.resources import files
from typing import Any
from uuid import UUID

import msgspec

from tocsin.access import permissions, service as access
from tocsin.access.service import NewTeam, NewToken, NewUser, TeamChange, TeamQuery, TokenQuery
from tocsin.access.service.passwords import hash_password
from tocsin.base.actor import Actor, system_actor
from tocsin.base.errors import NotFound
from tocsin.classification import service as classification
from tocsin.collaboration import service as collaboration
from tocsin.collaboration.model import ChecklistDraft, MacroDraft, ReplyDraft
from tocsin.db.tx import Database, Tx
from tocsin.escalation import service as escalation
from tocsin.incidents.service import promises
from tocsin.intake.rules import demo
from tocsin.intake.rules.demo import DemoPerson, DemoTenant
from tocsin.intake.rules.demo.shelf import MACROS, REPLIES
from tocsin.intake.service.importing import import_servicenow
from tocsin.intake.service.story import Cast, play
from tocsin.oncall import service as oncall
from tocsin.oncall.model import Hours, NewLayer, NewSchedule
from tocsin.sla import service as sla
from tocsin.sla.model import NewCalendar, NewSlaPolicy
from tocsin.tenancy import service as tenancy
from tocsin.tenancy.model import Tenant

PASSWORD = "tocsin-demo-2026"
"""Of every demo login. The demo listens on loopback and holds invented people only."""
TOKEN_NAME = "Demo"
IMPORTED = ("category-", "group-")
"""How the slugs of the excerpt's categories and teams begin."""
TOKEN_ROLES = ("admin", "manager", "agent", "viewer")


async def load(database: Database) -> list[dict[str, Any]]:
    """Load what is not there yet; the slug, fresh tokens and logins of each tenant, as `tocsin demo --json` shows them.

    Tokens of an earlier load are revoked: only their hashes are kept, so they cannot be shown again.
    """
    hashing = asyncio.create_task(hash_password(PASSWORD))
    try:
        return list(await asyncio.gather(*(_load(database, content, hashing) for content in demo.ALL)))
    finally:
        await hashing


async def _load(database: Database, content: DemoTenant, hashing: asyncio.Task[str]) -> dict[str, Any]:
    tenant = await _tenant(database, content)
    async with database.tenant(tenant.id) as tx:
        await tenancy.current(tx)
        actor = system_actor(tenant.id, "cli")
        first = next(person for person in content.people if person.role == "admin")
        if await _member_id(tx, actor, first) is None:
            await _fill(tx, actor, content, await hashing)
        tokens = await _tokens(tx, actor, content)
    if content.imports_excerpt:
        await import_servicenow(database, content.slug, _excerpt(), file=demo.EXCERPT)
        async with database.tenant(tenant.id) as tx:
            await tenancy.current(tx)
            await _rest(tx, actor)
    logins = [
        {"email": person.email, "password": PASSWORD, "role": person.role, "name": person.name}
        for person in _first_of_each_role(content)
    ]
    return {"slug": content.slug, "name": content.name, "tokens": tokens, "logins": logins}


async def _tenant(database: Database, content: DemoTenant) -> Tenant:
    try:
        return await tenancy.find(database, content.slug)
    except NotFound:
        return await tenancy.create(
            database,
            content.slug,
            content.name,
            time_zone=content.time_zone,
            locale=content.locale,
            sandbox=content.clock_at is not None,
            clock_at=content.clock_at,
        )


async def _fill(tx: Tx, actor: Actor, content: DemoTenant, password_hash: str) -> None:
    """Everything of a tenant in one transaction: it is there whole or not at all."""
    for team in content.teams:
        await access.create_team(tx, actor, NewTeam(name=team.name, slug=team.slug, description=team.description))
    logins = {person.key for person in _first_of_each_role(content)}
    cast: dict[str, Actor] = {}
    for person in content.people:
        member_id = await _add(tx, actor, person, password_hash if person.key in logins else None)
        held = frozenset(permissions.SEEDED_ROLES[person.role][1])
        cast[person.key] = Actor(tx.tenant_id, member_id, person.name, "person", held, "web")
    for category in content.categories:
        about = {"type": category.type, "department": category.department, "description": category.description}
        await classification.add_category(tx, actor, {"name": category.name, "slug": category.slug, **about})
    await _set_up(tx, actor, content)
    for field in content.fields:
        values = {"slug": field.slug, "name": field.name, "type": field.type, "choices": list(field.choices)}
        await classification.add_field(tx, actor, {**values, "description": field.description}, list(field.categories))
    if content.watch:
        await _watch(tx, actor, content, cast)
    manager = next(cast[person.key] for person in content.people if person.role == "manager")
    for incident in sorted(content.incidents, key=lambda one: -one.age):
        await play(tx, Cast(manager, cast), incident)
    # Behind the incidents: ladders count from their activation, and none is late before the clock has ever moved.
    for body in content.ladders:
        await escalation.add_policy(tx, actor, msgspec.convert(body, escalation.Draft))
    await _keep_ready(tx, actor, content)


async def _keep_ready(tx: Tx, actor: Actor, content: DemoTenant) -> None:
    """Replies, macros and checklists; after the incidents, whose tasks are their own."""
    for body in REPLIES:
        await collaboration.add_reply(tx, actor, msgspec.convert(body, ReplyDraft))
    for body in MACROS:
        await collaboration.add_macro(tx, actor, msgspec.convert(body, MacroDraft))
    for body in content.checklists:
        await collaboration.add_checklist(tx, actor, msgspec.convert(body, ChecklistDraft))


async def _rest(tx: Tx, actor: Actor) -> None:
    """Take out of use the categories and teams that only the excerpt's old incidents have: nobody shall choose them."""
    for category in (await classification.catalogue(tx)).categories.values():
        if category.is_active and category.slug.startswith(IMPORTED[0]):
            await classification.change_category(tx, actor, category.slug, {"is_active": False})
    for team in (await access.list_teams(tx, TeamQuery(limit=200))).items:
        if team.is_active and team.slug.startswith(IMPORTED[1]):
            await access.change_team(tx, actor, team.slug, TeamChange(is_active=False))


async def _set_up(tx: Tx, actor: Actor, content: DemoTenant) -> None:
    """Calendars, promises and rotas, through the verbs that the API calls."""
    for body in content.calendars:
        await sla.add_calendar(tx, actor, msgspec.convert(body, NewCalendar))
    for body in content.promises:
        await promises.add_policy(tx, actor, msgspec.convert(body, NewSlaPolicy))
    for body in content.schedules:
        await oncall.add_schedule(tx, actor, msgspec.convert(body, NewSchedule))


async def _watch(tx: Tx, actor: Actor, content: DemoTenant, cast: dict[str, Actor]) -> None:
    """A rota: nights and weekends by the week, working hours by the day."""
    people = [str(cast[key].id) for key in content.watch]
    monday = tx.now.date() - timedelta(days=tx.now.weekday())
    hours: Hours = {day: [("08:00", "18:00")] for day in ("mon", "tue", "wed", "thu", "fri")}
    always = NewLayer(name="Around the clock", start=monday, handover="08:00", users=people)
    by_day = NewLayer(
        name="Working hours", rotation="daily", start=monday, handover="08:00", users=people[::-1], hours=hours
    )
    about = {"name": "Service watch", "slug": "service-watch", "description": "Who is called first"}
    await oncall.add_schedule(tx, actor, NewSchedule(**about, layers=[always, by_day]))


async def _add(tx: Tx, actor: Actor, person: DemoPerson, password_hash: str | None) -> UUID:
    new = NewUser(name=person.name, email=person.email, roles=[person.role], teams=list(person.teams))
    made = await access.create_user(tx, actor, new, password_hash=password_hash)
    if not person.is_active:
        await access.change_user(tx, actor, person.email, access.UserChange(is_active=False))
    return made.id


async def _member_id(tx: Tx, actor: Actor, person: DemoPerson) -> UUID | None:
    try:
        return (await access.get_user(tx, actor, person.email)).id
    except NotFound:
        return None


async def _tokens(tx: Tx, actor: Actor, content: DemoTenant) -> dict[str, str]:
    """A fresh token for one person of each role; those of an earlier load are revoked."""
    people = {person.role: person for person in _first_of_each_role(content)}
    for old in (await access.list_tokens(tx, actor, TokenQuery(limit=200))).items:
        if old.name == TOKEN_NAME and old.revoked_at is None:
            await access.revoke_token(tx, actor, str(old.id))
    tokens = {}
    for role in TOKEN_ROLES:
        owner = people[role].email
        tokens[role] = (await access.create_token(tx, actor, NewToken(name=TOKEN_NAME, user=owner))).token
    return tokens


def _first_of_each_role(content: DemoTenant) -> list[DemoPerson]:
    found: dict[str, DemoPerson] = {}
    for person in content.people:
        if person.is_active:
            found.setdefault(person.role, person)
    return list(found.values())


def _excerpt() -> list[str]:
    return (files(demo) / demo.EXCERPT).read_text(encoding="utf-8").splitlines(keepends=True)
