"""Members: adding, changing, listing. A member who can log in has a global account, found or made by e-mail."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal
from uuid import UUID

import asyncpg
import msgspec
from msgspec import UNSET, Meta, UnsetType

from tocsin.access import events, permissions, rules, store
from tocsin.access.model import UserView
from tocsin.access.service.grants import has_administrator, keep_administrator, must_hold
from tocsin.access.service.passwords import hash_password
from tocsin.access.service.people import (
    clean_email,
    find_member,
    find_role,
    find_team,
    find_team_id,
    find_user,
    team_row,
)
from tocsin.base.actor import Actor
from tocsin.base.errors import N_, NotFound, Refused, invalid
from tocsin.base.ids import new_id
from tocsin.base.paging import Page, PageQuery, check_limit, decode_cursor, encode_cursor
from tocsin.base.text import clean_line
from tocsin.db.tx import Tx
from tocsin.tenancy import service as tenancy

_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{2,38}")
_EMAIL_IN_USE = N_("A member with this e-mail exists already.")
_IS_ACTIVE = {"true": True, "false": False, "all": None}

Name = Annotated[str, Meta(max_length=200)]
Email = Annotated[str, Meta(max_length=254)]
Phone = Annotated[str, Meta(max_length=40)]
Ref = Annotated[str, Meta(max_length=320)]
Refs = Annotated[list[str], Meta(max_length=200)]


class UserQuery(PageQuery, frozen=True, kw_only=True):
    """`q` is a part of the name or e-mail; `role` and `team` are ids or slugs, role `none` finds who has none.

    Left out: active people.
    """

    q: Annotated[str, Meta(max_length=200)] | None = None
    active: Literal["true", "false", "all"] = "true"
    kind: Literal["person", "service", "all"] = "person"
    role: str | None = None
    team: str | None = None


class NewUser(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new member. The password counts only where the e-mail has no account yet, and opens this organisation alone."""

    name: Name
    email: Email
    roles: Refs = []
    teams: Refs = []
    phone: Phone | None = None
    time_zone: str | None = None
    locale: str | None = None
    manager: Ref | None = None
    password: str | None = None


class UserChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays; `roles` and `teams` replace the whole list."""

    name: Name | UnsetType = UNSET
    email: Email | UnsetType = UNSET
    roles: Refs | UnsetType = UNSET
    teams: Refs | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
    phone: Phone | UnsetType | None = UNSET
    time_zone: str | UnsetType | None = UNSET
    locale: str | UnsetType | None = UNSET
    manager: Ref | UnsetType | None = UNSET


def user_view(row: Any) -> UserView:
    """A member as shown, from their row."""
    return UserView(**{name: row[name] for name in UserView.__struct_fields__})


async def list_users(tx: Tx, query: UserQuery) -> Page[UserView]:
    """Members by name: active people unless the filters say otherwise. Raises `Invalid`."""
    limit = check_limit(query.limit)
    question = ["users", tx.tenant_id, query.q, query.active, query.kind, query.role, query.team]
    after = decode_cursor(query.cursor, question, tuple[str, UUID]) if query.cursor is not None else None
    rows = await store.members.page(
        tx,
        active=_IS_ACTIVE[query.active],
        kind=None if query.kind == "all" else query.kind,
        like=rules.like_pattern(query.q.strip()) if query.q is not None else None,
        role_id=(await find_role(tx, query.role, "role"))["id"] if query.role and query.role != "none" else None,
        without_role=query.role == "none",
        team_id=await find_team_id(tx, query.team, "team") if query.team is not None else None,
        after=after,
        limit=limit + 1,
    )
    more = len(rows) > limit
    items = [user_view(row) for row in rows[:limit]]
    return Page(items, encode_cursor(question, (items[-1].name, items[-1].id)) if more else None)


async def get_user(tx: Tx, actor: Actor, ref: str) -> UserView:
    """A member by id, e-mail or `me`, active or not. Raises `NotFound`."""
    found = await find_member(tx, ref, actor)
    if found is None:
        raise NotFound
    return user_view(await store.members.get(tx, found["id"]))


async def create_user(tx: Tx, actor: Actor, new: NewUser, *, password_hash: str | None = None) -> UserView:
    """Add a member, linked to the account of the e-mail or to a new one: the answer is the same.

    `password_hash` stands in for the password where somebody has hashed it already (hashing takes its time).
    Raises `Invalid`, `Forbidden` for roles beyond the actor's own rights, `Refused` for an e-mail that is a member's.
    """
    actor.must(permissions.USERS_MANAGE)
    values = clean_member({"name": new.name, "phone": new.phone, "time_zone": new.time_zone, "locale": new.locale})
    values["manager_id"] = (await find_user(tx, new.manager, "manager", actor)).id if new.manager else None
    email = clean_email(new.email)
    role_ids = await _roles(tx, actor, new.roles, kept=set())
    team_ids = [(await find_team(tx, ref, "teams")).id for ref in dict.fromkeys(new.teams)]
    if password_hash is None and new.password is not None:
        password_hash = await hash_password(new.password)
    account_id = await _account(tx, actor, email, password_hash)
    user_id = new_id()
    if not await store.members.insert(tx, user_id, {**values, "email": email, "account_id": account_id}):
        raise Refused(_EMAIL_IN_USE, field="email")
    await store.members.set_roles(tx, user_id, role_ids)
    await store.teams.set_teams(tx, user_id, team_ids)
    view = user_view(await store.members.get(tx, user_id))
    facts = {"user": view.id, "kind": view.kind, "is_active": True, "roles": view.roles, "teams": view.teams}
    tx.emit(events.UserCreated(actor=actor, facts=facts, texts={"name": view.name, "email": email}))
    return view


async def change_user(tx: Tx, actor: Actor, ref: str, change: UserChange) -> UserView:
    """Change a member. Deactivating ends sessions and tokens at once; what the member owns stays.

    Raises `NotFound`, `Invalid`, `Forbidden`, `Refused` (an e-mail in use, the last administrator, rights of a service).
    """
    actor.must(permissions.USERS_MANAGE)
    await store.roles.lock_all(tx)
    found = await find_member(tx, ref, actor)
    if found is None or not await store.members.lock(tx, found["id"]):
        raise NotFound
    before = await store.members.get(tx, found["id"])
    given = {name: value for name in change.__struct_fields__ if (value := getattr(change, name)) is not UNSET}
    if before["kind"] == "service" and given.keys() & {"email", "roles", "teams", "phone", "manager"}:
        raise Refused("This is a token's service member: its rights are its token's, it has no address and no team.")
    had_administrator = await has_administrator(tx)
    values = clean_member({name: given[name] for name in ("name", "phone", "time_zone", "locale") if name in given})
    if "is_active" in given:
        values["is_active"] = given["is_active"]
        if given["is_active"] and not before["is_active"]:
            must_hold(actor, await store.members.held(tx, before["id"]))
    if "manager" in given:
        values["manager_id"] = await _manager(tx, actor, before, given["manager"])
    if "email" in given:
        values |= await _move_account(tx, actor, before, clean_email(given["email"]))
    try:
        await store.members.update(tx, before["id"], values)
    except asyncpg.UniqueViolationError:  # somebody took the e-mail in this very moment
        raise Refused(_EMAIL_IN_USE, field="email") from None
    if "roles" in given:
        kept = await store.members.role_ids(tx, before["id"])
        await store.members.set_roles(tx, before["id"], await _roles(tx, actor, given["roles"], kept))
    if "teams" in given:
        await store.teams.set_teams(tx, before["id"], await _teams(tx, given["teams"], before["teams"]))
    await keep_administrator(tx, had_administrator)
    if values.get("is_active") is False or values.get("account_id", before["account_id"]) != before["account_id"]:
        await store.sessions.end_all(tx, before["id"])
    after = user_view(await store.members.get(tx, before["id"]))
    tell_changed(tx, actor, user_view(before), after)
    return after


def tell_changed(tx: Tx, actor: Actor, before: UserView, after: UserView) -> None:
    """Record what changed of a member, if anything did."""
    fields = [name for name in UserView.__struct_fields__ if getattr(before, name) != getattr(after, name)]
    if not fields:
        return
    shown = [name for name in fields if name in ("roles", "teams", "is_active")]
    facts = {
        "user": after.id,
        "fields": fields,
        "from": {name: getattr(before, name) for name in shown},
        "to": {name: getattr(after, name) for name in shown},
    }
    texts = {"name": after.name} | ({"email": after.email} if after.email else {})
    tx.emit(events.UserChanged(actor=actor, facts=facts, texts=texts))


async def _account(tx: Tx, actor: Actor, email: str, password_hash: str | None) -> UUID:
    """The account of an address, made when there is none. Only the operator may set an existing one's password."""
    by_operator = actor.kind == "system"
    account_id: UUID = new_id()
    only_in = None if by_operator or password_hash is None else tx.tenant_id
    if not await store.accounts.insert(tx, account_id, email, password_hash, only_in):
        account_id = (await store.accounts.by_email(tx, email))["id"]
        if by_operator and password_hash is not None:
            await store.accounts.set_password(tx, account_id, password_hash, None)
    await store.accounts.join(tx, account_id)
    return account_id


