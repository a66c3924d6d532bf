"""Finding people and teams while somebody types."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from tocsin.access import permissions, rules
from tocsin.access.model import Named, Person
from tocsin.access.store import lookup
from tocsin.base.actor import Actor
from tocsin.db.tx import Tx


async def find_people(tx: Tx, text: str, limit: int) -> list[Person]:
    """Active persons whose name or e-mail holds a text: those first one of whose names begins so."""
    rows = await lookup.people(tx, rules.like_pattern(text.strip()[:200]), limit)
    return [Person(row["id"], row["name"], row["email"]) for row in rows]


async def find_people_and_teams(tx: Tx, actor: Actor, text: str, limit: int = 4) -> tuple[list[Named], list[Named]]:
    """A few active people and teams whose name, e-mail or slug holds a text. Raises `Forbidden`."""
    actor.must(permissions.VIEW)
    rows = await lookup.people_and_teams(tx, rules.like_pattern(text), limit)
    people = [Named(row["id"], row["name"]) for row in rows if row["kind"] == "user"]
    return people, [Named(row["id"], row["name"]) for row in rows if row["kind"] == "team"]


@dataclass(frozen=True, slots=True)
class Called:
    """An active person whom a text may mean; `sees_all`: whether they may see every incident."""

    id: UUID
    name: str
    email: str | None
    sees_all: bool


async def find_called(tx: Tx, names: Iterable[str], ids: Iterable[UUID] = ()) -> list[Called]:
    """Active persons by what a text may call them (see `collaboration.rules.mentions`; in lower case), or by id."""
    wanted, known = sorted(set(names)), sorted(set(ids))
    if not wanted and not known:
        return []
    rows = await lookup.called(tx, wanted, known, permissions.VIEW)
    return [Called(row["id"], row["name"], row["email"], row["may"]) for row in rows]


async def who_sees_all(tx: Tx, ids: Iterable[UUID]) -> set[UUID]:
    """Those among some members who may see every incident, and so what is internal."""
    known = sorted(set(ids))
    return await lookup.holders(tx, known, permissions.VIEW) if known else set()
