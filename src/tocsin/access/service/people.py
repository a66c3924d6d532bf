"""Finding members, teams and roles for other features: what is not there, foreign or not fit gets the same answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import email_validator

from tocsin.access import store
from tocsin.access.model import Named, Person, Spread
from tocsin.base.actor import Actor
from tocsin.base.errors import N_, invalid
from tocsin.base.ids import parse_id
from tocsin.db.tx import Tx

_NO_PERSON = N_("There is no active member by this id or e-mail.")
_NO_TEAM = N_("There is no active team by this id or slug.")
_NO_ROLE = N_("There is no role by this id or slug.")

# Organisations run servers inside networks of their own, whose addresses end so.
_REFUSED_ENDINGS = email_validator.SPECIAL_USE_DOMAIN_NAMES
if "local" in _REFUSED_ENDINGS:
    _REFUSED_ENDINGS.remove("local")


def clean_email(text: str, field: str = "email") -> str:
    """An e-mail address as it is kept: trimmed, normalised, in lower case. Raises `Invalid` naming `field`."""
    try:
        found = email_validator.validate_email(text.strip(), check_deliverability=False, test_environment=True)
    except email_validator.EmailNotValidError:
        raise invalid(field, "This is not an e-mail address.") from None
    return found.normalized.lower()


async def names(tx: Tx, ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names of members, active or not."""
    wanted = sorted(set(ids))
    found = await store.members.find(tx, ids=wanted) if wanted else []
    return {row["id"]: row["name"] for row in found}


