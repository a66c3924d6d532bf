"""SQL that counts what is open, in one reading of the open incidents' index."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.db.tx import Tx
from tocsin.incidents.service import CLOCK_STATE, known_at
from tocsin.reports.model import OpenCounts
from tocsin.reports.store.facts import Moment

_OPEN = """
select grouping(i.status_id, i.priority_id, a.age, i.team_id, i.assigned_to_id) as grouping,
  i.status_id, i.priority_id, a.age, i.team_id, i.assigned_to_id, c.state, count(*) as count
from {source}
cross join lateral (select {state} as state) c
cross join lateral (select width_bucket(i.created_at, $4::timestamptz[]) as age) a
where i.tenant_id = $1 and i.is_open and i.deleted_at is null
group by grouping sets ((i.status_id), (i.priority_id), (a.age), (i.team_id, c.state), (i.assigned_to_id, c.state), ())
"""
_STATE = CLOCK_STATE.format(pausing="$2::uuid[]", soon="$3::timestamptz")
_PRESENT = _OPEN.format(source="incidents i", state=_STATE)
_KNOWN = _OPEN.format(source=known_at("$5::timestamptz", "$6::uuid"), state=_STATE)


async def count(
    tx: Tx, pausing: Sequence[UUID], soon: datetime, ages: Sequence[datetime], moment: Moment | None
) -> OpenCounts:
    """What is open. `soon` is before when a clock is soon due, `ages` the bounds of the age groups, oldest first."""
    args: list[Any] = [list(pausing), soon, list(ages)]
    if moment is not None:
        args += [moment.at, moment.ceiling]
    found = OpenCounts(0, {}, {}, {}, defaultdict(dict), defaultdict(dict))
    for row in await tx.rows(_KNOWN if moment is not None else _PRESENT, tx.tenant_id, *args):
        match row["grouping"]:
            case 0b01111:
                found.statuses[row["status_id"]] = row["count"]
            case 0b10111:
                found.priorities[row["priority_id"]] = row["count"]
            case 0b11011:
                found.ages[row["age"]] = row["count"]
            case 0b11101:
                found.teams[row["team_id"]][row["state"]] = row["count"]
            case 0b11110:
                found.people[row["assigned_to_id"]][row["state"]] = row["count"]
            case _:
                total = row["count"]
                found = OpenCounts(total, found.statuses, found.priorities, found.ages, found.teams, found.people)
    return found
