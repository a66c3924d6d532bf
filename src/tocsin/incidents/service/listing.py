"""The list: filters resolved to ids, one page by keyset, everything shown in two statements; and counts of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta

from tocsin.access import permissions, service as access
from tocsin.base.actor import Actor
from tocsin.base.clock import check_moment
from tocsin.base.errors import invalid
from tocsin.base.paging import check_limit, decode_cursor, encode_cursor
from tocsin.classification import service as classification
from tocsin.classification.model import Catalogue
from tocsin.db.tx import Tx
from tocsin.incidents import store
from tocsin.incidents.model import Filters, Found, IncidentView
from tocsin.incidents.rules.query import OUTCOMES
from tocsin.incidents.service.access import must_see_some, view
from tocsin.incidents.service.asking import with_query
from tocsin.incidents.service.custom import custom_filters, read_tags
from tocsin.incidents.service.include import WHOLE, Shape, put
from tocsin.incidents.service.moments import in_time
from tocsin.incidents.service.searching import mended, snippets

SOURCES = ("email", "web", "api", "import", "alert")
MOST_COUNTED = 1000
_NUMBERS = tuple[int, UUID]
_LEVELS = tuple[Annotated[int, Meta(ge=0, lt=2**31)], UUID]
_MOMENTS = tuple[datetime | None, UUID]
_LEFT = tuple[datetime | None, UUID, datetime]


class Narrowing(msgspec.Struct, frozen=True, kw_only=True):
    """The list's filters. Several values of one filter are separated by commas; times are RFC 3339.

    `watcher` watches in person or through a team, `delegated_by` handed the work on (and still watches it),
    `major` asks for those that are major incidents at present (`false`: for all others),
    `next_due_before` asks for open incidents whose reply or resolution, whichever comes first, is due before a time.

    `q` is a query in the query language (docs/query-language.md): words, phrases, and clauses such as `status:open`.
    `tag` finds incidents with any of some tags; `custom.<slug>` those with any of some values of a custom field, within a
    range of a number or date (`5..10`, `2026-01-01..`), or, left empty, without a value.

    `…_after` includes its moment, `…_before` does not. `created_hour` is an hour of the week in the organisation's zone, such
    as `mon-09`, between `created_after` and `created_before`; `clock` is what the clocks of open incidents say: `breached`,
    `soon` (due within 24 hours), `on_track` or `paused`; `outcome` is what became of the due times of resolved ones: `met`,
    `met_with_extension` or `missed`; `as_of` shows which incidents matched at that moment.
    """

    status: str | None = None
    priority: str | None = None
    category: str | None = None
    assigned_to: str | None = None
    team: str | None = None
    watcher: str | None = None
    delegated_by: str | None = None
    source: str | None = None
    reported_via: str | None = None
    tag: str | None = None
    custom: dict[str, str] = {}
    breached: bool | None = None
    overdue: bool | None = None
    major: bool | None = None
    due_after: datetime | None = None
    due_before: datetime | None = None
    next_due_before: datetime | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    updated_after: datetime | None = None
    created_hour: str | None = None
    resolved_after: datetime | None = None
    resolved_before: datetime | None = None
    responded_after: datetime | None = None
    responded_before: datetime | None = None
    breached_after: datetime | None = None
    breached_before: datetime | None = None
    escalated_after: datetime | None = None
    escalated_before: datetime | None = None
    reopened_after: datetime | None = None
    reopened_before: datetime | None = None
    clock: str | None = None
    outcome: str | None = None
    as_of: datetime | None = None
    q: str | None = None
    sort: str = "-created_at"


class ListQuery(Narrowing, frozen=True, kw_only=True):
    """The list's parameters: its filters, and which page."""

    limit: int = 50
    cursor: str | None = None


