"""Changing many incidents at once: a transaction for each, so that what is refused holds up nothing, and is listed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, cast, get_args
from uuid import UUID

import msgspec

from tocsin.access import permissions, service as access
from tocsin.base.actor import Actor
from tocsin.base.errors import TocsinError, invalid
from tocsin.classification import service as classification
from tocsin.db.tx import Tx
from tocsin.incidents import service
from tocsin.incidents.console.common import MODULE
from tocsin.incidents.console.pick import say, value_of
from tocsin.incidents.console.rows import Row, fresh_row
from tocsin.incidents.service.undo import Put
from tocsin.web import pages
from tocsin.web.pages import Undo
from tocsin.web.problems import as_problem
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action

MOST = 200
MAY = (permissions.UPDATE, permissions.ASSIGN)
Act = Callable[[Tx, Actor, str], Awaitable[UUID]]


class BulkForm(msgspec.Struct, frozen=True):
    """The incidents that are ticked, and one thing to do with them. `ref` are references."""

    ref: list[str] = []
    status: str | None = None
    priority: str | None = None
    user: str | None = None
    team: str | None = None
    do: Literal["close", "unassign"] | None = None
    back: str = "/queue"
    """The list that they were ticked in."""


class UndoForm(msgspec.Struct, frozen=True):
    """What was set to `now`; `was` holds a reference and the value before it, `INC-000123:open`, for each incident."""

    what: str
    was: str
    now: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one incident: its row, or why it was refused."""

    ref: str
    row: Row | None
    before: str = ""
    why: str = ""


@action("/queue/bulk", module=MODULE, permission=MAY, own_transactions=True)
async def change_many(ctx: Ctx, data: BulkForm) -> Reply:
    """Assign, move, prioritise or close the incidents that are ticked."""
    async with ctx.transaction() as tx:
        what, act = await _wanted(tx, ctx.actor, data)
        refs = _refs(data.ref)
    outcomes = [await _one(ctx, ref, what, act) for ref in refs]
    done = [outcome for outcome in outcomes if outcome.row is not None]
    back = data.back if pages.is_local(data.back) else "/queue"
    return _answer(ctx, outcomes, _undo(done, what), _said(ctx, done, what), back)


async def _wanted(tx: Tx, actor: Actor, data: BulkForm) -> tuple[Put, Act]:
    """The one thing that is asked for. Raises `Invalid` for a value that no incident could take."""
    given = [name for name in ("status", "priority", "user", "team", "do") if getattr(data, name) is not None]
    if len(given) != 1:
        raise invalid("do", "Choose one thing to do with the incidents.")
    catalogue = await classification.catalogue(tx)
    if data.status is not None:
        slug = catalogue.status(data.status).slug
        return "status", lambda tx, who, ref: service.transition(tx, who, ref, slug)
    if data.priority is not None:
        change = service.Change(priority=catalogue.priority(data.priority).slug)
        return "priority", lambda tx, who, ref: service.update(tx, who, ref, change)
    if data.user is not None:
        user = str((await access.find_user(tx, data.user, "user", actor)).id)
        return "owner", lambda tx, who, ref: service.assign(tx, who, ref, user=user)
    if data.team is not None:
        team = str((await access.find_team(tx, data.team, "team")).id)
        return "team", lambda tx, who, ref: service.assign(tx, who, ref, team=team)
    if data.do == "unassign":
        return "owner", service.unassign
    return "status", service.close


def _refs(given: list[str]) -> list[str]:
    refs = list(dict.fromkeys(given))
    if not refs:
        raise invalid("ref", "Tick the incidents first.")
    if len(refs) > MOST:
        raise invalid("ref", "Tick at most {most} incidents at a time.", most=MOST)
    return refs


async def _one(ctx: Ctx, ref: str, what: Put, act: Act) -> Outcome:
    """One incident in a transaction of its own: done as a whole, or not at all."""
    try:
        async with ctx.transaction() as tx:
            before = await service.show(tx, ctx.actor, ref)
            await act(tx, ctx.actor, ref)
            return Outcome(before.reference_code, await fresh_row(ctx, before.id), value_of(before, what))
    except TocsinError as refused:
        return Outcome(ref[:80], None, why=as_problem(refused, "", pages.speech(ctx).say).detail)


def _undo(done: list[Outcome], what: Put) -> Undo | None:
    """Puts back all that came to the same value, which those of one act did."""
    if not done or done[0].row is None:
        return None
    was = " ".join(f"{outcome.ref}:{outcome.before}" for outcome in done)
    return Undo("/queue/undo", {"what": what, "now": value_of(done[0].row.incident, what), "was": was})


def _said(ctx: Ctx, done: list[Outcome], what: Put) -> str | None:
    tongue = pages.speech(ctx)
    if not done or done[0].row is None:
        return None
    if len(done) == 1:
        return say(ctx, done[0].row.incident, what)
    return tongue.ngettext("%(num)s incident changed", "%(num)s incidents changed", len(done))


def _answer(ctx: Ctx, outcomes: list[Outcome], undo: Undo | None, said: str | None, back: str = "/queue") -> Reply:
    """Rows and toast where a script asks for them, else a page that lists each result."""
    changed = [outcome.row for outcome in outcomes if outcome.row is not None]
    refused = [outcome for outcome in outcomes if outcome.row is None]
    template = "incidents/changed.html" if pages.is_part(ctx.request) else "incidents/outcomes.html"
    return pages.render(
        ctx,
        template,
        rows=changed,
        refused=refused,
        columns=changed[0].columns if changed else [],
        said=said,
        undo=undo,
        back=back,
    )


@action("/queue/undo", module=MODULE, permission=MAY, own_transactions=True)
async def undo_many(ctx: Ctx, data: UndoForm) -> Reply:
    """Put back what was just changed, each incident by itself; what somebody changed meanwhile stays and is said."""
    async with ctx.transaction():
        if data.what not in get_args(Put):
            raise invalid("what", "This cannot be put back.")
        before = dict(pair.rpartition(":")[::2] for pair in data.was.split(" "))
        refs = _refs(list(before))
    what = cast("Put", data.what)

    def act(tx: Tx, who: Actor, ref: str) -> Awaitable[UUID]:
        return service.put_back(tx, who, ref, what, now=data.now, before=before[ref])

    outcomes = [await _one(ctx, ref, what, act) for ref in refs]
    done = [outcome for outcome in outcomes if outcome.row is not None]
    tongue = pages.speech(ctx)
    said = tongue.ngettext("Undone for %(num)s incident", "Undone for %(num)s incidents", len(done)) if done else None
    if not pages.is_part(ctx.request) and len(done) == len(outcomes):
        return pages.back(ctx, "/queue", said)
    return _answer(ctx, outcomes, None, said)


ENDPOINTS = (change_many, undo_many)
