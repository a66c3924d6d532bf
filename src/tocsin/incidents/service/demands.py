"""What moving to another status asks for: the transition's own demands, the fields required to resolve, no open tasks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from uuid import UUID

from tocsin.base.actor import Actor
from tocsin.base.errors import N_, FieldError, Forbidden, Invalid, Refused
from tocsin.classification import service as classification
from tocsin.classification.model import Catalogue, Field, Status
from tocsin.db.tx import Tx
from tocsin.incidents.model import Incident
from tocsin.incidents.service.custom import NEEDED, missing
from tocsin.tenancy import service as tenancy

Unfinished = Callable[[Tx, UUID], Awaitable[list[str]]]
"""The titles of what is still to do on an incident."""
UNFINISHED: list[Unfinished] = []
"""Features above that know of such work add theirs."""
MOST_NAMED = 5
REQUIRED = N_("This field is required.")
_TASKS = N_("{code} has open tasks: {tasks}. Finish or cancel them first.")
_MORE_TASKS = N_("{code} has open tasks: {tasks}, and {more} more. Finish or cancel them first.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What a move asks for and is not there yet. `fields` are names of fields that every incident has."""

    custom: tuple[Field, ...] = ()
    fields: tuple[str, ...] = ()
    comment: bool = False
    permission: str | None = None
    tasks: tuple[str, ...] = ()

    @property
    def asks(self) -> bool:
        """Whether something is to be filled in before one may move."""
        return bool(self.custom or self.fields or self.comment)


def asked_for(catalogue: Catalogue, incident: Incident, target: Status) -> Needs:
    """What moving an incident to a status asks for, but for its tasks."""
    demands = catalogue.demands(incident.status.id, target.id)
    resolves = incident.is_open and not target.is_open
    custom = missing(catalogue, incident.category, incident.custom, at="resolve") if resolves else []
    for name in demands.fields:
        field = catalogue.find_field(name.removeprefix("custom.")) if name.startswith("custom.") else None
        wanted = field is not None and field.is_active and field.belongs_to(incident.category)
        if field is not None and wanted and field.slug not in incident.custom and field not in custom:
            custom.append(field)
    return Needs(
        custom=tuple(custom),
        fields=tuple(name for name in demands.fields if name in EVERYWHERE and not EVERYWHERE[name](incident)),
        comment=demands.comment,
        permission=demands.permission,
    )


async def needs(tx: Tx, incident: Incident, target: Status) -> Needs:
    """What moving an incident to a status asks for."""
    catalogue = await classification.catalogue(tx)
    demands = catalogue.demands(incident.status.id, target.id)
    resolves = incident.is_open and not target.is_open
    tasks: list[str] = []
    if demands.no_open_tasks or (resolves and not (await tenancy.current(tx)).settings.resolve_with_open_tasks):
        for unfinished in UNFINISHED:
            tasks += await unfinished(tx, incident.id)
    return replace(asked_for(catalogue, incident, target), tasks=tuple(tasks))


EVERYWHERE: dict[str, Callable[[Incident], object]] = {
    "description": lambda incident: incident.description,
    "category": lambda incident: incident.category,
    "impact": lambda incident: incident.impact,
    "team": lambda incident: incident.team_id,
    "assigned_to": lambda incident: incident.assigned_to_id,
}
"""The fields of every incident that a transition may demand, and what an incident has there."""


async def meet(tx: Tx, actor: Actor, incident: Incident, target: Status, note: str | None) -> None:
    """Raises `Forbidden`, `Invalid` naming the fields, or `Refused` naming the tasks, unless the move has what it asks for."""
    wanted = await needs(tx, incident, target)
    if wanted.permission is not None and not actor.can(wanted.permission):
        raise Forbidden(
            "Going from {before} to {after} needs the permission {wanted}.",
            before=incident.status.name,
            after=target.name,
            wanted=wanted.permission,
        )
    flaws = [FieldError(name, REQUIRED) for name in wanted.fields]
    flaws += [FieldError(f"custom.{field.slug}", NEEDED, {"name": field.name}) for field in wanted.custom]
    if wanted.comment and not (note or "").strip():
        flaws.append(FieldError("note", N_("Say why: this step needs a comment.")))
    if flaws:
        raise Invalid(flaws)
    if wanted.tasks:
        named, more = ", ".join(wanted.tasks[:MOST_NAMED]), len(wanted.tasks) - MOST_NAMED
        code = incident.reference_code
        if more > 0:
            raise Refused(_MORE_TASKS, code=code, tasks=named, more=more)
        raise Refused(_TASKS, code=code, tasks=named)
