"""Statuses: the graph of allowed moves, the table that edits it, and each status by itself."""

from __future__ import annotations

from typing import Any

import msgspec

from tocsin.access import permissions
from tocsin.base.errors import invalid
from tocsin.classification import rules, service
from tocsin.classification.console.common import MODULE, Direction, found, removed
from tocsin.classification.model import DEMANDABLE, NOTHING_DEMANDED, Catalogue, Status
from tocsin.classification.rules import Move, Stop
from tocsin.web import pages
from tocsin.web.forms import InUse, NoFields
from tocsin.web.pages import Undo
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action, page

MANAGE = permissions.STATUSES_MANAGE
STATUSES = "/admin/statuses"
MOST_AT_ONCE = 14
"""Moves that a picture can show at once; with more it shows those of one status."""


class StatusesQuery(msgspec.Struct, frozen=True):
    """`chosen`: the status whose moves are shown, by id or slug."""

    chosen: str = ""


class StatusForm(msgspec.Struct, frozen=True, kw_only=True):
    """A status as the form has it. `meaning`: open, pauses, resolved or terminal."""

    name: str = ""
    meaning: str = "open"


class MovesForm(msgspec.Struct, frozen=True, kw_only=True):
    """The table as it was sent: the statuses it showed, and a `from:to` (slugs) for each tick."""

    shown: list[str] = []
    moves: list[str] = []


def ordered(catalogue: Catalogue, *, active: bool = True) -> list[Status]:
    """The statuses in the order of the work."""
    return sorted(
        (s for s in catalogue.statuses.values() if s.is_active == active), key=lambda s: (s.sort_order, s.slug)
    )


def flow_of(catalogue: Catalogue) -> tuple[list[Stop], list[Move]]:
    """The active statuses and the moves between them, as the rules draw and judge them; keys are slugs."""
    active = ordered(catalogue)
    stops = [Stop(s.slug, aside=s.pauses_sla, starts=s.is_default, ends=s.is_terminal) for s in active]
    pairs = ((a, b) for a in active for b in active if (a.id, b.id) in catalogue.transitions)
    return stops, [Move(a.slug, b.slug) for a, b in pairs]


@page(STATUSES, module=MODULE, permission=MANAGE)
async def show_statuses(ctx: Ctx, query: StatusesQuery) -> Reply:
    """The statuses and the moves between them."""
    catalogue = await service.catalogue(ctx.tx)
    stops, moves = flow_of(catalogue)
    chosen = _chosen(catalogue, query.chosen) if query.chosen else None
    crowded = len(moves) > MOST_AT_ONCE
    if chosen is None and crowded:
        chosen = catalogue.default_status
    drawn = [m for m in moves if not crowded or chosen is None or chosen.slug in (m.origin, m.target)]
    active = ordered(catalogue)
    return pages.render(
        ctx,
        "classification/statuses.html",
        statuses=active,
        inactive=ordered(catalogue, active=False),
        by_slug={status.slug: status for status in active},
        moves={(move.origin, move.target) for move in moves},
        drawing=rules.draw(stops, drawn),
        chosen=chosen,
        crowded=crowded,
        asks=_asks(catalogue, active, chosen),
        cares=[(rules.unreachable(stops, moves)), (rules.dead_ends(stops, moves))],
    )


def _asks(catalogue: Catalogue, active: list[Status], chosen: Status | None) -> list[dict[str, Any]]:
    """What the moves of the chosen status ask for; without one, those moves that ask for something."""
    found = []
    for origin in active if chosen is None else [chosen]:
        for target in active:
            demands = catalogue.demands(origin.id, target.id)
            if catalogue.allowed(origin.id, target.id) and (chosen is not None or demands != NOTHING_DEMANDED):
                names = [field.name for name in demands.fields if (field := catalogue.find_field(name[7:])) is not None]
                plain = [name for name in demands.fields if name in DEMANDABLE]
                found.append({"origin": origin, "target": target, "demands": demands, "custom": names, "plain": plain})
    return found


def _chosen(catalogue: Catalogue, ref: str) -> Status:
    status = catalogue.find_status(ref)
    if status is None or not status.is_active:
        raise invalid("chosen", "There is no active status by this id or slug.")
    return status


@page(f"{STATUSES}/new", module=MODULE, permission=MANAGE)
async def show_new_status(ctx: Ctx) -> Reply:
    """The form for a new status."""
    return pages.render(ctx, "classification/status.html", entry=None)


@page(f"{STATUSES}/{{status}}", module=MODULE, permission=MANAGE)
async def show_status(ctx: Ctx, status: str) -> Reply:
    """A status, ready to be changed."""
    entry = (await service.catalogue(ctx.tx)).find_status(status)
    found(entry)
    return pages.render(ctx, "classification/status.html", entry=entry)