async def list_incidents(tx: Tx, actor: Actor, query: ListQuery, shape: Shape = WHOLE) -> Found:
    """A page of the incidents the actor may see, in two statements whatever is included, words in two more at most.
    Raises `Invalid` naming the parameter.
    """
    must_see_some(actor)
    limit = check_limit(query.limit)
    sort, descending = query.sort.removeprefix("-"), query.sort.startswith("-")
    if sort not in store.page.SORTS:
        raise invalid(
            "sort", "Sort by one of {names}, with - in front for descending.", names=", ".join(store.page.SORTS)
        )
    catalogue = await classification.catalogue(tx)
    filters = await filters_of(tx, actor, query, catalogue)
    question = _question(tx, filters, query.sort)
    after: Any = None
    if query.cursor is not None:
        kinds: dict[str, Any] = {"priority": _LEVELS, "reference_code": _NUMBERS, "time_left": _LEFT}
        after = decode_cursor(query.cursor, question, kinds.get(sort, _MOMENTS))
    as_of = _as_of(after) if after is not None and sort == "time_left" else tx.now
    found, asked = await _ids(tx, filters, sort, descending=descending, after=after, limit=limit + 1, as_of=as_of)
    ids, hidden = [row["id"] for row in found[:limit]], not actor.can(permissions.VIEW)
    rows = await store.page.rows(tx, ids, shape.parts, public_only=hidden) if found else []
    cursor = None
    if len(found) > limit:
        cursor = cursor_after(tx, filters, query.sort, found[limit - 1], as_of)
    marked = await snippets(tx, actor, asked, ids)
    items = [put(_with_snippet(view(row, catalogue, actor), marked), row, shape) for row in rows]
    return Found(items, cursor, UNSET if asked is filters else asked.asked or "")


async def _ids(tx: Tx, filters: Filters, sort: str, **page: Any) -> tuple[list[Any], Filters]:
    """The ids of a page, and what they were found by: when there is none, words that may be mistyped are mended."""
    found = await store.page.ids(tx, filters, sort, **page)
    if found or not filters.sought:
        return found, filters
    better = await mended(tx, filters)
    again = await store.page.ids(tx, better, sort, **page) if better is not None else []
    return (again, better) if again and better is not None else (found, filters)


def _with_snippet(incident: IncidentView, marked: dict[UUID, str]) -> IncidentView:
    text = marked.get(incident.id)
    return incident if text is None else msgspec.structs.replace(incident, snippet=text)


async def matching(tx: Tx, actor: Actor, query: ListQuery, most: int) -> list[UUID]:
    """The ids of all incidents that a list holds, in its order, up to `most`. Raises `Invalid` naming the parameter."""
    must_see_some(actor)
    filters = await filters_of(tx, actor, query, await classification.catalogue(tx))
    found = await store.page.ids(tx, filters, "created_at", descending=True, after=None, limit=most, as_of=tx.now)
    return [row["id"] for row in found]


def _question(tx: Tx, filters: Filters, sort: str) -> list[Any]:
    plain = msgspec.structs.replace(filters, conditions=[], sought=[])  # times such as -7d move on between two pages
    return [str(tx.tenant_id), msgspec.to_builtins(plain), sort]


def cursor_after(tx: Tx, filters: Filters, sort: str, row: Any, as_of: datetime) -> str:
    """The cursor with which a list goes on after a row of its ids; `as_of` is when its first page was made."""
    late = [as_of] if sort.removeprefix("-") == "time_left" else []
    return encode_cursor(_question(tx, filters, sort), [row["key"], row["id"], *late])


def _as_of(after: Any) -> datetime:
    """When the first page was made: what paused clocks have left is compared with the rest as of then, on every page."""
    found: datetime = after[2]
    if not 1970 < found.year < 2200 or (after[0] is not None and not 1500 < after[0].year < 3000):
        raise invalid("cursor", "This is not a cursor of this list; start again without it.")
    return found


async def count_incidents(
    tx: Tx, actor: Actor, queries: dict[str, ListQuery], *, most: int = MOST_COUNTED
) -> dict[str, int]:
    """How many incidents each of some lists holds, counted up to `most` + 1, in one statement. Raises `Invalid`."""
    must_see_some(actor)
    catalogue = await classification.catalogue(tx)
    filters = [await filters_of(tx, actor, query, catalogue) for query in queries.values()]
    return dict(zip(queries, await store.page.counts(tx, filters, most + 1), strict=True))


