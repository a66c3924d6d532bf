"""An incident with its past, as an import brings it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from tocsin.access.model import Named
from tocsin.classification.model import Category, Priority, Status

StepKind = Literal["owner", "team", "priority", "category", "status", "resolve", "close", "reopen"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastStep:
    """One thing that happened to an imported incident, done by the person whom the other system names.

    `to` is what the step led to: a person or team (None: nobody), a priority, a category (None: none) or a status.
    """

    what: StepKind
    at: datetime
    by: str | None
    to: Named | Priority | Category | Status | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastIncident:
    """An incident with its past, for import: how it began (in the default status) and, in order, what happened to it.

    `import_key` names it for ever: an incident of the same key is never written twice. `updated_at` is the time of the
    last change that the other system knows.
    """

    import_key: str
    title: str
    description: str | None
    impact: str | None
    metadata: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    by: str | None
    reporter_id: UUID | None
    priority: Priority
    category: Category | None
    team: Named | None
    owner: Named | None
    first_response_at: datetime | None
    steps: tuple[PastStep, ...]
