"""The board: what is open by its status, and moving it on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import msgspec

from tocsin.access import permissions
from tocsin.base.errors import Invalid
from tocsin.classification.model import Catalogue, Status
from tocsin.incidents import service
from tocsin.incidents.console import filters
from tocsin.incidents.console.acts import undo_of
from tocsin.incidents.console.common import MODULE, ListClock, clock_of, with_catalogue
from tocsin.incidents.console.narrow import FORM, Narrow, address, narrowed
from tocsin.incidents.console.pick import StatusForm
from tocsin.incidents.model import Column, IncidentView
from tocsin.incidents.service.board import CARDS, sort_of
from tocsin.web import pages
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action, page

PATH = "/board"
_MOVE = re.compile(r"move-(.+)")


class BoardQuery(Narrow, frozen=True, kw_only=True):
    """The board's parameters."""


class CardsQuery(Narrow, frozen=True, kw_only=True):
    """Further cards of one column."""

    status: str | None = None
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A move that the rules refused: which incident, where to, why."""

    reference: str
    status: Status | None
    why: str


@page(PATH, module=MODULE, permission=permissions.VIEW)
async def show_board(ctx: Ctx, query: BoardQuery) -> Reply:
    """The board."""
    catalogue = await with_catalogue(ctx)
    refusal = _refusal(ctx, catalogue)
    if refusal is not None and pages.is_part(ctx.request):
        shown = await service.show(ctx.tx, ctx.actor, refusal.reference)
        return _render(ctx, "incidents/board_refused.html", catalogue, query, card=_card(ctx, shown), refusal=refusal)
    if pages.is_part(ctx.request) and pages.target(ctx.request) == FORM:
        return pages.render(ctx, "incidents/narrow_form.html", narrow=await narrowed(ctx, PATH, query, catalogue, {}))
    error, columns = None, list[Column]()
    try:
        columns = await service.board(ctx.tx, ctx.actor, query.as_list())
    except Invalid as wrong:
        error = wrong
        ctx.status = wrong.status
    return _render(
        ctx,
        "incidents/board.html",
        catalogue,
        query,
        narrow=await narrowed(ctx, PATH, query, catalogue, {}, error),
        fresh=filters.count_new(ctx, query.given),
        columns=[(column, [_card(ctx, card) for card in column.cards]) for column in columns],
        refusal=refusal,
    )


@page("/board/cards", module=MODULE, permission=permissions.VIEW)
async def show_cards(ctx: Ctx, query: CardsQuery) -> Reply:
    """The next cards of a column."""
    catalogue = await with_catalogue(ctx)
    status = catalogue.status(query.status) if query.status is not None else catalogue.default_status
    asked = query.as_list(status=status.slug, sort=sort_of(status), limit=CARDS, cursor=query.cursor)
    found = await service.list_incidents(ctx.tx, ctx.actor, asked)
    cards = [_card(ctx, card) for card in found.items]
    return _render(
        ctx, "incidents/board_cards.html", catalogue, query, column=status, shown=cards, next_cursor=found.next_cursor
    )


@page("/board/cards/{ref}", module=MODULE, permission=permissions.VIEW)
async def show_card(ctx: Ctx, ref: str) -> Reply:
    """One card as it is now: what a browser brings in when it hears of a change."""
    catalogue = await with_catalogue(ctx)
    shown = await service.show(ctx.tx, ctx.actor, ref)
    return _render(ctx, "incidents/board_card.html", catalogue, BoardQuery(), card=_card(ctx, shown))


@action("/board/move/{ref}", module=MODULE, permission=permissions.UPDATE)
async def move(ctx: Ctx, ref: str, data: StatusForm) -> Reply:
    """Move a card to another column."""
    catalogue = await with_catalogue(ctx)
    await service.transition(ctx.tx, ctx.actor, ref, data.status)
    shown = await service.show(ctx.tx, ctx.actor, ref)
    _ = pages.speech(ctx).gettext
    said = _("%(reference)s is %(status)s now.", reference=shown.reference_code, status=shown.status.name)
    undo = undo_of(ctx)
    if not pages.is_part(ctx.request):
        return pages.back(ctx, PATH, said, undo)
    flashes = [{"text": said, "undo": msgspec.to_builtins(undo)}]
    card = _card(ctx, shown)
    return _render(ctx, "incidents/board_moved.html", catalogue, BoardQuery(), card=card, flashes=flashes)


def _render(ctx: Ctx, template: str, catalogue: Catalogue, query: Narrow, **values: Any) -> Reply:
    statuses = sorted(catalogue.statuses.values(), key=lambda status: status.sort_order)
    return pages.render(
        ctx,
        template,
        catalogue=catalogue,
        statuses=statuses,
        more=lambda status, cursor: address("/board/cards", {**query.given, "status": status.slug, "cursor": cursor}),
        listed=lambda status: address("/queue", {**query.given, "status": status.slug}),
        **values,
    )


def _card(ctx: Ctx, incident: IncidentView) -> tuple[IncidentView, ListClock | None]:
    return incident, clock_of(incident, ctx.tenant.settings.warning_percents)


def _refusal(ctx: Ctx, catalogue: Catalogue) -> Refusal | None:
    """The move that was refused, when the board is shown again for one."""
    if ctx.failed is None or (match := _MOVE.fullmatch(ctx.failed.form.name)) is None:
        return None
    wanted = ctx.failed.form.values.get("status", [""])[-1]
    why = next(iter(ctx.failed.errors.values()), ctx.failed.detail)
    return Refusal(match[1], catalogue.find_status(wanted), why)


ENDPOINTS = (show_board, show_cards, show_card, move)
