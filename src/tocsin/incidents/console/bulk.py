"""Changing many incidents at once: those that are ticked, or all that a list holds; each by itself, what is refused is listed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import msgspec

from tocsin.access import permissions, service as access
from tocsin.base.actor import Actor
from tocsin.base.errors import invalid
from tocsin.classification import service as classification
from tocsin.db.tx import Tx
from tocsin.incidents import service
from tocsin.incidents.console import filters
from tocsin.incidents.console.common import MODULE, with_catalogue
from tocsin.incidents.console.operations import VERBS, rows_again
from tocsin.incidents.console.pick import Field, say
from tocsin.incidents.service.bulk import MOST as MOST_IN_ALL
from tocsin.incidents.service.custom import read_tags
from tocsin.incidents.service.listing import ListQuery
from tocsin.incidents.service.operations import Operation
from tocsin.web import pages
from tocsin.web.i18n import N_
from tocsin.web.pages import Undo
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, RawQuery, action, page

MOST = 200
MAY = (permissions.UPDATE, permissions.ASSIGN, permissions.COMMENTS_MANAGE)
ACTS = ("status", "priority", "user", "team", "macro", "do")
"""The fields that say what is to be done, of which one is given."""
WITH = ("tags", "comment", "is_internal")
"""What goes with it."""
FIRST = 10
"""So many of all that match are shown before anything is done to them."""


class BulkForm(msgspec.Struct, frozen=True):
    """The incidents that are ticked (`ref` are references), or with `every` all of the list, and one thing to do with them.

    `tags`, with commas between, go with the acts `tag` and `untag`, `comment` and `is_internal` with `comment`.
    """

    ref: list[str] = []
    every: bool = False
    status: str | None = None
    priority: str | None = None
    user: str | None = None
    team: str | None = None
    macro: str | None = None
    do: Literal["close", "unassign", "tag", "untag", "comment"] | None = None
    tags: str = ""
    comment: str = ""
    is_internal: bool = False
    back: str = "/queue"
    """The list that they were ticked in."""


class EveryQuery(msgspec.Struct, frozen=True):
    """What is to be done (as in the form) to all that a list holds; `list` is its address."""

    list: str = "/queue"
    status: str | None = None
    priority: str | None = None
    user: str | None = None
    team: str | None = None
    macro: str | None = None
    do: Literal["close", "unassign", "tag", "untag", "comment"] | None = None
    tags: str = ""
    comment: str = ""
    is_internal: bool = False


class EveryForm(EveryQuery, frozen=True):
    """The same, by somebody who has seen how many these are."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing to do: the verb with what it takes, which field it sets, and its value for people."""

    do: str
    given: dict[str, Any]
    what: Field | None
    value: str = ""


@action("/queue/bulk", module=MODULE, permission=MAY, own_transactions=True)
async def change_many(ctx: Ctx, data: BulkForm) -> Reply:
    """Assign, move, prioritise or close the incidents that are ticked; all that match are shown first."""
    back = data.back if pages.is_local(data.back) else "/queue"
    async with ctx.transaction() as tx:
        wish = await _wanted(tx, ctx.actor, data)
        if data.every:
            return _to_preview(ctx, data, back)
        operation = await _begin(ctx, tx, data, wish, refs=_refs(data.ref))
    found = await service.do_at_once(ctx.transaction, lambda: ctx.actor, operation, say=pages.speech(ctx).say)
    async with ctx.transaction():
        return await _answer(ctx, found, wish, back)


async def _begin(ctx: Ctx, tx: Tx, data: BulkForm | EveryForm, wish: Wish, **which: Any) -> UUID:
    """Write down what is to be done; a form that is sent twice does it once."""

    async def begin() -> UUID:
        return await service.begin_bulk(tx, ctx.actor, do=wish.do, given=wish.given, **which)

    return (await ctx.begin_once(msgspec.json.encode(data, order="deterministic"), begin))[0]


async def _wanted(tx: Tx, actor: Actor, data: BulkForm | EveryQuery) -> Wish:
    """The one thing that is asked for. Raises `Invalid` for a value that no incident could take."""
    given = [name for name in ACTS if getattr(data, name) is not None]
    if len(given) != 1:
        raise invalid("do", "Choose one thing to do with the incidents.")
    if data.macro is not None or data.do in ("tag", "untag", "comment"):
        return await _said_of_all(tx, actor, data)
    catalogue = await classification.catalogue(tx)
    if data.status is not None:
        status = catalogue.status(data.status)
        return Wish("transition", {"status": status.slug}, "status", status.name)
    if data.priority is not None:
        priority = catalogue.priority(data.priority)
        return Wish("update", {"priority": priority.slug}, "priority", priority.name)
    if data.user is not None:
        user = await access.find_user(tx, data.user, "user", actor)
        return Wish("assign", {"user": str(user.id)}, "owner", user.name)
    if data.team is not None:
        team = await access.find_team(tx, data.team, "team")
        return Wish("assign", {"team": str(team.id)}, "team", team.name)
    if data.do == "unassign":
        return Wish("unassign", {}, "owner")
    return Wish("close", {}, "status")


