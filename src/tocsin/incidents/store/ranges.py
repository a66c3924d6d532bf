"""Lists narrowed to a range of a custom field: how many values lie in it no statistics tell, which are of all fields at once.

A page may lie at hand along the sort. If it doesn't, few are held or they lie at the other end (dates follow the creation): then
all of them are read and sorted, unless these are too many, of which a page is found along the sort after all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from tocsin.incidents.model import CustomFilter, Filters
from tocsin.incidents.store import along
from tocsin.incidents.store.labels import valued
from tocsin.incidents.store.stretches import nearby, needed

if TYPE_CHECKING:
    from tocsin.incidents.store.along import Slice
    from tocsin.incidents.store.page import Query

STRETCH = 10_000
"""So far the sort is walked along before; 10 to 20 ms at a million."""
READ, READ_AT_ONCE = 50_000, 20_000
"""So many incidents are read sooner than the whole list is walked along: 5 microseconds each; and so many where no stretch is
walked along before.
"""


def ranged(query: Query, filters: Filters) -> tuple[str, Filters] | None:
    """SQL of the incidents in the range of a custom field that a list asks for, and what else it asks for; None without one."""
    for place, wanted in enumerate(filters.custom):
        if _is_range(wanted):
            rest = replace(filters, custom=filters.custom[:place] + filters.custom[place + 1 :])
            return _held(wanted, valued(query, wanted)), rest
    for place, one in enumerate(filters.conditions):
        if one.name == "custom" and len(one.values) == 1 and not one.is_negated and _is_range(one.values[0][0]):
            wanted, without = one.values[0]
            condition = valued(query, wanted)
            if without is not None:
                condition += f" and not ({valued(query, without)})"
            rest = replace(filters, conditions=filters.conditions[:place] + filters.conditions[place + 1 :])
            return _held(wanted, condition), rest
    return None


def _is_range(wanted: CustomFilter) -> bool:
    return wanted.low is not None or wanted.high is not None


def _held(wanted: CustomFilter, condition: str) -> str:
    """In the order of the values: of these there is an index, without which all values of all fields might be read."""
    order = "v.number" if wanted.is_number else "v.value"
    return f"select v.incident_id from incident_custom_values v where {condition} order by {order}"


def in_range(query: Query, filters: Filters, held: str, few: Query, source: str, wanted: Slice) -> str:
    """The page of such a list. `few` has its other conditions alone, which the incidents `held` are read by from `source`."""
    is_simple = (wanted.column != "next_due_at" or filters.only_closed) and not wanted.is_undated
    near = (
        nearby(query, wanted, STRETCH)
        if is_simple
        else f"select i.id, i.{wanted.column} as key from incidents i where false"
    )
    most = READ if is_simple else READ_AT_ONCE
    conditions = f"{' and '.join(few.parts)} and i.id = h.incident_id"
    found = f"select {needed(filters, wanted.column)} from {source} where {conditions} offset 0"
    few.parts = ["true"]
    read, walked = along.page(few, filters, "few i", wanted), along.page(query, filters, "incidents i", wanted)
    seen = "(select count(*) from near)"
    count = f"case when {seen} < {wanted.limit} then (select count(*) from held) end"
    return (
        f"with near as materialized ({near}), held as materialized ({held} limit {most + 1}),"
        f" few as materialized (select i.* from held h cross join lateral ({found}) i)"
        f" select id, key from near where {seen} = {wanted.limit}"
        f" union all select id, key from ({read}) few where {count} <= {most}"
        f" union all select id, key from ({walked}) many where {count} > {most}"
    )
