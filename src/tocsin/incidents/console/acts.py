"""What is done on an incident's page: each form is one verb, says what happened, and how it is taken back."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from tocsin.access import service as access
from tocsin.access.model import Named
from tocsin.access.permissions import ASSIGN, DELEGATE, DELETE, UPDATE
from tocsin.classification import service as classification
from tocsin.classification.console.asked import sent
from tocsin.incidents import service
from tocsin.incidents.console import moments
from tocsin.incidents.console.common import MODULE
from tocsin.incidents.model import Incident
from tocsin.web import pages
from tocsin.web.forms import NoFields
from tocsin.web.pages import Undo
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action

Note = Annotated[str, Meta(max_length=10_000)]
ONE = "/incidents/{ref}"


class NoteForm(msgspec.Struct, frozen=True, kw_only=True):
    """A word on why, and what the move to the next status demands."""

    note: Note | None = None
    description: str | None = None
    category: str | None = None
    impact: str | None = None
    team: str | None = None
    assigned_to: str | None = None
    custom: dict[str, list[str]] = {}


class EndForm(NoteForm, frozen=True, kw_only=True):
    """A word on why, and whether it goes for all open incidents below this one too."""

    children: bool = False


class StatusForm(NoteForm, frozen=True, kw_only=True):
    """Where to go."""

    status: str


class PriorityForm(msgspec.Struct, frozen=True, kw_only=True):
    """Which one."""

    priority: str


class AssignForm(msgspec.Struct, frozen=True, kw_only=True):
    """To a person, a team, or both."""

    user: str | None = None
    team: str | None = None
    capacity: Literal["owner", "collaborator"] = msgspec.field(default="owner", name="as")
    note: Note | None = None


class UnassignForm(msgspec.Struct, frozen=True, kw_only=True):
    """Without a user the owner is taken off."""

    user: str | None = None


class DelegateForm(msgspec.Struct, frozen=True, kw_only=True):
    """To whom, and when the work falls back: a wall time of the reader's zone."""

    user: str
    note: Note | None = None
    until: str | None = None


async def _seen(ctx: Ctx, ref: str) -> Incident:
    """The incident before the act: what taking it back leads to."""
    return await service.see(ctx.tx, ctx.actor, ref)


async def _filled(ctx: Ctx, data: NoteForm) -> dict[str, Any]:
    """What a form fills in on the way to a status. Raises `Invalid`."""
    found = sent(await classification.catalogue(ctx.tx), data.custom)
    found.refuse()
    plain = {name: value for name in service.EVERYWHERE if (value := getattr(data, name)) is not None}
    return {**plain, **{f"custom.{slug}": value for slug, value in found.values.items()}}


def done(ctx: Ctx, ref: str, said: str, undo: Undo | None = None) -> Reply:
    """Back to the page, which says what happened."""
    return pages.back(ctx, f"/incidents/{ref}", said, undo)


def undo_of(ctx: Ctx) -> Undo | None:
    """Puts back what this request has just done, if that can be."""
    operation = service.recorded(ctx.tx)
    return Undo(f"/operations/{operation}/undo") if operation is not None else None


def _undo(ref: str, verb: str, **fields: str) -> Undo:
    return Undo(f"/incidents/{ref}/{verb}", {name.rstrip("_"): value for name, value in fields.items()})


@action(f"{ONE}/acknowledge", module=MODULE, permission=UPDATE)
async def acknowledge(ctx: Ctx, ref: str, data: NoFields) -> Reply:
    """Say that it is seen."""
    _ = pages.speech(ctx).gettext
    await service.acknowledge(ctx.tx, ctx.actor, ref)
    code = await _code(ctx, ref)
    return done(ctx, ref, _("%(ref)s is acknowledged", ref=code), _undo(code, "unacknowledge"))


