"""What a tenant has set, kept in the process for as long as the tenant's revision stands."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar
from uuid import UUID

from tocsin.db.tx import Tx
from tocsin.tenancy.service import current

T = TypeVar("T")

MOST = 2000
"""So many tenants are kept at a time, those asked for last."""


class Kept(Generic[T]):
    """What `read` makes of a tenant's tables; `name` is told from all others in a transaction's memo."""

    def __init__(self, name: str, read: Callable[[Tx], Awaitable[T]]) -> None:
        self._name = name
        self._read = read
        self._by_tenant: OrderedDict[UUID, tuple[int, T]] = OrderedDict()

    async def get(self, tx: Tx) -> T:
        """By the revision the request was admitted at: a change in another process shows as soon as this one has heard of
        it (`db.signals`), one in its own at once.
        """
        if (mine := tx.memo.get(self._name)) is not None:
            return mine  # type: ignore[no-any-return]
        tenant = await current(tx)
        kept = self._by_tenant.get(tenant.id)
        if kept is not None and kept[0] == tenant.revision:
            self._by_tenant.move_to_end(tenant.id)
            return kept[1]
        found = await self._read(tx)
        self._by_tenant[tenant.id] = (tenant.revision, found)
        if len(self._by_tenant) > MOST:
            self._by_tenant.popitem(last=False)
        return found

    async def reread(self, tx: Tx) -> T:
        """As this transaction has changed it (kept for this transaction only)."""
        found = tx.memo[self._name] = await self._read(tx)
        return found
