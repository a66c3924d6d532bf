"""Saved views: a query with its sort and columns under a name, one's own or shared with a team or everybody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tocsin.access import permissions, service as access
from tocsin.access.model import Named
from tocsin.activity.model import Event
from tocsin.base.actor import Actor
from tocsin.base.errors import Forbidden, NotFound, Refused, WrongQuery, invalid
from tocsin.base.ids import new_id, parse_id
from tocsin.base.text import clean_line
from tocsin.classification import service as classification
from tocsin.db.tx import Tx
from tocsin.incidents import events, store
from tocsin.incidents.model import COLUMN_NAMES, Filters, View
from tocsin.incidents.service.access import must_see_some
from tocsin.incidents.service.asking import check_query, filters_for
from tocsin.incidents.service.listing import MOST_COUNTED

MOST_OWN = 100
Name = Annotated[str, Meta(max_length=100)]
Columns = Annotated[list[str], Meta(max_length=40)]
Scope = Literal["private", "team", "tenant"]


class NewView(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new view. An empty query finds everything, no columns are the reader's usual ones. `team` goes with its scope alone."""

    name: Name
    query: str = ""
    sort: str = "-created_at"
    columns: Columns = []
    scope: Scope = "private"
    team: str | None = None
    is_pinned: bool = False


class ViewChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays."""

    name: Name | UnsetType = UNSET
    query: str | UnsetType = UNSET
    sort: str | UnsetType = UNSET
    columns: Columns | UnsetType = UNSET
    scope: Scope | UnsetType = UNSET
    team: str | UnsetType | None = UNSET


async def list_views(tx: Tx, actor: Actor, *, only_pinned: bool = False) -> list[View]:
    """The views that the actor may use, by name; or those in their side bar, in its order."""
    must_see_some(actor)
    rows = await (store.views.pinned(tx, actor.id) if only_pinned else store.views.visible(tx, actor.id))
    return [_view(row, actor) for row in rows]


async def get_view(tx: Tx, actor: Actor, ref: str) -> View:
    """A view. Raises `NotFound`, also for somebody else's."""
    must_see_some(actor)
    return _view(await _row(tx, actor, ref), actor)


async def count_views(tx: Tx, actor: Actor, views: Sequence[View]) -> list[View]:
    """Views with how many incidents each finds for the actor, counted up to a thousand and one, all in one statement.

    One whose query is wrong by now (a category may be gone) has no count, and says why.
    """
    must_see_some(actor)
    asked: list[Filters] = []
    places, wrong = {}, {}
    for view in views:
        try:
            asked.append(await filters_for(tx, actor, view.query, "query"))
            places[view.id] = len(asked) - 1
        except WrongQuery as error:
            wrong[view.id] = error.detail
    counts = await store.page.counts(tx, asked, MOST_COUNTED + 1) if asked else []
    return [
        msgspec.structs.replace(
            view, count=counts[places[view.id]] if view.id in places else None, problem=wrong.get(view.id)
        )
        for view in views
    ]


async def add_view(tx: Tx, actor: Actor, new: NewView) -> View:
    """Save a view. Raises `Invalid`, `Forbidden` for sharing with whom one may not, `Refused` for too many."""
    must_see_some(actor)
    owner = _somebody(actor)
    if await store.views.count_of(tx, owner) >= MOST_OWN:
        raise Refused("You have {most} views already; delete one first.", most=MOST_OWN)
    values = {
        "name": _name(new.name),
        "query": await check_query(tx, actor, new.query, "query"),
        "sort": _sort(new.sort),
        "columns": await _columns(tx, new.columns),
        **await _shared(tx, actor, new.scope, new.team),
    }
    view_id = new_id()
    await store.views.insert(tx, view_id, {**values, "owner_id": owner})
    if new.is_pinned:
        await store.views.pin(tx, owner, view_id)
    _say(tx, actor, events.ViewSaved, view_id, None, values)
    return await get_view(tx, actor, str(view_id))


async def change_view(tx: Tx, actor: Actor, ref: str, change: ViewChange) -> View:
    """Change a view: one's own, or, for whoever manages settings, a shared one.

    Raises as `add_view`, `NotFound`, and `Refused` for one that is somebody else's to change.
    """
    must_see_some(actor)
    row = await _row(tx, actor, ref, lock=True)
    _must_change(actor, row)
    values: dict[str, Any] = {}
    if change.name is not UNSET:
        values["name"] = _name(change.name)
    if change.query is not UNSET:
        values["query"] = await check_query(tx, actor, change.query, "query")
    if change.sort is not UNSET:
        values["sort"] = _sort(change.sort)
    if change.columns is not UNSET:
        values["columns"] = await _columns(tx, change.columns)
    if change.scope is not UNSET or change.team is not UNSET:
        scope = row["scope"] if change.scope is UNSET else change.scope
        kept = str(row["team_id"]) if row["team_id"] and scope == "team" else None
        values |= await _shared(tx, actor, scope, kept if change.team is UNSET else change.team)
    changed = {name: value for name, value in values.items() if row[name] != value}
    if changed:
        await store.views.update(tx, row["id"], changed)
        _say(tx, actor, events.ViewChanged, row["id"], {name: row[name] for name in changed}, changed)
    return await get_view(tx, actor, str(row["id"]))