@action(f"{ONE}/unacknowledge", module=MODULE, permission=UPDATE)
async def unacknowledge(ctx: Ctx, ref: str, data: NoFields) -> Reply:
    """Take the acknowledgement back."""
    _ = pages.speech(ctx).gettext
    await service.unacknowledge(ctx.tx, ctx.actor, ref)
    code = await _code(ctx, ref)
    return done(ctx, ref, _("%(ref)s waits for an acknowledgement again", ref=code), _undo(code, "acknowledge"))


@action(f"{ONE}/transition", module=MODULE, permission=UPDATE)
async def transition(ctx: Ctx, ref: str, data: StatusForm) -> Reply:
    """Move it to another status."""
    _ = pages.speech(ctx).gettext
    before = await _seen(ctx, ref)
    filled = await _filled(ctx, data)
    await service.transition(ctx.tx, ctx.actor, ref, data.status, note=data.note, fields=filled)
    after = await _seen(ctx, ref)
    code, status = before.reference_code, after.status
    return done(ctx, code, _("%(ref)s is %(status)s", ref=code, status=status.name), undo_of(ctx))


@action(f"{ONE}/priority", module=MODULE, permission=UPDATE)
async def prioritise(ctx: Ctx, ref: str, data: PriorityForm) -> Reply:
    """Give it another priority."""
    _ = pages.speech(ctx).gettext
    before = await _seen(ctx, ref)
    await service.update(ctx.tx, ctx.actor, ref, service.Change(priority=data.priority))
    code, after = before.reference_code, await _seen(ctx, ref)
    said = _("%(ref)s has the priority %(priority)s", ref=code, priority=after.priority.name)
    return done(ctx, code, said, undo_of(ctx) if after.priority != before.priority else None)


@action(f"{ONE}/resolve", module=MODULE, permission=UPDATE)
async def resolve(ctx: Ctx, ref: str, data: EndForm) -> Reply:
    """Resolve it."""
    _ = pages.speech(ctx).gettext
    verb = service.resolve_family if data.children else service.resolve
    await verb(ctx.tx, ctx.actor, ref, data.note, fields=await _filled(ctx, data))
    code = await _code(ctx, ref)
    return done(ctx, code, _("%(ref)s is resolved", ref=code), undo_of(ctx))


@action(f"{ONE}/close", module=MODULE, permission=UPDATE)
async def close(ctx: Ctx, ref: str, data: EndForm) -> Reply:
    """Close it."""
    _ = pages.speech(ctx).gettext
    verb = service.close_family if data.children else service.close
    await verb(ctx.tx, ctx.actor, ref, data.note, fields=await _filled(ctx, data))
    code = await _code(ctx, ref)
    return done(ctx, code, _("%(ref)s is closed", ref=code), undo_of(ctx))


@action(f"{ONE}/reopen", module=MODULE, permission=UPDATE)
async def reopen(ctx: Ctx, ref: str, data: NoteForm) -> Reply:
    """Reopen it."""
    _ = pages.speech(ctx).gettext
    await service.reopen(ctx.tx, ctx.actor, ref, data.note, fields=await _filled(ctx, data))
    code = await _code(ctx, ref)
    return done(ctx, code, _("%(ref)s is open again", ref=code), undo_of(ctx))


@action(f"{ONE}/assign", module=MODULE, permission=ASSIGN)
async def assign(ctx: Ctx, ref: str, data: AssignForm) -> Reply:
    """Give it to a person, a team, or both."""
    _ = pages.speech(ctx).gettext
    before = await _seen(ctx, ref)
    await service.assign(ctx.tx, ctx.actor, ref, user=data.user, team=data.team, capacity=data.capacity, note=data.note)
    code, after = before.reference_code, await _seen(ctx, ref)
    if data.user is None:
        names = await access.labels(ctx.tx, [after.team_id] if after.team_id is not None else [])
        team = names.get(after.team_id, "") if after.team_id is not None else ""
        return done(ctx, code, _("%(ref)s went to %(who)s", ref=code, who=team), undo_of(ctx))
    person = await access.find_user(ctx.tx, data.user, "user", ctx.actor)
    said = await _over(ctx, code, person, after) if data.capacity == "owner" else None
    return done(ctx, code, said or _("%(ref)s went to %(who)s", ref=code, who=person.name), undo_of(ctx))


