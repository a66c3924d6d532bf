"""Macros in the administration: the list, and each one with its steps as rows of a form."""

from __future__ import annotations

from typing import Any

import msgspec

from tocsin.access import permissions, service as access
from tocsin.access.service import TeamQuery
from tocsin.base.errors import invalid
from tocsin.base.fitting import fit
from tocsin.base.paging import MAX_LIMIT, ActiveQuery
from tocsin.classification import service as classification
from tocsin.collaboration import rules, service
from tocsin.collaboration.console import rows
from tocsin.collaboration.console.kept import switched
from tocsin.collaboration.console.rows import Row
from tocsin.collaboration.model import Macro, MacroDraft, MacroStep
from tocsin.web import pages
from tocsin.web.admin import Choice
from tocsin.web.forms import InUse, NoFields
from tocsin.web.i18n import N_
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action, page

MODULE = "collaboration"
MANAGE = permissions.MACROS_MANAGE
MACROS = "/admin/macros"
FORM = "macro"
VERBS = {
    "comment": N_("Comment"),
    "assign": N_("Assign to"),
    "transition": N_("Set the status"),
    "priority": N_("Set the priority"),
    "category": N_("Set the category"),
    "task": N_("Add a task"),
    "checklist": N_("Add a checklist"),
    "watch": N_("Add a watcher"),
    "acknowledge": N_("Acknowledge"),
    "resolve": N_("Resolve"),
    "close": N_("Close"),
}
WITH_TEXT = ("comment", "assign", "transition", "task", "resolve", "close")
WITH_CHOICE = ("comment", "assign", "transition", "priority", "category", "task", "checklist", "watch")
_TEXT = {"comment": "body", "task": "title"}
_KINDS = ("reply", "user", "team", "status", "priority", "category", "checklist")
_FIELDS = {"do": "comment", "what": "", "text": "", "internal": "false"}


class MacroForm(msgspec.Struct, frozen=True, kw_only=True):
    """A macro as the form has it; its steps are rows (see `rows`): `what` is a kind and a reference with a colon between."""

    name: str = ""
    description: str | None = None
    do: list[str] = []
    what: list[str] = []
    text: list[str] = []
    internal: list[str] = []
    more: str | None = None


@page(MACROS, module=MODULE, permission=MANAGE)
async def show_macros(ctx: Ctx) -> Reply:
    """The macros, by name."""
    found = await service.list_macros(ctx.tx, ctx.actor, ActiveQuery(limit=MAX_LIMIT))
    return pages.render(ctx, "collaboration/admin_macros.html", macros=found.items, verbs=VERBS)


@page(f"{MACROS}/new", module=MODULE, permission=MANAGE)
async def show_new_macro(ctx: Ctx) -> Reply:
    """The form for a new macro."""
    return await _form(ctx, None)


@page(f"{MACROS}/{{macro}}", module=MODULE, permission=MANAGE)
async def show_macro(ctx: Ctx, macro: str) -> Reply:
    """A macro, ready to be changed."""
    return await _form(ctx, await service.get_macro(ctx.tx, ctx.actor, macro))


async def _form(ctx: Ctx, macro: Macro | None, steps: list[Row] | None = None, wish: str = "") -> Reply:
    """The form: as it was sent when it was refused or asked for more rows, else as the macro stands."""
    values = {"name": macro.name, "description": macro.description or ""} if macro else {"name": "", "description": ""}
    kept = [_row_of(step) for step in macro.steps] if macro is not None else [dict(_FIELDS)]
    sheet = rows.sheet(ctx, FORM, (values, kept), _FIELDS, "steps", steps)
    return pages.render(
        ctx,
        "collaboration/admin_macro.html",
        macro=macro,
        values=sheet.values,
        steps=sheet.rows,
        wrong=sheet.wrong,
        wish=wish,
        verbs=list(VERBS.items()),
        choices=await _choices(ctx, [row["what"] for row in sheet.rows]),
        with_text=WITH_TEXT,
        with_choice=WITH_CHOICE,
        variables=rules.VARIABLES,
    )


