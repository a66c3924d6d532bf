"""`/transitions`: the table of allowed moves between statuses, and what each demands."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from tocsin.access import permissions
from tocsin.base.errors import NotFound
from tocsin.base.paging import Page, PageQuery, page_of
from tocsin.classification import service
from tocsin.classification.api.catalogue import BASE, MODULE, READ
from tocsin.classification.model import Catalogue, Demands, Status
from tocsin.web.routes import Ctx, delete, get, put

MOVES = f"{BASE}/transitions"
MOVE = f"{MOVES}/{{origin}}/{{target}}"


class TransitionView(msgspec.Struct, frozen=True, kw_only=True, rename={"origin": "from", "target": "to"}):
    """An allowed move between two statuses (slugs), and what it demands."""

    origin: str
    target: str
    fields: list[str]
    comment: bool
    permission: str | None
    no_open_tasks: bool


class TransitionDemands(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a move demands. `fields`: custom ones by slug, and `description`, `category`, `impact`, `team`, `assigned_to`;
    `comment`: a `note`; `permission`: its name, beside the one to change incidents; `no_open_tasks`: all done or cancelled.
    """

    fields: Annotated[list[str], Meta(max_length=50)] = []
    comment: bool = False
    permission: str | None = None
    no_open_tasks: bool = False


def _view(found: Catalogue, origin: Status, target: Status) -> TransitionView:
    demands = found.demands(origin.id, target.id)
    return TransitionView(
        origin=origin.slug,
        target=target.slug,
        fields=demands.fields,
        comment=demands.comment,
        permission=demands.permission,
        no_open_tasks=demands.no_open_tasks,
    )


@get(MOVES, module=MODULE, permission=READ)
async def list_transitions(ctx: Ctx, query: PageQuery) -> Page[TransitionView]:
    """All allowed moves, in the order of the work."""
    found = await service.catalogue(ctx.tx)
    statuses = found.statuses
    page = page_of(
        [(statuses[origin], statuses[target]) for origin, target in found.transitions],
        lambda move: (move[0].sort_order, move[0].slug, move[1].sort_order, move[1].slug),
        tuple[int, str, int, str],
        ["transitions", ctx.tx.tenant_id],
        limit=query.limit,
        cursor=query.cursor,
    )
    return Page([_view(found, origin, target) for origin, target in page.items], page.next_cursor)


@get(MOVE, module=MODULE, permission=READ)
async def get_transition(ctx: Ctx, origin: str, target: str) -> TransitionView:
    """One allowed move, by the ids or slugs of its statuses."""
    return _found(await service.catalogue(ctx.tx), origin, target)


def _found(found: Catalogue, origin: str, target: str) -> TransitionView:
    start, end = found.find_status(origin), found.find_status(target)
    if start is None or end is None or not found.allowed(start.id, end.id):
        raise NotFound
    return _view(found, start, end)


@put(MOVE, module=MODULE, permission=permissions.STATUSES_MANAGE)
async def set_transition(ctx: Ctx, origin: str, target: str, data: TransitionDemands) -> TransitionView:
    """Allow a move, and say what it demands; what is left out is not demanded."""
    demands = Demands(**{name: getattr(data, name) for name in data.__struct_fields__})
    await service.demand(ctx.tx, ctx.actor, origin, target, demands)
    return _found(await service.catalogue(ctx.tx), origin, target)


@delete(MOVE, module=MODULE, permission=permissions.STATUSES_MANAGE)
async def forbid_transition(ctx: Ctx, origin: str, target: str) -> None:
    """Take a move out of the table."""
    await service.forbid(ctx.tx, ctx.actor, origin, target)


ENDPOINTS = (list_transitions, get_transition, set_transition, forbid_transition)
