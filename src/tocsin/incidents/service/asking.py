"""Queries of the query language: read, resolved against the tenant's catalogue and people, and turned into list filters.

What other features need of it:

- `fitting(tx, incident_id, queries)`: which of some queries an incident fits, in one statement (conditions of policies);
- `matching_ids(tx, actor, text, after=…, limit=…)`: the ids of what a query finds and the actor may see (bulk);
- `check_query(tx, actor, text, field)`: refuses a wrong one with its position and a hint (saving views and policies).

All raise `WrongQuery` (422) naming the field that holds the query. Relative times (`-7d`, `today`) are those of `tx.now` in
the tenant's zone, each time anew; `me` is the actor, and nobody for an actor who is no person.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from tocsin.base.actor import Actor, system_actor
from tocsin.base.errors import WrongQuery
from tocsin.classification import service as classification
from tocsin.classification.model import Catalogue
from tocsin.db.tx import Tx
from tocsin.incidents import store
from tocsin.incidents.model import Condition, Filters
from tocsin.incidents.rules import query as language
from tocsin.incidents.rules.query import Query, QueryError
from tocsin.incidents.service.access import must_see_some, only_own
from tocsin.incidents.service.clauses import Asked, conditions
from tocsin.tenancy import service as tenancy

Key = TypeVar("Key")
MOST_AT_ONCE = 10_000


async def fitting(
    tx: Tx, incident_id: UUID, queries: Mapping[Key, str], *, actor: Actor | None = None, field: str = "conditions"
) -> set[Key]:
    """The keys of the queries that an incident fits now, all judged in one statement; an empty query fits every one.

    Without an actor Tocsin itself asks, who sees everything and is nobody's `me`. Raises `WrongQuery` for the first query
    that is wrong by now (its category may be gone). A deleted incident fits none.
    """
    asks = actor or system_actor(tx.tenant_id)
    lists = [await filters_for(tx, asks, text, field) for text in queries.values()]
    if not lists:
        return set()
    fits = await store.matching.which_fit(tx, incident_id, lists)
    return {key for key, holds in zip(queries, fits, strict=True) if holds}


async def matching_ids(
    tx: Tx, actor: Actor, text: str, *, after: UUID | None = None, limit: int = MOST_AT_ONCE, field: str = "q"
) -> list[UUID]:
    """The ids of the incidents that a query finds and the actor may see, oldest id first, those behind `after`.

    Read on with the last id as `after` until fewer than `limit` come. Raises `Forbidden`, `WrongQuery`.
    """
    must_see_some(actor)
    return await store.matching.ids(tx, await filters_for(tx, actor, text, field), after, limit)


async def check_query(tx: Tx, actor: Actor, text: str, field: str = "q") -> str:
    """The query as it is kept: as read, written evenly, unless that is longer than may be read. Raises `WrongQuery`."""
    asked = (await filters_for(tx, actor, text, field)).asked or ""
    return asked if len(asked) <= language.MOST_CHARACTERS else text.strip()


async def filters_for(tx: Tx, actor: Actor, text: str, field: str = "q") -> Filters:
    """What a query alone narrows a list to, for an actor. Raises `WrongQuery`."""
    plain = only_own(actor)
    if not text.strip():
        return plain
    return await with_query(tx, actor, plain, text, await classification.catalogue(tx), field)


def read(text: str, field: str = "q") -> Query:
    """The query that a text says. Raises `WrongQuery`."""
    try:
        return language.parse(text)
    except QueryError as error:
        raise wrong(error, field) from None


def wrong(error: QueryError, field: str) -> WrongQuery:
    """The refusal of a query, naming the field that holds it."""
    return WrongQuery(field, error.position, error.template, error.hint_template, **error.values)


async def with_query(
    tx: Tx, actor: Actor, filters: Filters, text: str, catalogue: Catalogue, field: str = "q"
) -> Filters:
    """Filters narrowed by a query as well. Raises `WrongQuery`."""
    query = read(text, field)
    tenant = await tenancy.current(tx)
    asked = Asked(tx, actor, catalogue, ZoneInfo(tenant.time_zone))
    try:
        found = await conditions(asked, query)
        sought = language.sought(query, tenant.settings.reference_prefix)
    except QueryError as error:
        raise wrong(error, field) from None
    return msgspec.structs.replace(
        filters,
        asked=str(query),
        conditions=found,
        sought=sought,
        language=store.words.LANGUAGES.get(tenant.locale, "english"),
        pausing=catalogue.pausing,
        **_about_open(found, filters, catalogue),
        **({"hours": asked.hours} if asked.hours is not None else {}),
    )


def _about_open(found: list[Condition], filters: Filters, catalogue: Catalogue) -> dict[str, Any]:
    """Whether a query finds only open incidents, or none: said literally, since partial indexes match no parameter."""
    is_open, is_closed = filters.only_open, filters.only_closed
    for one in found:
        if one.is_negated or one.unset:
            continue
        if one.name == "status":
            states = [catalogue.statuses[status].is_open for status in one.values]
            is_open, is_closed = is_open or all(states), is_closed or not any(states)
        elif one.name == "is":
            is_open = is_open or {"open", "overdue", "paused"}.issuperset(one.values)
            is_closed = is_closed or {"closed", "resolved"}.issuperset(one.values)
        elif one.name == "truth":
            is_open = is_open or all(name == "overdue" and answer for name, answer in one.values)
        elif one.name == "clock":
            is_open = True
        elif one.name in ("resolved", "closed"):
            is_closed = True
    return {"only_open": is_open, "only_closed": is_closed and not is_open}
