"""What there is of people and rights, and what needs care: the administration's overview."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from tocsin.access import permissions, store
from tocsin.base.actor import Actor
from tocsin.db.tx import Tx

SOON = timedelta(days=14)
LONG = timedelta(days=90)


class PeopleFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Members and teams; `without_role` can do nothing, `empty_teams` have no active member."""

    active: int
    inactive: int
    services: int
    without_role: int
    teams: int
    empty_teams: int


class RightsFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Roles and working tokens; `expiring` within two weeks, `unused` for 90 days."""

    roles: int
    tokens: int
    expiring: int
    unused: int


async def people_figures(tx: Tx, actor: Actor) -> PeopleFigures:
    """How many members and teams there are."""
    actor.must(permissions.USERS_MANAGE)
    return msgspec.convert(dict(await store.figures.people(tx)), PeopleFigures)


async def rights_figures(tx: Tx, actor: Actor) -> RightsFigures:
    """How many roles and tokens there are."""
    actor.must(permissions.TOKENS_MANAGE)
    found = await store.figures.rights(tx, tx.real_now + SOON, tx.real_now - LONG)
    return msgspec.convert(dict(found), RightsFigures)
