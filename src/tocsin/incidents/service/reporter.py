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
        return found
    return await store.people.add_reporter(tx, name, email, phone, organization)


async def reporter_name(tx: Tx, reporter_id: UUID) -> str | None:
    """What somebody outside who reports is called."""
    row = await store.people.get_reporter(tx, reporter_id)
    return row["name"] if row is not None else None