async def team_names(tx: Tx, ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names of teams, active or not."""
    return await store.teams.names(tx, sorted(set(ids)))


async def role_names(tx: Tx, ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names of roles."""
    return await store.roles.names(tx, sorted(set(ids)))


async def find_anybody(tx: Tx, ref: str) -> UUID | None:
    """The id of any member, active or not, service or person, by id or e-mail; None for nobody."""
    row = await find_member(tx, ref)
    return row["id"] if row is not None else None


async def labels(tx: Tx, ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names of members and teams, active or not, in one statement."""
    wanted = sorted(set(ids))
    return {row["id"]: row["name"] for row in await store.members.labels(tx, wanted)} if wanted else {}


def named(tx: Tx, ref: str) -> str | None:
    """The name behind a reference to a member or team that this transaction has looked up; None for any other."""
    return _met(tx).get(ref)


def _met(tx: Tx) -> dict[str, str]:
    found: dict[str, str] = tx.memo.setdefault("named", {})
    return found


async def find_user(tx: Tx, ref: str, field: str, actor: Actor | None = None) -> Named:
    """The active person of an id, an e-mail or `me`. Raises `Invalid` naming `field`: also for service members."""
    row = await find_member(tx, ref, actor)
    if row is None or not row["is_active"] or row["kind"] != "person":
        raise invalid(field, _NO_PERSON)
    return Named(row["id"], row["name"])


async def find_member_id(tx: Tx, ref: str, field: str, actor: Actor | None = None) -> UUID:
    """The id of any member, active or not: for filters and for taking somebody off. Raises `Invalid` naming `field`."""
    row = await find_member(tx, ref, actor)
    if row is None:
        raise invalid(field, _NO_PERSON)
    found: UUID = row["id"]
    return found


async def find_member(tx: Tx, ref: str, actor: Actor | None = None) -> Any:
    """The row of any member, active or not, by id, e-mail or `me`; None for nobody."""
    known = actor.id if ref == "me" and actor is not None else parse_id(ref)
    if known is not None:
        found = await store.members.find(tx, ids=[known])
    elif "@" in ref:
        found = await store.members.find(tx, email=ref.strip().lower())
    else:
        return None
    if found:
        _met(tx)[ref] = found[0]["name"]
    return found[0] if found else None


async def is_assignable(tx: Tx, user_id: UUID) -> bool:
    """Whether a member is an active person, who can own work."""
    found = await store.members.find(tx, ids=[user_id])
    return bool(found) and found[0]["is_active"] and found[0]["kind"] == "person"


async def unassignable(tx: Tx, user_ids: Iterable[UUID]) -> frozenset[UUID]:
    """Those of some members who are no active persons."""
    wanted = sorted(set(user_ids))
    rows = await store.members.find(tx, ids=wanted) if wanted else []
    return frozenset(row["id"] for row in rows if not row["is_active"] or row["kind"] != "person")


async def find_team(tx: Tx, ref: str, field: str) -> Named:
    """The active team of an id or slug. Raises `Invalid` naming `field`."""
    row = await team_row(tx, ref)
    if row is None or not row["is_active"]:
        raise invalid(field, _NO_TEAM)
    return Named(row["id"], row["name"])


@dataclass(frozen=True, slots=True)
class TeamRef:
    """An active team, and how it spreads new work."""

    id: UUID
    name: str
    spread: Spread


async def find_spreading_team(tx: Tx, ref: str, field: str) -> TeamRef:
    """Like `find_team`, with how the team spreads new work. Raises `Invalid` naming `field`."""
    row = await team_row(tx, ref)
    if row is None or not row["is_active"]:
        raise invalid(field, _NO_TEAM)
    return TeamRef(row["id"], row["name"], row["spread"])


async def find_team_id(tx: Tx, ref: str, field: str) -> UUID:
    """The id of a team, active or not: for filters. Raises `Invalid` naming `field`."""
    row = await team_row(tx, ref)
    if row is None:
        raise invalid(field, _NO_TEAM)
    found: UUID = row["id"]
    return found


async def team_row(tx: Tx, ref: str) -> Any:
    """The row of a team, active or not, by id or slug; None for none."""
    known = parse_id(ref)
    row = await (store.teams.find(tx, team_id=known) if known is not None else store.teams.find(tx, slug=ref))
    if row is not None:
        _met(tx)[ref] = row["name"]
    return row


async def find_role(tx: Tx, ref: str, field: str) -> Any:
    """The row of a role (id, slug, name, permissions) by id or slug. Raises `Invalid` naming `field`."""
    row = await role_row(tx, ref)
    if row is None:
        raise invalid(field, _NO_ROLE)
    return row


async def role_row(tx: Tx, ref: str) -> Any:
    """The row of a role by id or slug; None for none."""
    known = parse_id(ref)
    return await (store.roles.find(tx, role_id=known) if known is not None else store.roles.find(tx, slug=ref))


async def team_members(tx: Tx, team_ids: Iterable[UUID]) -> list[UUID]:
    """The active persons in some teams."""
    return await store.teams.active_members(tx, list(team_ids))


async def managers_of(tx: Tx, user_id: UUID) -> list[UUID]:
    """Whom a member reports to; where nobody is named, the leads of their teams. Active persons only."""
    return await store.members.managers(tx, user_id)


async def all_managers(tx: Tx) -> dict[UUID, list[UUID]]:
    """What `managers_of` says, for every member at once."""
    found: dict[UUID, tuple[int, list[UUID]]] = {}
    for row in await store.members.all_managers(tx):
        rank, ids = found.setdefault(row["user_id"], (row["rank"], []))
        if row["rank"] == rank and row["id"] not in ids:
            ids.append(row["id"])
    return {user_id: ids for user_id, (_rank, ids) in found.items()}


async def active_persons(tx: Tx) -> list[UUID]:
    """The ids of all active persons."""
    return [row["id"] for row in await store.members.active_persons(tx)]


async def people_to_choose(tx: Tx) -> list[Person]:
    """All active persons by name, for fields that offer everybody: leaving somebody out would hide them."""
    found = [Person(row["id"], row["name"], row["email"]) for row in await store.members.active_persons(tx)]
    return sorted(found, key=lambda person: (person.name.casefold(), person.id))


async def users_with_role(tx: Tx, slug: str) -> list[UUID]:
    """The active persons who hold a role."""
    return await store.members.with_role(tx, slug)
