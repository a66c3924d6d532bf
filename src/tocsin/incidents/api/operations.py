"""One verb for many incidents, and operations: how far one is, what came of it, undoing it."""

from __future__ import annotations

import json
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from tocsin.access import permissions
from tocsin.base.errors import Refused, invalid
from tocsin.base.paging import Page, PageQuery
from tocsin.incidents import service
from tocsin.incidents.api import BASE, MODULE
from tocsin.incidents.service.listing import ListQuery
from tocsin.incidents.service.operations import Operation, Result
from tocsin.web.routes import Ctx, Nothing, get, post
from tocsin.web.twins import STILL_RUNNING

OPERATIONS = "/api/incidents/v1/operations"
MAY = (permissions.UPDATE, permissions.ASSIGN, permissions.DELEGATE, permissions.DELETE)
MAY_CHANGE = (*MAY, permissions.ESCALATE, permissions.COMMENTS_MANAGE)
"""Any of these lets somebody ask; the verb wants its own."""


class Bulk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`ids` are ids or reference codes, `q` is what the list's `q` takes: one of them. `with` is what the verb `do` takes."""

    do: str
    ids: Annotated[list[str], Meta(max_length=20_000)] | None = None
    q: str | None = None
    given: dict[str, Any] = msgspec.field(default_factory=dict, name="with")


class BulkAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of each incident, in the order given; for a job none yet."""

    operation: UUID
    state: str
    results: list[Result]


@post(f"{BASE}/bulk", module=MODULE, permission=MAY_CHANGE, own_transactions=True)
async def change_many(ctx: Ctx, data: Bulk) -> BulkAnswer:
    """Do one verb to many incidents, each by itself: a transaction, permission and rules of its own.

    Up to 500 are done at once; for more the answer is 202 with an operation that says how far it is. `do` is assign,
    unassign, claim, hand_over, delegate, recall, acknowledge, transition, resolve, close, reopen, update, tag (`add`,
    `remove`), watch, comment, macro (`macro`), merge, delete, restore or escalate, and `with` what that route takes as its
    body.
    An incident that one may not see is answered as one that is not there.
    """
    if (data.ids is None) == (data.q is None):
        raise invalid("ids", "Give either ids or q.")

    async def begin() -> UUID:
        query = ListQuery(q=data.q) if data.q is not None else None
        return await service.begin_bulk(ctx.tx, ctx.actor, do=data.do, given=data.given, refs=data.ids, query=query)

    async with ctx.transaction() as tx:
        body = json.dumps(msgspec.to_builtins(data), sort_keys=True).encode()
        operation, _is_new = await ctx.begin_once(body, begin)
        inline = await service.is_inline(tx, operation)
    ctx.headers["Operation-Id"] = str(operation)
    if inline:
        found = await service.do_at_once(ctx.transaction, lambda: ctx.actor, operation)
        if found.state == "running":
            raise Refused(STILL_RUNNING)
    else:
        async with ctx.transaction() as tx:
            found = await service.get_operation(tx, ctx.actor, str(operation))
        ctx.status = 202
        ctx.headers["Location"] = f"{OPERATIONS}/{operation}"
    return BulkAnswer(operation=operation, state=found.state, results=found.results if inline else [])


@get(f"{OPERATIONS}/{{operation}}", module=MODULE, permission=permissions.MEMBER)
async def get_operation(ctx: Ctx, operation: str) -> Operation:
    """What an operation did and how far it is, with its first 1,000 results."""
    return await service.get_operation(ctx.tx, ctx.actor, operation)


@get(f"{OPERATIONS}/{{operation}}/results", module=MODULE, permission=permissions.MEMBER)
async def list_results(ctx: Ctx, operation: str, query: PageQuery) -> Page[Result]:
    """What became of each of its incidents, in the order given."""
    return await service.list_results(ctx.tx, ctx.actor, operation, query.limit, query.cursor)


@post(f"{OPERATIONS}/{{operation}}/cancel", module=MODULE, permission=MAY)
async def cancel_operation(ctx: Ctx, operation: str, data: Nothing) -> Operation:
    """Stop a job where it is; what is done stays, and can be undone."""
    return await service.cancel_operation(ctx.tx, ctx.actor, operation)


@post(f"{OPERATIONS}/{{operation}}/undo", module=MODULE, permission=MAY, own_transactions=True)
async def undo_operation(ctx: Ctx, operation: str, data: Nothing) -> Operation:
    """Put back what it did, within 24 hours and unless something else has changed since: record, people and clocks.

    It takes the right to what was done. Of many incidents each is put back by itself, and `results` says which were not;
    more than 500 are put back by a job (202).
    """

    async def begin() -> UUID:
        return await service.begin_undoing(ctx.tx, ctx.actor, operation)

    async with ctx.transaction():
        begun, is_new = await ctx.begin_once(b"", begin)
    found = await service.finish_undoing(ctx.transaction, lambda: ctx.actor, begun, is_first=is_new)
    if found.state == "undoing":
        ctx.status = 202
        ctx.headers["Location"] = f"{OPERATIONS}/{operation}"
    return found


ENDPOINTS = (change_many, get_operation, list_results, cancel_operation, undo_operation)