async def _choices(ctx: Ctx, used: list[str]) -> list[tuple[str, list[Choice]]]:
    """What a step may name, in groups; what is named already stays choosable, found or not."""
    _ = pages.speech(ctx).gettext
    catalogue = await classification.catalogue(ctx.tx)
    ready = ActiveQuery(active=True, limit=MAX_LIMIT)
    people = await access.people_to_choose(ctx.tx)
    teams = (await access.list_teams(ctx.tx, TeamQuery(limit=MAX_LIMIT))).items
    replies = (await service.list_replies(ctx.tx, ctx.actor, ready)).items
    lists = (await service.list_checklists(ctx.tx, ctx.actor, ready)).items
    kinds: dict[str, tuple[str, list[tuple[Any, str]]]] = {
        "reply": (_("Replies"), [(one.id, one.name) for one in replies]),
        "status": (_("Statuses"), [(s.id, s.name) for s in catalogue.statuses.values() if s.is_active]),
        "priority": (_("Priorities"), [(p.id, p.name) for p in catalogue.priorities.values() if p.is_active]),
        "category": (_("Categories"), [(c.id, c.name) for c in catalogue.categories.values() if c.is_active]),
        "checklist": (_("Checklists"), [(one.id, one.name) for one in lists]),
        "team": (_("Teams"), [(team.id, team.name) for team in teams]),
        "user": (_("People"), [("me", _("whoever runs it")), *((person.id, person.name) for person in people)]),
    }
    groups = [(title, [Choice(f"{kind}:{ref}", name) for ref, name in found]) for kind, (title, found) in kinds.items()]
    known = {choice.value for _title, choices in groups for choice in choices}
    lost = [Choice(value, value.partition(":")[2]) for value in dict.fromkeys(used) if value and value not in known]
    return [*groups, (_("Others"), lost)] if lost else groups


def _row_of(step: MacroStep) -> Row:
    named = next((f"{kind}:{ref}" for kind in _KINDS if (ref := getattr(step, kind)) is not None), "")
    text = getattr(step, _TEXT.get(step.do, "note")) or ""
    return {"do": step.do, "what": named, "text": text, "internal": "true" if step.is_internal else "false"}


@action(MACROS, module=MODULE, permission=MANAGE)
async def add_macro(ctx: Ctx, data: MacroForm) -> Reply:
    """Add a macro."""
    _ = pages.speech(ctx).gettext
    if data.more is not None:
        return await _more(ctx, None, data.more)
    made = await service.add_macro(ctx.tx, ctx.actor, _draft(ctx, data))
    return pages.redirect(ctx, MACROS, _("%(name)s was added.") % {"name": made.name})


@action(f"{MACROS}/{{macro}}", module=MODULE, permission=MANAGE)
async def change_macro(ctx: Ctx, macro: str, data: MacroForm) -> Reply:
    """Change a macro."""
    _ = pages.speech(ctx).gettext
    if data.more is not None:
        return await _more(ctx, await service.get_macro(ctx.tx, ctx.actor, macro), data.more)
    after = await service.change_macro(ctx.tx, ctx.actor, macro, _draft(ctx, data))
    return pages.redirect(ctx, MACROS, _("%(name)s was saved.") % {"name": after.name})


async def _more(ctx: Ctx, macro: Macro | None, wish: str) -> Reply:
    """The form again, with a row more or less."""
    ctx.actor.must(MANAGE)
    steps, _gone = rows.reshaped(ctx, wish, _FIELDS)
    return await _form(ctx, macro, steps, wish)


def _draft(ctx: Ctx, data: MacroForm) -> MacroDraft:
    sent = rows.read(ctx.form.values, _FIELDS)
    steps = [_step(row, f"steps[{number}]") for number, row in enumerate(sent)]
    return MacroDraft(name=data.name, description=data.description, steps=steps)


def _step(row: Row, where: str) -> MacroStep:
    """A row as the service takes it: what its verb does not ask for is left out. Raises `Invalid`."""
    verb = row["do"]
    if verb not in VERBS:
        raise invalid(f"{where}.do", "Choose what is done.")
    given: dict[str, Any] = {"do": verb}
    text = row["text"].strip()
    if text and verb in WITH_TEXT:
        given[_TEXT.get(verb, "note")] = text
    kind, _, ref = row["what"].partition(":")
    if ref and kind in _KINDS and verb in WITH_CHOICE:
        given[kind] = ref
    if verb == "comment":
        given["is_internal"] = row["internal"] == "true"
    return fit(given, MacroStep, where)


@action(f"{MACROS}/{{macro}}/active", module=MODULE, permission=MANAGE)
async def set_macro_active(ctx: Ctx, macro: str, data: InUse) -> Reply:
    """Let a macro be run, or not."""
    after = await service.change_macro(ctx.tx, ctx.actor, macro, MacroDraft(is_active=data.is_active))
    return switched(ctx, MACROS, after)


@action(f"{MACROS}/{{macro}}/delete", module=MODULE, permission=MANAGE)
async def delete_macro(ctx: Ctx, macro: str, data: NoFields) -> Reply:
    """Delete a macro."""
    _ = pages.speech(ctx).gettext
    before = await service.get_macro(ctx.tx, ctx.actor, macro)
    await service.remove_macro(ctx.tx, ctx.actor, macro)
    return pages.redirect(ctx, MACROS, _("%(name)s was deleted.") % {"name": before.name})


ENDPOINTS = (
    *(show_macros, show_new_macro, show_macro),
    *(add_macro, change_macro, set_macro_active, delete_macro),
)
