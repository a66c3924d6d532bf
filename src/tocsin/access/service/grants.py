"""Nobody grants what they don't hold, and a tenant always keeps somebody who can put things right."""

from __future__ import annotations

from collections.abc import Iterable

from tocsin.access import permissions, rules, store
from tocsin.base.actor import Actor
from tocsin.base.errors import Forbidden, Refused, invalid
from tocsin.db.tx import Tx

ADMINISTRATION = [permissions.USERS_MANAGE, permissions.ROLES_MANAGE]
_KNOWN = frozenset(permissions.ALL)


def must_hold(actor: Actor, granted: Iterable[str]) -> None:
    """Raises `Forbidden` when the actor would grant something without holding it. Tocsin itself may."""
    lacking = [] if actor.kind == "system" else rules.missing(granted, actor.permissions)
    if lacking:
        raise Forbidden(
            "You would grant {lacking} without holding it; ask somebody who does.", lacking=", ".join(lacking)
        )


def known_permissions(names: Iterable[str], field: str = "permissions") -> list[str]:
    """Permissions without doubles, in their own order. Raises `Invalid` for a name that is none."""
    wanted = list(dict.fromkeys(names))
    for name in wanted:
        if name not in _KNOWN:
            raise invalid(
                field, "There is no permission {name!r}; /api/access/v1/permissions lists them.", name=name[:100]
            )
    return [name for name in permissions.ALL if name in wanted]


async def has_administrator(tx: Tx) -> bool:
    """Whether an active person can still manage users and roles. Ask under `store.roles.lock_all`."""
    return await store.members.has_administrator(tx, ADMINISTRATION)


async def keep_administrator(tx: Tx, had_one: bool) -> None:
    """After a change of rights: raises `Refused` when it took away the tenant's last administrator."""
    if had_one and not await has_administrator(tx):
        raise Refused("This would leave nobody who can manage users and roles; give somebody else these rights first.")
