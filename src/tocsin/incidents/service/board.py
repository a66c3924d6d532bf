"""The board: every column's count, first page and cursor in three statements. Further cards come from the list itself."""

from __future__ import annotations

import msgspec

from tocsin.base.actor import Actor
from tocsin.classification import service as classification
from tocsin.classification.model import Status
from tocsin.db.tx import Tx
from tocsin.incidents import store
from tocsin.incidents.model import Column, Filters
from tocsin.incidents.service.access import must_see_some, view
from tocsin.incidents.service.listing import MOST_COUNTED, ListQuery, cursor_after, filters_of

CARDS = 20
"""Cards of a column's page."""


def sort_of(status: Status) -> str:
    """Open columns by the time left, resolved ones by what happened last."""
    return "time_left" if status.is_open else "-updated_at"


async def board(tx: Tx, actor: Actor, query: ListQuery) -> list[Column]:
    """The columns of all statuses that are not terminal, in their order. Raises `Invalid` naming the parameter.

    Of the query only filters count, and of these not the status.
    """
    must_see_some(actor)
    catalogue = await classification.catalogue(tx)
    everything = await filters_of(tx, actor, query, catalogue)
    statuses = sorted((s for s in catalogue.statuses.values() if not s.is_terminal), key=lambda s: s.sort_order)
    columns = [(_narrowed(everything, status), sort_of(status)) for status in statuses]
    if not columns:
        return []
    counts = await store.page.counts(tx, [filters for filters, _ in columns], MOST_COUNTED + 1)
    sorts = [(filters, sort.removeprefix("-"), sort.startswith("-")) for filters, sort in columns]
    pages = await store.board.first_pages(tx, sorts, CARDS + 1)
    wanted = [row["id"] for page in pages for row in page[:CARDS]]
    shown = {row["id"]: view(row, catalogue, actor) for row in await store.page.rows(tx, wanted)} if wanted else {}
    found = []
    for status, (filters, sort), count, page in zip(statuses, columns, counts, pages, strict=True):
        cards = [shown[row["id"]] for row in page[:CARDS]]
        cursor = cursor_after(tx, filters, sort, page[CARDS - 1], tx.now) if len(page) > CARDS else None
        if status.is_active or count:
            found.append(Column(status=status, count=count, most=MOST_COUNTED, cards=cards, next_cursor=cursor))
    return found


def _narrowed(filters: Filters, status: Status) -> Filters:
    """As the list narrows to this one status, so that its cursors fit."""
    return msgspec.structs.replace(filters, statuses=[status.id], only_open=status.is_open)
