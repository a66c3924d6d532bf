"""Reading the whole record of a tenant, newest first, and calling what it points at by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from tocsin.activity import permissions, store
from tocsin.activity.model import RecordedEvent, recorded_from
from tocsin.base.actor import Actor
from tocsin.base.errors import invalid
from tocsin.base.ids import first_id, parse_id
from tocsin.base.manifest import Kind
from tocsin.base.paging import Page, PageQuery, check_limit, decode_cursor, encode_cursor
from tocsin.db.tx import Tx


@dataclass(slots=True)
class Directory:
    """What ids are called, and which events there are: the features say. Filled once by `wiring`."""

    kinds: list[Kind] = field(default_factory=list)
    events: list[tuple[str, list[str]]] = field(default_factory=list)
    """The names of each feature's events, under its title."""

    def add(self, title: str, kinds: Sequence[Kind], events: Sequence[type]) -> None:
        """Add a feature's kinds and events."""
        self.kinds.extend(kinds)
        if events:
            self.events.append((title, sorted(event.__name__ for event in events)))


DIRECTORY = Directory()


class AuditQuery(PageQuery, frozen=True, kw_only=True):
    """`type`: an event's name, or several with commas between. `actor`: an id or e-mail, `incident`: an id or reference.

    `since` and `until` bound when it was recorded.
    """

    type: str | None = None
    actor: str | None = None
    incident: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Question:
    types: list[str] | None
    actor_id: UUID | None
    stream: UUID | None
    first: UUID | None
    last: UUID | None


async def _question(tx: Tx, query: AuditQuery) -> _Question:
    types = [name.strip() for name in query.type.split(",") if name.strip()] if query.type else None
    return _Question(
        types=types,
        actor_id=await find_thing(tx, "user", query.actor, "actor") if query.actor else None,
        stream=await find_thing(tx, "incident", query.incident, "incident") if query.incident else None,
        first=first_id(query.since) if query.since is not None else None,
        last=first_id(query.until) if query.until is not None else None,
    )


async def browse(tx: Tx, actor: Actor, query: AuditQuery) -> Page[RecordedEvent]:
    """The tenant's events of all streams, newest first. Raises `Invalid`."""
    actor.must(permissions.VIEW)
    limit = check_limit(query.limit)
    mark = ["audit", tx.tenant_id, query.type, query.actor, query.incident, str(query.since), str(query.until)]
    before = decode_cursor(query.cursor, mark, tuple[UUID])[0] if query.cursor is not None else None
    asked = await _question(tx, query)
    found = await _page(tx, asked, before or asked.last, limit + 1)
    return Page(found[:limit], encode_cursor(mark, (found[limit - 1].id,)) if len(found) > limit else None)


async def _page(tx: Tx, asked: _Question, before: UUID | None, limit: int) -> list[RecordedEvent]:
    rows = await store.record.browse(
        tx,
        before=before,
        first=asked.first,
        types=asked.types,
        actor_id=asked.actor_id,
        stream=asked.stream,
        limit=limit,
    )
    return [recorded_from(row) for row in rows]


async def find_thing(tx: Tx, kind: str, ref: str, field: str) -> UUID:
    """The id of what people write. Raises `Invalid` naming `field` for what there is none of."""
    for known in DIRECTORY.kinds:
        if known.name == kind and known.find is not None:
            found: UUID | None = await known.find(tx, ref.strip())
            if found is not None:
                return found
    raise invalid(field, "There is nothing by this name.")


@dataclass(frozen=True, slots=True)
class Thing:
    """What an id is called, and where it is shown (empty: nowhere, or not to this actor)."""

    name: str
    path: str


async def name_things(tx: Tx, actor: Actor, events: Iterable[RecordedEvent]) -> dict[str, Thing]:
    """What the ids in some events are called, by id as text. Ids of what is gone are left out."""
    wanted = {found for event in events for found in _ids([event.actor_id, event.incident_id, event.data])}
    named: dict[str, Thing] = {}
    for kind in DIRECTORY.kinds:
        if not wanted:
            break
        for found, name in (await kind.names(tx, wanted)).items():
            may = kind.path is not None and any(actor.can(one) for one in kind.permissions)
            named[str(found)] = Thing(name, kind.path.format(id=found) if may and kind.path else "")
            wanted.discard(found)
    return named


async def names_of(tx: Tx, kind: str, ids: Iterable[UUID]) -> dict[UUID, str]:
    """What things of one kind are called."""
    found = next(each for each in DIRECTORY.kinds if each.name == kind)
    return await found.names(tx, set(ids))


def _ids(value: object) -> set[UUID]:
    """Every id in a value, however deep."""
    if isinstance(value, UUID):
        return {value}
    if isinstance(value, str):
        found = parse_id(value)
        return {found} if found is not None else set()
    if isinstance(value, dict):
        return {found for item in value.values() for found in _ids(item)}
    if isinstance(value, list):
        return {found for item in value for found in _ids(item)}
    return set()
