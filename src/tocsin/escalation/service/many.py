"""Escalating many incidents at once, each as if it were alone."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from tocsin.access import permissions
from tocsin.base.actor import Actor
from tocsin.base.manifest import BulkVerb
from tocsin.db.tx import Tx
from tocsin.escalation.service.manual import escalate_manually


class Escalate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A more urgent priority and/or who takes over (a user, a team), and why."""

    reason: Annotated[str, Meta(max_length=10_000)]
    priority: str | None = None
    user: str | None = None
    team: str | None = None


async def _escalate(tx: Tx, actor: Actor, ref: str, body: Escalate) -> Any:
    return await escalate_manually(tx, actor, ref, **msgspec.structs.asdict(body))


VERBS = (BulkVerb("escalate", Escalate, _escalate, (permissions.ESCALATE,)),)