async def _manager(tx: Tx, actor: Actor, member: Any, ref: str | None) -> UUID | None:
    """Whom somebody reports to from now on; whoever it is stays choosable when inactive. Raises `Invalid`."""
    if not ref:
        return None
    if ref == str(member["manager_id"]):
        kept: UUID = member["manager_id"]
        return kept
    found = await find_user(tx, ref, "manager", actor)
    if found.id == member["id"]:
        raise invalid("manager", "Nobody reports to themselves.")
    return found.id


async def _move_account(tx: Tx, actor: Actor, before: Any, email: str) -> dict[str, Any]:
    """Another e-mail means another account, which gets the member's rights: so the actor must hold them."""
    if email == before["email"]:
        return {}
    must_hold(actor, await store.members.held(tx, before["id"]))
    if await store.members.find(tx, email=email):
        raise Refused(_EMAIL_IN_USE, field="email")
    if before["account_id"] is not None:
        await store.accounts.leave(tx, before["account_id"])
    return {"email": email, "account_id": await _account(tx, actor, email, None)}


async def _roles(tx: Tx, actor: Actor, refs: Iterable[str], kept: set[UUID]) -> list[UUID]:
    """The ids of roles; those that are not `kept` must hold nothing beyond the actor's rights."""
    found = [await find_role(tx, ref, "roles") for ref in dict.fromkeys(refs)]
    must_hold(actor, [name for role in found if role["id"] not in kept for name in role["permissions"]])
    return list(dict.fromkeys(role["id"] for role in found))


async def _teams(tx: Tx, refs: Iterable[str], kept: list[str]) -> list[UUID]:
    """The ids of teams: active ones, or those the member is in already."""
    found = []
    for ref in dict.fromkeys(refs):
        row = await team_row(tx, ref)
        if row is not None and row["slug"] in kept:
            found.append(row["id"])
        else:
            found.append((await find_team(tx, ref, "teams")).id)
    return list(dict.fromkeys(found))


def clean_member(values: dict[str, Any]) -> dict[str, Any]:
    """Trimmed texts. Raises `Invalid` for an empty name, a bad phone number, an unknown zone or language."""
    cleaned = {key: clean_line(value) if isinstance(value, str) else value for key, value in values.items()}
    if "name" in cleaned and not 1 <= len(cleaned["name"]) <= 200:
        raise invalid("name", "Give a name of 1 to 200 characters.")
    if cleaned.get("phone") is not None and not _PHONE.fullmatch(cleaned["phone"]):
        raise invalid("phone", "Give a phone number, such as +49 30 901820.")
    if cleaned.get("time_zone") is not None:
        tenancy.check_time_zone(cleaned["time_zone"])
    if cleaned.get("locale") is not None:
        tenancy.check_locale(cleaned["locale"])
    return cleaned