async def delete_view(tx: Tx, actor: Actor, ref: str) -> None:
    """Delete a view. Raises `NotFound`, `Refused` for one that is somebody else's to change."""
    must_see_some(actor)
    row = await _row(tx, actor, ref, lock=True)
    _must_change(actor, row)
    await store.views.delete(tx, row["id"])
    kept = ("name", "query", "sort", "columns", "scope", "team_id")
    _say(tx, actor, events.ViewDeleted, row["id"], {name: row[name] for name in kept}, None)


async def pin_view(tx: Tx, actor: Actor, ref: str, *, pinned: bool) -> View:
    """Put a view into one's side bar, or take it out. Doing it twice changes nothing. Raises `NotFound`."""
    must_see_some(actor)
    row = await _row(tx, actor, ref)
    act = store.views.pin if pinned else store.views.unpin
    await act(tx, _somebody(actor), row["id"])
    return await get_view(tx, actor, ref)


def _view(row: Any, actor: Actor) -> View:
    return View(
        id=row["id"],
        name=row["name"],
        query=row["query"],
        sort=row["sort"],
        columns=row["columns"],
        scope=row["scope"],
        team=Named(row["team_id"], row["team_name"]) if row["team_id"] else None,
        owner=Named(row["owner_id"], row["owner_name"]),
        is_pinned=row["place"] is not None,
        may_change=_may_change(actor, row),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


async def _row(tx: Tx, actor: Actor, ref: str, *, lock: bool = False) -> Any:
    view_id = parse_id(ref)
    row = await store.views.get(tx, actor.id, view_id, lock=lock) if view_id is not None else None
    if row is None:
        raise NotFound
    return row


def _somebody(actor: Actor) -> UUID:
    if actor.id is None:
        raise Forbidden("Only members have views.")
    return actor.id


def _may_change(actor: Actor, row: Any) -> bool:
    return row["owner_id"] == actor.id or (row["scope"] != "private" and actor.can(permissions.SETTINGS_MANAGE))


def _must_change(actor: Actor, row: Any) -> None:
    if not _may_change(actor, row):
        raise Refused("This view belongs to {name}; save one of your own.", name=row["owner_name"])


def _name(text: str) -> str:
    name = clean_line(text)
    if not 1 <= len(name) <= 100:
        raise invalid("name", "Give a name of 1 to {limit} characters.", limit=100)
    return name


def _sort(text: str) -> str:
    if text.removeprefix("-") not in store.page.SORTS:
        raise invalid(
            "sort", "Sort by one of {names}, with - in front for descending.", names=", ".join(store.page.SORTS)
        )
    return text


async def _columns(tx: Tx, names: list[str]) -> list[str]:
    fields = (await classification.catalogue(tx)).fields.values() if names else ()
    known = (*COLUMN_NAMES, *(f"custom.{field.slug}" for field in fields))
    for name in names:
        if name not in known:
            raise invalid("columns", "Use {names}.", names=", ".join(known))
    return list(dict.fromkeys(names))


async def _shared(tx: Tx, actor: Actor, scope: Scope, team: str | None) -> dict[str, Any]:
    """Scope and team. Whoever is in a team may share with it; sharing with everybody takes the right to manage settings."""
    if scope != "team":
        if team is not None:
            raise invalid("team", "A team goes with the scope team only.")
        if scope == "tenant":
            actor.must(permissions.SETTINGS_MANAGE)
        return {"scope": scope, "team_id": None}
    if team is None:
        raise invalid("team", "Name the team to share it with.")
    found = await access.find_team(tx, team, "team")
    if not actor.can(permissions.SETTINGS_MANAGE) and actor.id not in await access.team_members(tx, [found.id]):
        raise Forbidden("Only members of {name} share views with it.", name=found.name)
    return {"scope": scope, "team_id": found.id}


def _say(
    tx: Tx, actor: Actor, kind: type[Event], view_id: UUID, before: dict[str, Any] | None, after: dict[str, Any] | None
) -> None:
    facts = {"view": view_id, "fields": sorted(after or before or {})}
    texts = {
        name: msgspec.to_builtins(value) for name, value in (("before", before), ("after", after)) if value is not None
    }
    tx.emit(kind(actor=actor, facts=facts, texts=texts))
