"""Who acts: a person, a service (a token without a person), the public, or Tocsin itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from tocsin.base.errors import Forbidden

ActorKind = Literal["person", "service", "public", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """The one in whose name a verb runs, inside one tenant.

    `id` is the member's id (`users.id`), None for the public and for Tocsin itself. `source` is where the act came
    from (`api`, `web`, `cli`, `import`, `system`) and is kept with each event.
    """

    tenant_id: UUID
    id: UUID | None
    name: str
    kind: ActorKind
    permissions: frozenset[str]
    source: str = "api"
    via: UUID | None = None
    """The token or session behind the request."""

    def can(self, permission: str) -> bool:
        """Whether the actor holds a permission; Tocsin itself holds all."""
        return self.kind == "system" or permission in self.permissions

    def must(self, permission: str) -> None:
        """Raises `Forbidden` when the actor lacks a permission. The first line of every verb."""
        if not self.can(permission):
            raise Forbidden(
                "This needs the permission {wanted}; ask an administrator of your organisation for it.",
                wanted=permission,
            )


def system_actor(tenant_id: UUID, source: str = "system") -> Actor:
    """Tocsin itself, in one tenant: sweeps, jobs and commands of the operator."""
    return Actor(tenant_id, None, "Tocsin", "system", frozenset(), source)