async def _said_of_all(tx: Tx, actor: Actor, data: BulkForm | EveryQuery) -> Wish:
    """Tags, a macro, or a comment. Raises `Invalid` for what no incident could take."""
    if data.macro is not None:
        wanted = {"macro": data.macro}
        return Wish("macro", wanted, None, await service.shown_in_bulk(tx, actor, "macro", wanted))
    if data.do == "comment":
        text = data.comment.strip()
        if not text:
            raise invalid("comment", "Write something.")
        return Wish("comment", {"body": text, "is_internal": data.is_internal}, None, text)
    tags = read_tags([one for one in data.tags.split(",") if one.strip()])
    if not tags:
        raise invalid("tags", "Name a tag.")
    return Wish("tag", {"add" if data.do == "tag" else "remove": tags}, None, ", ".join(tags))


def _refs(given: list[str]) -> list[str]:
    refs = list(dict.fromkeys(given))
    if not refs:
        raise invalid("ref", "Tick the incidents first.")
    if len(refs) > MOST:
        raise invalid("ref", "Tick at most {most} incidents at a time.", most=MOST)
    return refs


async def _answer(ctx: Ctx, found: Operation, wish: Wish, back: str) -> Reply:
    """Rows and toast where a script asks for them, else the operation's page, or the list when nothing was refused."""
    undo = Undo(f"/operations/{found.id}/undo") if found.can_undo else None
    said = await _said(ctx, found, wish)
    if pages.is_part(ctx.request):
        return await rows_again(ctx, found, said, undo)
    if found.failed:
        return pages.redirect(ctx, pages.address(f"/operations/{found.id}", back=back), said, undo)
    return pages.redirect(ctx, back, said, undo)


async def _said(ctx: Ctx, found: Operation, wish: Wish) -> str | None:
    good = [one.id for one in found.results if one.id is not None and one.status is not None and one.status < 300]
    if not good:
        return None
    if len(good) == 1 and wish.what is not None:
        return say(ctx, await service.show(ctx.tx, ctx.actor, good[0]), wish.what)
    return pages.speech(ctx).ngettext("%(num)s incident changed", "%(num)s incidents changed", len(good))


# ------------------------------------------------------------------------------------------------- all that a list holds


def _to_preview(ctx: Ctx, data: BulkForm, back: str) -> Reply:
    path = pages.address("/queue/every", list=back, **_fields(data))
    if pages.is_part(ctx.request):
        ctx.headers["HX-Redirect"] = path
        return Reply(b"", 200, ctx.headers)
    return pages.redirect(ctx, path)


def _fields(data: BulkForm | EveryQuery) -> dict[str, str]:
    """What is to be done, as fields of a form."""
    found = {name: getattr(data, name) for name in (*ACTS, *WITH)}
    return {name: "true" if value is True else str(value) for name, value in found.items() if value}


async def _list_of(ctx: Ctx, address: str) -> ListQuery:
    """What the list at an address is narrowed to. Raises `Invalid` for what is wrong in it."""
    parts = urlsplit(address if pages.is_local(address) else "/queue")
    asked = RawQuery(parse_qs(parts.query, keep_blank_values=True))
    wanted = filters.read(ctx, asked, await with_catalogue(ctx), parts.path)
    if wanted.wrong:
        raise invalid("list", "This list asks for something that is not there.")
    return msgspec.structs.replace(wanted.query, cursor=None, limit=FIRST)


@page("/queue/every", module=MODULE, permission=MAY)
async def preview_every(ctx: Ctx, query: EveryQuery) -> Reply:
    """What would be done to all incidents of a list: how many these are, and the first of them."""
    list_path = query.list if pages.is_local(query.list) else "/queue"
    if all(getattr(query, name) is None for name in ACTS):
        return pages.render(ctx, "incidents/every.html", wish=None, list_path=list_path)
    wish = await _wanted(ctx.tx, ctx.actor, query)
    asked = await _list_of(ctx, query.list)
    counted = (await service.count_incidents(ctx.tx, ctx.actor, {"all": asked}, most=MOST_IN_ALL))["all"]
    first = await service.list_incidents(ctx.tx, ctx.actor, asked)
    fields = {"list": query.list, **_fields(query)}
    return pages.render(
        ctx,
        "incidents/every.html",
        verb=_verb(wish),
        wish=wish,
        counted=counted,
        most=MOST_IN_ALL,
        first=first.items,
        fields=fields,
        list_path=list_path,
    )


def _verb(wish: Wish) -> str:
    if wish.do == "tag":
        return N_("Take tags off") if "remove" in wish.given else N_("Add tags")
    return N_("Set the priority") if wish.what == "priority" else VERBS[wish.do]


@action("/queue/every", module=MODULE, permission=MAY, own_transactions=True)
async def change_every(ctx: Ctx, data: EveryForm) -> Reply:
    """Do it to all incidents that the list holds now; the operation's page says how far it is."""
    async with ctx.transaction() as tx:
        wish = await _wanted(tx, ctx.actor, data)
        asked = await _list_of(ctx, data.list)
        operation = await _begin(ctx, tx, data, wish, query=asked)
        inline = await service.is_inline(tx, operation)
    if inline:
        await service.do_at_once(ctx.transaction, lambda: ctx.actor, operation, say=pages.speech(ctx).say)
    back = data.list if pages.is_local(data.list) else "/queue"
    return pages.redirect(ctx, pages.address(f"/operations/{operation}", back=back))


ENDPOINTS = (change_many, preview_every, change_every)
