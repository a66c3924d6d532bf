"""The roles a new tenant starts with."""

from __future__ import annotations

from tocsin.access import store
from tocsin.access.permissions import SEEDED_ROLES
from tocsin.base.ids import new_id
from tocsin.db.tx import Tx
from tocsin.tenancy.model import Tenant


async def seed(tx: Tx, _tenant: Tenant) -> None:
    """The six seeded roles with their permissions (domain: who may)."""
    for slug, (name, permissions) in SEEDED_ROLES.items():
        await store.roles.insert(tx, new_id(), slug, name, list(permissions), is_seeded=True)
