"""Operations on the screen: how far a long one is, what came of it, stopping it, and putting everything back."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from tocsin.access import permissions
from tocsin.base.ids import parse_id
from tocsin.incidents import service
from tocsin.incidents.console.common import MODULE, SEE
from tocsin.incidents.console.rows import fresh_row
from tocsin.incidents.service.operations import Operation
from tocsin.web import pages
from tocsin.web.forms import NoFields
from tocsin.web.i18n import N_
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action, page

ONE = "/operations/{operation}"
MAY = (permissions.UPDATE, permissions.ASSIGN, permissions.DELEGATE, permissions.DELETE)
MOST_NAMED = 20
"""So many incidents are named that were refused for one reason."""
MOST_ROWS = 200
"""So many rows are put into their places at once; beyond that the list is read anew."""
VERBS = {
    "assign": N_("Assign"),
    "unassign": N_("Take the owner off"),
    "delegate": N_("Delegate"),
    "recall": N_("Recall the delegation"),
    "claim": N_("Take"),
    "hand_over": N_("Hand over"),
    "acknowledge": N_("Acknowledge"),
    "transition": N_("Set the status"),
    "resolve": N_("Resolve"),
    "close": N_("Close"),
    "reopen": N_("Reopen"),
    "update": N_("Change fields"),
    "merge": N_("Merge"),
    "delete": N_("Delete"),
    "restore": N_("Restore"),
    "escalate": N_("Escalate"),
    "tag": N_("Change the tags"),
    "watch": N_("Add who watches"),
    "comment": N_("Comment"),
    "macro": N_("Run a macro"),
}
STATES = {
    "queued": N_("Waiting to begin"),
    "running": N_("At work"),
    "done": N_("Done"),
    "cancelled": N_("Stopped"),
    "undoing": N_("Being undone"),
    "undone": N_("Undone"),
}


class OperationQuery(msgspec.Struct, frozen=True):
    """`back`: the list that it came from."""

    back: str = "/queue"


@page(ONE, module=MODULE, permission=SEE)
async def show_operation(ctx: Ctx, operation: str, query: OperationQuery) -> Reply:
    """What an operation did, how far it is, and the way back."""
    found = await service.get_operation(ctx.tx, ctx.actor, operation)
    return pages.render(
        ctx,
        "incidents/operation.html",
        operation=found,
        verb=VERBS.get(found.do or found.kind, found.do or found.kind),
        state=STATES[found.state],
        left=await _left(ctx, found),
        works=found.state in ("queued", "running", "undoing"),
        list_path=query.back if pages.is_local(query.back) else "/queue",
        may=any(ctx.actor.can(permission) for permission in MAY)
        and service.may_undo(
            ctx.actor, did=found.do or found.kind, by=found.actor.id if found.actor is not None else None
        ),
    )


@dataclass(frozen=True, slots=True)
class Left:
    """Incidents that were left as they are, `more` besides those named, and why; `are_known` by their reference codes."""

    why: str
    names: list[str]
    more: int
    are_known: bool


async def _left(ctx: Ctx, found: Operation) -> list[Left]:
    """What was refused, together what was refused for one reason: of a job that was stopped hundreds are."""
    if found.undone_at is not None and not found.failed:
        return []
    refused = [one for one in found.results if one.status is not None and one.status >= 300]
    sees_all = ctx.actor.can(permissions.VIEW)
    ids = [one.id or (parse_id(one.incident) if sees_all else None) for one in refused]
    codes = await service.reference_codes(ctx.tx, [one for one in ids if one is not None])
    reasons: dict[tuple[str, bool], list[str]] = {}
    for one, known in zip(refused, ids, strict=True):
        code = codes.get(known) if known is not None else None
        why = str(one.problem["detail"]) if one.problem else ""
        reasons.setdefault((why, code is not None), []).append(code or one.incident[:80])
    return [
        Left(why, names[:MOST_NAMED], max(0, len(names) - MOST_NAMED), are_known)
        for (why, are_known), names in reasons.items()
    ]


@action(f"{ONE}/undo", module=MODULE, permission=MAY, own_transactions=True)
async def undo(ctx: Ctx, operation: str, data: NoFields) -> Reply:
    """Put back what was done."""
    say = pages.speech(ctx).say
    found = await service.undo_operation(ctx.transaction, lambda: ctx.actor, operation, say)
    if found.state == "undoing":
        return pages.redirect(ctx, _page(ctx, operation))
    said = _said(ctx, found)
    if not pages.is_part(ctx.request):
        if found.failed:
            return pages.redirect(ctx, _page(ctx, operation), said)
        async with ctx.transaction():
            return pages.back(ctx, await _fallback(ctx, found), said)
    async with ctx.transaction():
        return await rows_again(ctx, found, said)


def _page(ctx: Ctx, operation: str) -> str:
    """The operation's own page, which still knows the list that it came from."""
    path, came_from = f"/operations/{operation}", ctx.form.back
    if came_from is None or not pages.is_local(came_from):
        return path
    return came_from if came_from.startswith(path) else pages.address(path, back=came_from)


def _said(ctx: Ctx, found: Operation) -> str:
    tongue = pages.speech(ctx)
    if found.progress.total == 1:
        return tongue.gettext("Undone")
    return tongue.ngettext("Undone for %(num)s incident", "Undone for %(num)s incidents", found.succeeded)


async def _fallback(ctx: Ctx, found: Operation) -> str:
    ids = [one.id for one in found.results if one.id is not None]
    codes = await service.reference_codes(ctx.tx, ids) if len(ids) == 1 else {}
    return f"/incidents/{next(iter(codes.values()))}" if codes else "/queue"


async def rows_again(ctx: Ctx, found: Operation, said: str | None, undo: pages.Undo | None = None) -> Reply:
    """The rows that changed, each for its place, a toast, and what was refused; inside a transaction."""
    good = [one.id for one in found.results if one.id is not None and one.status is not None and one.status < 300]
    rows = [await fresh_row(ctx, incident_id) for incident_id in good[:MOST_ROWS]]
    refused = [
        {"ref": one.incident[:80], "why": one.problem["detail"]}
        for one in found.results
        if one.problem is not None and one.status is not None and one.status >= 300
    ]
    return pages.render(
        ctx,
        "incidents/changed.html",
        rows=rows,
        refused=refused,
        columns=rows[0].columns if rows else [],
        said=said,
        undo=undo,
    )


@action(f"{ONE}/cancel", module=MODULE, permission=MAY)
async def cancel(ctx: Ctx, operation: str, data: NoFields) -> Reply:
    """Stop a job where it is."""
    await service.cancel_operation(ctx.tx, ctx.actor, operation, pages.speech(ctx).say)
    return pages.back(ctx, f"/operations/{operation}", pages.speech(ctx).gettext("Stopped"))


ENDPOINTS = (show_operation, undo, cancel)
