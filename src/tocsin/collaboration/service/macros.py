"""Macros: several verbs under one name, run in order in one transaction; each asks for its own permission."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

import msgspec

from tocsin.access import permissions, service as access
from tocsin.base.actor import Actor, system_actor
from tocsin.base.errors import FieldError, Invalid, NotFound, Refused, TocsinError, invalid
from tocsin.base.paging import ActiveQuery, Page
from tocsin.classification import service as classification
from tocsin.collaboration import events, rules
from tocsin.collaboration.model import Macro, MacroDraft, MacroStep, TaskChange
from tocsin.collaboration.service import shelf
from tocsin.collaboration.service.checklists import CHECKLISTS, apply_checklist
from tocsin.collaboration.service.comments import add_comment, check_body
from tocsin.collaboration.service.replies import REPLIES, check_template, values_of
from tocsin.collaboration.service.shelf import Kind
from tocsin.collaboration.service.tasks import add_task, check_title
from tocsin.db.tx import Tx
from tocsin.incidents import service as incidents
from tocsin.incidents.model import Incident, IncidentView
from tocsin.incidents.service import Change

MACROS = Kind(
    "macros",
    "macro",
    permissions.MACROS_MANAGE,
    (events.MacroCreated, events.MacroChanged, events.MacroDeleted),
    shelf.NO_MACRO,
)
NOTE_LIMIT = 10_000
_TAKES: dict[str, tuple[set[str], set[str]]] = {
    "acknowledge": (set(), set()),
    "assign": ({"user", "team"}, {"note"}),
    "category": ({"category"}, set()),
    "checklist": ({"checklist"}, set()),
    "close": (set(), {"note"}),
    "comment": ({"body", "reply"}, {"is_internal"}),
    "priority": ({"priority"}, set()),
    "resolve": (set(), {"note"}),
    "task": ({"title"}, {"user"}),
    "transition": ({"status"}, {"note"}),
    "watch": ({"user", "team"}, set()),
}
"""What each verb takes: one of the first fields, and any of the second."""


async def list_macros(tx: Tx, actor: Actor, query: ActiveQuery) -> Page[Macro]:
    """The macros by name. Raises `Invalid`."""
    shelf.must_read(actor, MACROS)
    rows, cursor = await shelf.read(tx, MACROS, query)
    return Page([_shown(row) for row in rows], cursor)


async def get_macro(tx: Tx, actor: Actor, ref: str | UUID) -> Macro:
    """A macro by id or slug. Raises `NotFound`."""
    shelf.must_read(actor, MACROS)
    return _shown(await shelf.find(tx, MACROS, ref))


async def add_macro(tx: Tx, actor: Actor, draft: MacroDraft) -> Macro:
    """Add a macro. Raises `Invalid`, `Refused` for a slug in use."""
    actor.must(MACROS.permission)
    if draft.steps is msgspec.UNSET:
        raise invalid("steps", "This field is required.")
    made = await shelf.add(tx, actor, MACROS, await _columns(tx, actor, draft))
    return await get_macro(tx, system_actor(tx.tenant_id), made)


async def change_macro(tx: Tx, actor: Actor, ref: str, draft: MacroDraft) -> Macro:
    """Change the given fields. Raises `NotFound`, `Invalid`, `Refused`."""
    actor.must(MACROS.permission)
    row = await shelf.find(tx, MACROS, ref, lock=True)
    await shelf.change(tx, actor, MACROS, row, await _columns(tx, actor, draft))
    return await get_macro(tx, system_actor(tx.tenant_id), row["id"])


async def remove_macro(tx: Tx, actor: Actor, ref: str) -> None:
    """Delete a macro. Raises `NotFound`."""
    actor.must(MACROS.permission)
    await shelf.remove(tx, actor, MACROS, ref)


_NEEDS = {
    "comment": permissions.COMMENTS_MANAGE,
    "assign": permissions.ASSIGN,
    "task": permissions.TASKS_MANAGE,
    "checklist": permissions.TASKS_MANAGE,
}
"""The permission that a verb asks for; of all others it is the right to update."""


def may_run(actor: Actor, macro: Macro) -> bool:
    """Whether an actor holds what every step of a macro asks for: what a page offers."""
    return all(actor.can(_NEEDS.get(step.do, permissions.UPDATE)) for step in macro.steps)


@incidents.undoable("macro")
async def run_macro(tx: Tx, actor: Actor, ref: str | UUID, macro: str) -> IncidentView:
    """Run a macro on an incident, all of it or nothing; the incident as it is then.

    Raises `NotFound`, also for a macro out of use, and what a step's verb raises, with the step named.
    """
    actor.must(permissions.VIEW)
    incident = await incidents.lock(tx, actor, ref)
    row = await shelf.find(tx, MACROS, macro)
    if not row["is_active"]:
        raise NotFound
    steps = msgspec.convert(row["steps"], list[MacroStep])
    incidents.takes(tx, {_NEEDS.get(step.do, permissions.UPDATE) for step in steps})
    for number, step in enumerate(steps):
        try:
            await _run(tx, actor, await incidents.see(tx, actor, incident.id), step)
        except TocsinError as error:
            error.errors = [FieldError(f"steps[{number}]", error.template, error.values)]
            raise
    facts = {"macro": row["id"], "slug": row["slug"], "steps": [step.do for step in steps]}
    tx.emit(events.MacroRun(actor=actor, incident_id=incident.id, facts=facts, texts={"name": row["name"]}))
    return await incidents.show(tx, actor, incident.id)


async def _run(tx: Tx, actor: Actor, incident: Incident, step: MacroStep) -> None:
    """Run one step by its verb, which checks the actor's right."""
    values = await values_of(tx, actor, incident)
    note = rules.fill(step.note, values, markdown=False) if step.note is not None else None
    if step.do == "comment":
        body = step.body
        if step.reply is not None:
            body = (await shelf.choose(tx, REPLIES, step.reply, "reply"))["body"]
        text = rules.fill(body or "", values, markdown=True)
        await add_comment(tx, actor, incident.id, text, is_internal=bool(step.is_internal))
    elif step.do == "transition":
        await incidents.transition(tx, actor, incident.id, step.status or "", note=note)
    elif step.do == "resolve":
        await incidents.resolve(tx, actor, incident.id, note)
    elif step.do == "close":
        await incidents.close(tx, actor, incident.id, note)
    elif step.do == "acknowledge":
        await incidents.acknowledge(tx, actor, incident.id)
    elif step.do == "assign":
        await incidents.assign(tx, actor, incident.id, user=step.user, team=step.team, note=note)
    elif step.do == "priority":
        await incidents.update(tx, actor, incident.id, Change(priority=step.priority or ""))
    elif step.do == "category":
        await incidents.update(tx, actor, incident.id, Change(category=step.category or ""))
    else:
        await _run_work(tx, actor, incident, step, values)


