"""Finding people and teams while somebody types."""

from __future__ import annotations

from tocsin.access import permissions, rules
from tocsin.access.model import Named
from tocsin.access.store import lookup
from tocsin.base.actor import Actor
from tocsin.db.tx import Tx


async def find_people_and_teams(tx: Tx, actor: Actor, text: str, limit: int = 4) -> tuple[list[Named], list[Named]]:
    """A few active people and teams whose name, e-mail or slug holds a text. Raises `Forbidden`."""
    actor.must(permissions.VIEW)
    rows = await lookup.people_and_teams(tx, rules.like_pattern(text), limit)
    people = [Named(row["id"], row["name"]) for row in rows if row["kind"] == "user"]
    return people, [Named(row["id"], row["name"]) for row in rows if row["kind"] == "team"]