def _values(data: StatusForm) -> dict[str, Any]:
    """The form as the service takes it. Raises `Invalid`."""
    if data.meaning not in ("open", "pauses", "resolved", "terminal"):
        raise invalid("meaning", "Choose one of the four.")
    flags = {"pauses_sla": "pauses", "is_resolved": "resolved", "is_terminal": "terminal"}
    return {"name": data.name, **{flag: data.meaning == meaning for flag, meaning in flags.items()}}


@action(STATUSES, module=MODULE, permission=MANAGE)
async def add_status(ctx: Ctx, data: StatusForm) -> Reply:
    """Add a status behind the others of its kind; it may be reached from, and leads to, every open one."""
    _ = pages.speech(ctx).gettext
    values = _values(data)
    last = [s.sort_order for s in ordered(await service.catalogue(ctx.tx))]
    made = await service.add_status(ctx.tx, ctx.actor, {**values, "sort_order": max(last, default=0) + 10})
    said = _("%(name)s was added. Set where it stands and where it may lead.") % {"name": made.name}
    return pages.redirect(ctx, f"{STATUSES}?chosen={made.slug}", said)


@action(f"{STATUSES}/moves", module=MODULE, permission=MANAGE)
async def save_moves(ctx: Ctx, data: MovesForm) -> Reply:
    """Set the allowed moves between the statuses that the table showed."""
    tongue = pages.speech(ctx)
    pairs = [tuple(text.split(":", 1)) for text in data.moves]
    if any(len(pair) != 2 for pair in pairs):
        raise invalid("moves", "A move is written from:to.")
    changed = await service.set_moves(ctx.tx, ctx.actor, data.shown, pairs)  # type: ignore[arg-type]
    said = tongue.ngettext(
        "The moves of %(num)s status were changed.", "The moves of %(num)s statuses were changed.", len(changed)
    )
    return pages.back(ctx, STATUSES, said if changed else tongue.gettext("Nothing was changed."))


@action(f"{STATUSES}/{{status}}", module=MODULE, permission=MANAGE)
async def change_status(ctx: Ctx, status: str, data: StatusForm) -> Reply:
    """Change a status."""
    _ = pages.speech(ctx).gettext
    found((await service.catalogue(ctx.tx)).find_status(status))
    after = await service.change_status(ctx.tx, ctx.actor, status, _values(data))
    return pages.redirect(ctx, f"{STATUSES}?chosen={after.slug}" if after.is_active else STATUSES, _saved(ctx, after))


def _saved(ctx: Ctx, status: Status) -> str:
    _ = pages.speech(ctx).gettext
    return _("%(name)s was saved.") % {"name": status.name}


@action(f"{STATUSES}/{{status}}/shift", module=MODULE, permission=MANAGE)
async def shift_status(ctx: Ctx, status: str, data: Direction) -> Reply:
    """Move a status one place in the order of the work."""
    _ = pages.speech(ctx).gettext
    if data.way not in ("earlier", "later"):
        raise invalid("way", "Say earlier or later.")
    after = await service.shift_status(ctx.tx, ctx.actor, status, earlier=data.way == "earlier")
    undo = Undo(f"{STATUSES}/{after.id}/shift", {"way": "later" if data.way == "earlier" else "earlier"})
    said = _("%(name)s comes earlier now.") if data.way == "earlier" else _("%(name)s comes later now.")
    return pages.back(ctx, STATUSES, said % {"name": after.name}, undo)


@action(f"{STATUSES}/{{status}}/active", module=MODULE, permission=MANAGE)
async def set_status_active(ctx: Ctx, status: str, data: InUse) -> Reply:
    """Let a status be chosen, or not."""
    _ = pages.speech(ctx).gettext
    after = await service.change_status(ctx.tx, ctx.actor, status, {"is_active": data.is_active})
    said = _("%(name)s can be chosen again.") if after.is_active else _("%(name)s can't be chosen any more.")
    undo = Undo(f"{STATUSES}/{after.id}/active", {"is_active": "false" if data.is_active else "true"})
    return pages.redirect(ctx, STATUSES, said % {"name": after.name}, undo)


@action(f"{STATUSES}/{{status}}/default", module=MODULE, permission=MANAGE)
async def make_status_default(ctx: Ctx, status: str, data: NoFields) -> Reply:
    """Make it the one that incidents start in."""
    _ = pages.speech(ctx).gettext
    after = await service.change_status(ctx.tx, ctx.actor, status, {"is_default": True})
    return pages.back(ctx, STATUSES, _("Incidents start in %(name)s now.") % {"name": after.name})


@action(f"{STATUSES}/{{status}}/delete", module=MODULE, permission=MANAGE)
async def delete_status(ctx: Ctx, status: str, data: NoFields) -> Reply:
    """Delete a status that nothing uses."""
    return await removed(ctx, "status", status, STATUSES)


ENDPOINTS = (
    *(show_statuses, show_new_status, show_status, add_status, save_moves, change_status),
    *(shift_status, set_status_active, make_status_default, delete_status),
)