async def _run_work(tx: Tx, actor: Actor, incident: Incident, step: MacroStep, values: dict[str, str | None]) -> None:
    if step.do == "task":
        title = rules.fill(step.title or "", values, markdown=False)
        wanted = TaskChange(title=title[:200], assigned_to=step.user if step.user is not None else msgspec.UNSET)
        await add_task(tx, actor, incident.id, wanted)
    elif step.do == "checklist":
        await apply_checklist(tx, actor, incident.id, step.checklist or "")
    else:
        with suppress(Refused):  # whoever watches already goes on
            await incidents.add_watcher(tx, actor, incident.id, user=step.user, team=step.team, email=None)


async def _columns(tx: Tx, actor: Actor, draft: MacroDraft) -> dict[str, Any]:
    values = shelf.given(draft)
    if values.get("description") is not None:
        values["description"] = values["description"].strip() or None
    if "steps" in values:
        values["steps"] = msgspec.to_builtins(await _checked(tx, actor, values["steps"]))
    return values


async def _checked(tx: Tx, actor: Actor, steps: Sequence[MacroStep]) -> list[MacroStep]:
    """The steps with ids in place of what they name. Raises `Invalid` naming the step and its field."""
    if not steps:
        raise invalid("steps", "A macro has at least one step.")
    found = []
    for number, step in enumerate(steps):
        try:
            found.append(await _checked_step(tx, actor, step))
        except Invalid as error:
            raise Invalid(
                [FieldError(f"steps[{number}].{each.field}", each.template, each.values) for each in error.errors]
            ) from None
    return found


async def _checked_step(tx: Tx, actor: Actor, step: MacroStep) -> MacroStep:
    one_of, beside = _TAKES[step.do]
    given = {name for name in MacroStep.__struct_fields__ if name != "do" and getattr(step, name) is not None}
    for name in sorted(given - one_of - beside):
        raise invalid(name, "The step {verb} does not take this.", verb=step.do)
    if one_of and not given & one_of:
        raise invalid(min(one_of), "The step {verb} needs {names}.", verb=step.do, names=" or ".join(sorted(one_of)))
    if step.do == "comment" and len(given & one_of) != 1:
        raise invalid("reply", "Give either a body or a reply.")
    _check_texts(step)
    return msgspec.structs.replace(step, **await _ids(tx, step))


def _check_texts(step: MacroStep) -> None:
    if step.body is not None:
        check_body(step.body)
    if step.title is not None:
        check_title(step.title)
    if step.note is not None and len(step.note) > NOTE_LIMIT:
        raise invalid("note", "Give at most {limit} characters.", limit=NOTE_LIMIT)
    for name in ("body", "note", "title"):
        if (text := getattr(step, name)) is not None:
            check_template(text, name)


async def _ids(tx: Tx, step: MacroStep) -> dict[str, str]:
    """What a step names, by ids that outlive a change of names; `me` stays. Raises `Invalid`."""
    catalogue = await classification.catalogue(tx)
    found: dict[str, str] = {}
    if step.status is not None:
        found["status"] = str(catalogue.status(step.status).id)
    if step.priority is not None:
        found["priority"] = str(catalogue.priority(step.priority).id)
    if step.category is not None:
        found["category"] = str(catalogue.category(step.category).id)
    if step.user is not None and step.user != "me":
        found["user"] = str((await access.find_user(tx, step.user, "user")).id)
    if step.team is not None:
        found["team"] = str((await access.find_team(tx, step.team, "team")).id)
    if step.reply is not None:
        found["reply"] = str((await shelf.choose(tx, REPLIES, step.reply, "reply"))["id"])
    if step.checklist is not None:
        found["checklist"] = str((await shelf.choose(tx, CHECKLISTS, step.checklist, "checklist"))["id"])
    return found


def _shown(row: Any) -> Macro:
    plain = {name: row[name] for name in Macro.__struct_fields__ if name != "steps"}
    return Macro(steps=msgspec.convert(row["steps"], list[MacroStep]), **plain)