async def _over(ctx: Ctx, code: str, meant: Named, after: Incident) -> str | None:
    """That it went on to who stands in for somebody away; None when it did not."""
    if after.assigned_to_id is None or after.assigned_to_id == meant.id:
        return None
    names = await access.labels(ctx.tx, [after.assigned_to_id])
    _ = pages.speech(ctx).gettext
    deputy = names.get(after.assigned_to_id, "")
    return _("%(ref)s went to %(deputy)s, who stands in for %(who)s", ref=code, deputy=deputy, who=meant.name)


@action(f"{ONE}/unassign", module=MODULE, permission=ASSIGN)
async def unassign(ctx: Ctx, ref: str, data: UnassignForm) -> Reply:
    """Take the owner, or the person named, off."""
    _ = pages.speech(ctx).gettext
    before = await _seen(ctx, ref)
    await service.unassign(ctx.tx, ctx.actor, ref, user=data.user)
    code = before.reference_code
    gone = (
        before.assigned_to_id
        if data.user is None
        else await access.find_member_id(ctx.tx, data.user, "user", ctx.actor)
    )
    assert gone is not None
    names = await access.labels(ctx.tx, [gone])
    said = _("%(who)s was taken off %(ref)s", who=names.get(gone, ""), ref=code)
    return done(ctx, code, said, undo_of(ctx))


@action(f"{ONE}/delegate", module=MODULE, permission=(DELEGATE, ASSIGN))
async def delegate(ctx: Ctx, ref: str, data: DelegateForm) -> Reply:
    """Hand one's own work on."""
    _ = pages.speech(ctx).gettext
    until = moments.from_field(ctx, data.until, "until")
    await service.delegate(ctx.tx, ctx.actor, ref, user=data.user, note=data.note, until=until)
    code = await _code(ctx, ref)
    person = await access.find_user(ctx.tx, data.user, "user", ctx.actor)
    said = _("%(ref)s was delegated to %(who)s", ref=code, who=person.name)
    return done(ctx, code, said, undo_of(ctx))


@action(f"{ONE}/recall", module=MODULE, permission=(DELEGATE, ASSIGN))
async def recall(ctx: Ctx, ref: str, data: NoFields) -> Reply:
    """Take delegated work back."""
    _ = pages.speech(ctx).gettext
    await service.recall(ctx.tx, ctx.actor, ref)
    code = await _code(ctx, ref)
    return done(ctx, code, _("The delegation of %(ref)s was recalled", ref=code), undo_of(ctx))


@action(f"{ONE}/delete", module=MODULE, permission=DELETE)
async def delete(ctx: Ctx, ref: str, data: NoFields) -> Reply:
    """Delete it; its page offers to restore it."""
    _ = pages.speech(ctx).gettext
    code = await _code(ctx, ref)
    await service.delete(ctx.tx, ctx.actor, ref)
    return pages.redirect(ctx, "/queue", _("%(ref)s is deleted", ref=code), undo_of(ctx))


@action(f"{ONE}/restore", module=MODULE, permission=DELETE)
async def restore(ctx: Ctx, ref: str, data: NoFields) -> Reply:
    """Bring it back."""
    _ = pages.speech(ctx).gettext
    await service.restore(ctx.tx, ctx.actor, ref)
    code = await _code(ctx, ref)
    return pages.redirect(ctx, f"/incidents/{code}", _("%(ref)s is restored", ref=code), undo_of(ctx))


async def _code(ctx: Ctx, ref: str) -> str:
    return (await _seen(ctx, ref)).reference_code


ENDPOINTS = (
    *(acknowledge, unacknowledge, transition, prioritise, resolve, close, reopen),
    *(assign, unassign, delegate, recall, delete, restore),
)
