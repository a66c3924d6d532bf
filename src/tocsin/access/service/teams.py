"""Teams: groups of people that own incidents. A team is deactivated, never deleted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Annotated, Any, Literal, cast
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tocsin.access import events, permissions, rules, store
from tocsin.access.model import Spread, TeamMember, TeamView
from tocsin.access.service.people import find_member, find_user, team_row
from tocsin.base.actor import Actor
from tocsin.base.errors import NotFound, Refused, invalid
from tocsin.base.ids import new_id
from tocsin.base.paging import Page, PageQuery, check_limit, decode_cursor, encode_cursor
from tocsin.base.text import clean_line, is_slug, slugify
from tocsin.db.tx import Tx
from tocsin.tenancy import service as tenancy

_IS_ACTIVE = {"true": True, "false": False, "all": None}

Name = Annotated[str, Meta(max_length=200)]
Text = Annotated[str, Meta(max_length=2000)]
Refs = Annotated[list[str], Meta(max_length=1000)]


class TeamQuery(PageQuery, frozen=True, kw_only=True):
    """`q` is a part of the name. Left out: active teams."""

    q: Name | None = None
    active: Literal["true", "false", "all"] = "true"


class NewTeam(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new team; the slug is made from the name when left out. `leads` are members too."""

    name: Name
    slug: str | None = None
    description: Text | None = None
    spread: Spread = "none"
    members: Refs = []
    leads: Refs = []


class TeamChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays; `members` and `leads` each replace their list. The slug stands."""

    name: Name | UnsetType = UNSET
    description: Text | UnsetType | None = UNSET
    spread: Spread | UnsetType = UNSET
    members: Refs | UnsetType = UNSET
    leads: Refs | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET


async def list_teams(tx: Tx, query: TeamQuery) -> Page[TeamView]:
    """Teams by name: active ones unless the filters say otherwise. Raises `Invalid`."""
    limit = check_limit(query.limit)
    question = ["teams", tx.tenant_id, query.q, query.active]
    after = decode_cursor(query.cursor, question, tuple[str, UUID]) if query.cursor is not None else None
    like = rules.like_pattern(query.q.strip()) if query.q is not None else None
    rows = await store.teams.page(tx, active=_IS_ACTIVE[query.active], like=like, after=after, limit=limit + 1)
    items = await _views(tx, rows[:limit])
    return Page(items, encode_cursor(question, (items[-1].name, items[-1].id)) if len(rows) > limit else None)


async def get_team(tx: Tx, ref: str) -> TeamView:
    """A team by id or slug, active or not. Raises `NotFound`."""
    row = await team_row(tx, ref)
    if row is None:
        raise NotFound
    return (await _views(tx, [row]))[0]


async def create_team(tx: Tx, actor: Actor, new: NewTeam) -> TeamView:
    """Make a team. Raises `Invalid`, `Refused` for a slug in use."""
    actor.must(permissions.TEAMS_MANAGE)
    name = _clean_name(new.name)
    slug = new.slug if new.slug is not None else slugify(name)
    if not is_slug(slug):
        raise invalid("slug", "Use 1 to 64 lower-case letters, digits and inner hyphens.")
    members = await _people(tx, actor, new.members, "members", set())
    leads = await _people(tx, actor, new.leads, "leads", set())
    team_id = new_id()
    values = {"slug": slug, "name": name, "description": _clean_text(new.description), "spread": new.spread}
    if not await store.teams.insert(tx, team_id, values):
        raise Refused("The slug {taken} is in use; choose another.", field="slug", taken=slug)
    await store.teams.set_members(tx, team_id, {who: who in leads for who in [*members, *leads]})
    facts = {
        "team": team_id,
        "slug": slug,
        "spread": new.spread,
        "members": sorted({*members, *leads}),
        "leads": sorted(leads),
    }
    tx.emit(events.TeamCreated(actor=actor, facts=facts, texts={"name": name}))
    return await get_team(tx, str(team_id))


async def change_team(tx: Tx, actor: Actor, ref: str, change: TeamChange) -> TeamView:
    """Change a team and who is in it. Raises `NotFound`, `Invalid`."""
    actor.must(permissions.TEAMS_MANAGE)
    row = await team_row(tx, ref)
    if row is None:
        raise NotFound
    await store.teams.lock(tx, row["id"])
    before = await get_team(tx, str(row["id"]))
    values: dict[str, Any] = {}
    if change.name is not UNSET:
        values["name"] = _clean_name(change.name)
    if change.description is not UNSET:
        values["description"] = _clean_text(change.description)
    if change.is_active is not UNSET:
        values["is_active"] = change.is_active
    if change.spread is not UNSET:
        values["spread"] = change.spread
    await store.teams.update(tx, before.id, values)
    if change.members is not UNSET or change.leads is not UNSET:
        await store.teams.set_members(tx, before.id, await _changed_members(tx, actor, before, change))
    after = await get_team(tx, str(before.id))
    _tell(tx, actor, before, after)
    if any(getattr(before, name) != getattr(after, name) for name in ("name", "is_active", "spread")):
        await tenancy.configuration_changed(tx)
    return after


def _tell(tx: Tx, actor: Actor, before: TeamView, after: TeamView) -> None:
    fields = [name for name in TeamView.__struct_fields__ if getattr(before, name) != getattr(after, name)]
    if not fields:
        return
    facts = {
        "team": after.id,
        "slug": after.slug,
        "fields": fields,
        "members": sorted(member.id for member in after.members),
        "leads": sorted(member.id for member in after.members if member.is_lead),
        "is_active": after.is_active,
        "spread": after.spread,
    }
    texts = {"name": after.name, "before": _recorded(before, fields), "after": _recorded(after, fields)}
    tx.emit(events.TeamUpdated(actor=actor, facts=facts, texts=texts))


def _recorded(team: TeamView, fields: list[str]) -> dict[str, Any]:
    """Some of a team as the record keeps it: people by their ids, since names are theirs to change."""
    shown = {name: getattr(team, name) for name in fields if name != "members"}
    if "members" in fields:
        shown["members"] = sorted(member.id for member in team.members)
        shown["leads"] = sorted(member.id for member in team.members if member.is_lead)
    return cast("dict[str, Any]", msgspec.to_builtins(shown))


async def _changed_members(tx: Tx, actor: Actor, before: TeamView, change: TeamChange) -> dict[UUID, bool]:
    """Who is in the team after the change, and whether they lead it. Who was in it may stay, active or not."""
    present = {member.id for member in before.members}
    members = present if change.members is UNSET else set(await _people(tx, actor, change.members, "members", present))
    if change.leads is not UNSET:
        leads = set(await _people(tx, actor, change.leads, "leads", present))
        return {who: who in leads for who in members | leads}
    leads = {member.id for member in before.members if member.is_lead}
    return {who: who in leads for who in members}


async def _people(tx: Tx, actor: Actor, refs: Iterable[str], field: str, present: set[UUID]) -> list[UUID]:
    found = []
    for ref in dict.fromkeys(refs):
        row = await find_member(tx, ref, actor)
        if row is not None and row["id"] in present:
            found.append(row["id"])
        else:
            found.append((await find_user(tx, ref, field, actor)).id)
    return list(dict.fromkeys(found))


async def _views(tx: Tx, rows: list[Any]) -> list[TeamView]:
    members: dict[UUID, list[TeamMember]] = defaultdict(list)
    for row in await store.teams.members(tx, [row["id"] for row in rows]) if rows else []:
        members[row["team_id"]].append(TeamMember(row["user_id"], row["name"], row["is_lead"], row["is_active"]))
    about = ("id", "slug", "name", "description", "is_active", "spread", "created_at")
    return [TeamView(**{name: row[name] for name in about}, members=members[row["id"]]) for row in rows]


def _clean_name(text: str) -> str:
    name = clean_line(text)
    if not 1 <= len(name) <= 200:
        raise invalid("name", "Give a name of 1 to 200 characters.")
    return name


def _clean_text(text: str | None) -> str | None:
    return (text.strip() or None) if text is not None else None
