"""Members and teams that an import names: kept by their names to the letter, made where they are new."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from tocsin.access import events, permissions
from tocsin.access.model import Named
from tocsin.access.store import importing as store
from tocsin.base.actor import Actor
from tocsin.base.ids import new_id
from tocsin.base.text import slugify
from tocsin.db.tx import Tx


async def import_people(tx: Tx, actor: Actor, names: Iterable[str]) -> tuple[dict[str, Named], int]:
    """A member for each name, and how many are new: inactive, without login and e-mail, so that nobody is let in.

    Somebody who has an e-mail address here is not taken for the person of the import, whatever the name.
    """
    actor.must(permissions.USERS_MANAGE)
    wanted = sorted(set(names))
    await store.lock(tx)
    found = await store.people(tx, wanted)
    made = {name: new_id() for name in wanted if name not in found}
    await store.add_people(tx, made)
    for name, user_id in made.items():
        facts = {"user": user_id, "kind": "person", "is_active": False, "roles": [], "teams": []}
        tx.emit(events.UserCreated(actor=actor, facts=facts, texts={"name": name, "email": None}))
    return {name: Named(user_id, name) for name, user_id in (found | made).items()}, len(made)


async def import_teams(tx: Tx, actor: Actor, names: Iterable[str]) -> tuple[dict[str, Named], int]:
    """A team for each name, and how many are new: without members, with a slug of their own."""
    actor.must(permissions.TEAMS_MANAGE)
    wanted = sorted(set(names))
    await store.lock(tx)
    found = await store.teams(tx, wanted)
    fresh = [name for name in wanted if name not in found]
    slugs = distinct_slugs(fresh, await store.team_slugs(tx))
    made: dict[str, UUID] = {name: new_id() for name in fresh}
    await store.add_teams(tx, [(team_id, slugs[name], name) for name, team_id in made.items()])
    for name, team_id in made.items():
        facts = {"team": team_id, "slug": slugs[name], "members": [], "leads": []}
        tx.emit(events.TeamCreated(actor=actor, facts=facts, texts={"name": name}))
    return {name: Named(team_id, name) for name, team_id in (found | made).items()}, len(made)


def distinct_slugs(names: Collection[str], taken: set[str]) -> dict[str, str]:
    """A slug for each name, distinct from each other and from those taken."""
    slugs: dict[str, str] = {}
    for name in names:
        slug, count = slugify(name), 1
        while slug in taken:
            count += 1
            slug = f"{slugify(name)[: 63 - len(str(count))].rstrip('-')}-{count}"
        taken = taken | {slug}
        slugs[name] = slug
    return slugs
