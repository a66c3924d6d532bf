"""Who was admitted lately, kept in the process so that a request need not look its token up each time.

An admission is dropped as soon as anything of its tenant's rights or settings changes (`db.signals`), after half a minute
in any case, and nothing is kept while the process cannot hear of changes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from tocsin.base.actor import Actor
from tocsin.tenancy.model import Tenant
from tocsin.web.routes import Person

LIFE = timedelta(seconds=30)
MOST = 20_000
"""Admissions kept at the most; past it all are dropped and read anew."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """The outcome of one look-up: who it is, in which tenant, until when the credential lives."""

    actor: Actor
    tenant: Tenant
    csrf_token: str | None
    expires_at: datetime | None
    read_at: datetime
    person: Person


class Admissions:
    """What one process keeps. `is_live` says whether it hears of changes (`db.signals.Listener`)."""

    def __init__(self) -> None:
        self.is_live: Callable[[], bool] = bool  # never, until somebody listens
        self.changes = 0
        self._kept: defaultdict[UUID, dict[bytes, Admitted]] = defaultdict(dict)
        self._count = 0

    def get(self, tenant_id: UUID, secret_hash: bytes, now: datetime) -> Admitted | None:
        """A kept admission that is still good."""
        found = self._kept[tenant_id].get(secret_hash) if tenant_id in self._kept else None
        if found is None or not self.is_live() or now - found.read_at > LIFE:
            return None
        return found if found.expires_at is None or found.expires_at > now else None

    def keep(self, secret_hash: bytes, admitted: Admitted, changes_before: int) -> None:
        """Keep an admission that was read while nothing changed. A sandbox's clock moves, so its are not kept."""
        if self.changes != changes_before or not self.is_live() or admitted.tenant.kind != "live":
            return
        if self._count >= MOST:
            self.forget_all()
        self._kept[admitted.tenant.id][secret_hash] = admitted
        self._count += 1

    def forget(self, tenant_id: UUID) -> None:
        """Something of a tenant changed."""
        self.changes += 1
        self._count -= len(self._kept.pop(tenant_id, ()))

    def forget_all(self) -> None:
        """Changes may have been missed."""
        self.changes += 1
        self._kept.clear()
        self._count = 0
