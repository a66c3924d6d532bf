"""People outside who report: recorded once per tenant by their e-mail."""

from __future__ import annotations

from uuid import UUID

from tocsin.db.tx import Tx
from tocsin.incidents import store


async def find_or_add_reporter(
    tx: Tx, *, name: str, email: str | None, phone: str | None = None, organization: str | None = None
) -> UUID:
    """The reporter of an e-mail address (or of a name without one), recorded now if they are new.

    What an unverified stranger writes never changes a record that exists: a name once given stays.
    """
    email = email.lower() if email else None
    row = await store.people.find_reporter(tx, email, name)
    if row is not None:
        found: UUID = row["id"]
        tx.memo[f"organization:{found}"] = row["organization"]
        return found
    reporter_id = await store.people.add_reporter(tx, name, email, phone, organization)
    tx.memo[f"organization:{reporter_id}"] = organization
    return reporter_id


async def organization_of(tx: Tx, reporter_id: UUID) -> str | None:
    """The organisation of somebody outside; known already in a transaction that has found or added them."""
    key = f"organization:{reporter_id}"
    if key not in tx.memo:
        row = await store.people.get_reporter(tx, reporter_id)
        tx.memo[key] = row["organization"] if row is not None else None
    found: str | None = tx.memo[key]
    return found


async def reporter_name(tx: Tx, reporter_id: UUID) -> str | None:
    """What somebody outside who reports is called."""
    row = await store.people.get_reporter(tx, reporter_id)
    return row["name"] if row is not None else None