async def filters_of(tx: Tx, actor: Actor, query: ListQuery, catalogue: Catalogue) -> Filters:
    """What the parameters narrow a list to, for this actor. Raises `Invalid` naming the parameter."""
    statuses = _each(query.status, "status", catalogue.find_status)
    category = None if query.category == "none" else query.category
    assigned_to, is_nobody = await _person(tx, actor, query.assigned_to, "assigned_to")
    watcher, watches_nothing = await _somebody(tx, actor, query.watcher, "watcher")
    delegated_by, delegates_nothing = await _somebody(tx, actor, query.delegated_by, "delegated_by")
    is_teamless = query.team == "mine" and actor.kind != "person"
    restricted = not actor.can(permissions.VIEW)
    found = Filters(
        statuses=[s.id for s in statuses] if statuses is not None else None,
        only_open=statuses is not None and all(s.is_open for s in statuses),
        only_closed=statuses is not None and not any(s.is_open for s in statuses),
        priorities=_entry_ids(_each(query.priority, "priority", catalogue.find_priority)),
        categories=_entry_ids(_each(category, "category", catalogue.find_category)),
        assigned_to=assigned_to,
        team=await _team(tx, query.team) if query.team != "mine" else None,
        team_of=actor.id if query.team == "mine" and actor.kind == "person" else None,
        watcher=watcher,
        delegated_by=delegated_by,
        reporter=actor.id if restricted else None,
        sources=_closed_set(query.source, "source", SOURCES),
        reported_via=_one_of(query.reported_via, "reported_via", ("internal", "public")),
        tags=read_tags(query.tag.split(","), "tag") if query.tag is not None else None,
        custom=await custom_filters(tx, actor, catalogue, query.custom),
        breached=query.breached,
        overdue=query.overdue,
        major=query.major,
        outcomes=_closed_set(query.outcome, "outcome", OUTCOMES),
        pausing=catalogue.pausing if query.overdue is not None or query.clock is not None else [],
        **_moments(query),
        public_words=restricted,
        nothing=is_nobody or watches_nothing or delegates_nothing or is_teamless or (restricted and actor.id is None),
        no_category=query.category == "none",
        **await in_time(tx, query),
    )
    if query.q is None or not query.q.strip():
        return found
    return await with_query(tx, actor, found, query.q, catalogue)


def _moments(query: ListQuery) -> dict[str, Any]:
    names = ("due_after", "due_before", "next_due_before", "created_after", "created_before", "updated_after")
    found = {name: getattr(query, name) for name in names}
    for name, moment in found.items():
        if moment is not None:
            check_moment(moment, name)
    return found


def _entry_ids(entries: list[Any] | None) -> list[UUID] | None:
    return [entry.id for entry in entries] if entries is not None else None


def _each(text: str | None, field: str, find: Any) -> list[Any] | None:
    if text is None:
        return None
    found = []
    for ref in text.split(","):
        entry = find(ref.strip())
        if entry is None:
            raise invalid(field, "There is no {field} {value!r}.", field=field, value=ref.strip()[:80])
        found.append(entry)
    return found


def _closed_set(text: str | None, field: str, allowed: tuple[str, ...]) -> list[str] | None:
    if text is None:
        return None
    return [_one_of(value.strip(), field, allowed) or value for value in text.split(",")]


def _one_of(text: str | None, field: str, allowed: tuple[str, ...]) -> str | None:
    if text is not None and text not in allowed:
        raise invalid(field, "Use {names}.", names=", ".join(allowed))
    return text


async def _person(tx: Tx, actor: Actor, ref: str | None, field: str) -> tuple[Any, bool]:
    """The member (or `none`) a filter names, and whether it is a `me` that matches nothing."""
    if ref is None or ref == "none":
        return ref, False
    if ref == "me":
        return (actor.id, False) if actor.kind == "person" else (None, True)
    return await access.find_member_id(tx, ref, field, actor), False


async def _somebody(tx: Tx, actor: Actor, ref: str | None, field: str) -> tuple[Any, bool]:
    """As `_person`, of a filter that `none` says nothing to. Raises `Invalid`."""
    if ref == "none":
        raise invalid(field, "Give the id or e-mail of a member, or me.")
    return await _person(tx, actor, ref, field)


async def _team(tx: Tx, ref: str | None) -> Any:
    if ref is None or ref == "none":
        return ref
    return await access.find_team_id(tx, ref, "team")
