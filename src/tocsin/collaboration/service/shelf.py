"""What an organisation keeps ready under a name: finding, adding, changing and removing, alike for each kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from tocsin.access import permissions
from tocsin.activity.model import Event
from tocsin.base.actor import Actor
from tocsin.base.errors import N_, NotFound, Refused, invalid
from tocsin.base.ids import parse_id
from tocsin.base.paging import ActiveQuery, check_limit, decode_cursor, encode_cursor
from tocsin.base.text import clean_line, is_slug, slugify
from tocsin.collaboration import store
from tocsin.collaboration.store.shelf import Table
from tocsin.db.tx import Tx


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of them: its table, who manages it, what is told, and what a body says that names none."""

    table: Table
    name: str
    permission: str
    told: tuple[type[Event], type[Event], type[Event]]
    unknown: str


def must_read(actor: Actor, kind: Kind) -> None:
    """Raises `Forbidden` unless the actor sees incidents, or manages what is kept ready for them (macros name all of it)."""
    if not (actor.can(permissions.VIEW) or actor.can(permissions.MACROS_MANAGE)):
        actor.must(kind.permission)


async def read(tx: Tx, kind: Kind, query: ActiveQuery) -> tuple[list[Any], str | None]:
    """A page of rows by name, and the next cursor. Raises `Invalid`."""
    limit, question = check_limit(query.limit), [kind.table, tx.tenant_id, query.active]
    after = None if query.cursor is None else decode_cursor(query.cursor, question, tuple[str, UUID])
    rows = await store.shelf.page(tx, kind.table, is_active=query.active, after=after, limit=limit + 1)
    more = len(rows) > limit
    return rows[:limit], encode_cursor(question, [rows[limit - 1]["name"], rows[limit - 1]["id"]]) if more else None


async def find(tx: Tx, kind: Kind, ref: str | UUID, *, lock: bool = False) -> Any:
    """The row of an id or slug. Raises `NotFound`."""
    known = ref if isinstance(ref, UUID) else parse_id(ref)
    wanted: dict[str, Any] = {"entry_id": known} if known is not None else {"slug": ref}
    row = await store.shelf.find(tx, kind.table, **wanted, lock=lock)
    if row is None:
        raise NotFound
    return row


async def choose(tx: Tx, kind: Kind, ref: str, field: str) -> Any:
    """The row of an active one that a body names. Raises `Invalid` naming the field."""
    try:
        row = await find(tx, kind, ref)
    except NotFound:
        row = None
    if row is None or not row["is_active"]:
        raise invalid(field, kind.unknown)
    return row


async def add(tx: Tx, actor: Actor, kind: Kind, values: dict[str, Any]) -> UUID:
    """Add one; its id. Raises `Invalid`, `Refused` for a slug in use. The caller has checked the right and its own fields."""
    if "name" not in values:
        raise invalid("name", "This field is required.")
    values = _clean(values)
    values["slug"] = values.get("slug") or slugify(values["name"])
    made = await store.shelf.insert(tx, kind.table, values)
    if made is None:
        raise Refused("The slug {taken} is in use; choose another.", field="slug", taken=values["slug"])
    facts = {kind.name: made, "slug": values["slug"]}
    tx.emit(kind.told[0](actor=actor, facts=facts, texts={"name": values["name"]}))
    return made


async def change(tx: Tx, actor: Actor, kind: Kind, row: Any, values: dict[str, Any]) -> None:
    """Change a locked one. Raises `Invalid`, `Refused` for a slug in use. The caller has checked the right."""
    values = {name: value for name, value in _clean(values).items() if row[name] != value}
    if not values:
        return
    if "slug" in values and await store.shelf.find(tx, kind.table, slug=values["slug"]) is not None:
        raise Refused("The slug {taken} is in use; choose another.", field="slug", taken=values["slug"])
    await store.shelf.update(tx, kind.table, row["id"], values)
    facts = {kind.name: row["id"], "slug": values.get("slug", row["slug"]), "fields": sorted(values)}
    before, after = msgspec.to_builtins(({name: row[name] for name in values}, values))
    texts = {"name": values.get("name", row["name"]), "before": before, "after": after}
    tx.emit(kind.told[1](actor=actor, facts=facts, texts=texts))


async def remove(tx: Tx, actor: Actor, kind: Kind, ref: str | UUID, *, is_used: bool = False) -> bool:
    """Delete one, or take it out of use when it `is_used`; whether it is gone. The caller has checked the right."""
    row = await find(tx, kind, ref, lock=True)
    if is_used:
        await change(tx, actor, kind, row, {"is_active": False})
        return False
    await store.shelf.delete(tx, kind.table, row["id"])
    facts = {kind.name: row["id"], "slug": row["slug"]}
    tx.emit(kind.told[2](actor=actor, facts=facts, texts={"name": row["name"]}))
    return True


def given(draft: msgspec.Struct) -> dict[str, Any]:
    """The fields of a draft that were given."""
    found = {name: getattr(draft, name) for name in draft.__struct_fields__}
    return {name: value for name, value in found.items() if value is not msgspec.UNSET}


def _clean(values: dict[str, Any]) -> dict[str, Any]:
    cleaned = {name: clean_line(value) if name in ("name", "slug") else value for name, value in values.items()}
    if "name" in cleaned and not 1 <= len(cleaned["name"]) <= 200:
        raise invalid("name", "Give a name of 1 to 200 characters.")
    if cleaned.get("slug") is not None and not is_slug(cleaned["slug"]):
        raise invalid("slug", "Use 1 to 64 lower-case letters, digits and inner hyphens.")
    return cleaned


NO_CHECKLIST = N_("There is no active checklist by this id or slug.")
NO_REPLY = N_("There is no active reply by this id or slug.")
NO_MACRO = N_("There is no active macro by this id or slug.")
