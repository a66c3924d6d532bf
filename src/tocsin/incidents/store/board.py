"""SQL of the board: the first page of each column in one statement, by the list's own rules.

Each column is an arm of its own with a limit, so that none costs more than its page, however much is in it. Measured at
400,000 incidents of one tenant, 40,000 open: 2 to 14 ms by the filters, also where a status holds three incidents only.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.db.tx import Tx
from tocsin.incidents.model import Filters
from tocsin.incidents.store.along import Slice
from tocsin.incidents.store.page import SORTS, Query, arm

Column = tuple[Filters, str, bool]
"""What is in a column, by what it is sorted (a sort of the list), and whether the largest comes first."""


async def first_pages(tx: Tx, columns: Sequence[Column], limit: int) -> list[list[Any]]:
    """The ids and sort keys of each column's first page."""
    sql, args = pages_sql(tx.tenant_id, columns, limit, tx.now)
    await tx.plan("custom")
    found: list[list[Any]] = [[] for _ in columns]
    for row in await tx.rows(sql, *args):
        found[row["place"]].append(row)
    return found


def pages_sql(tenant_id: UUID, columns: Sequence[Column], limit: int, now: datetime) -> tuple[str, list[Any]]:
    """The statement of the first pages and its parameters. Within a column the rows are numbered in their order."""
    args: list[Any] = [tenant_id]
    arms = []
    for place, (filters, sort, descending) in enumerate(columns):
        wanted = Slice(SORTS[sort], "desc" if descending else "asc", None, limit, now, now)
        page = arm(Query(tenant_id, args), filters, wanted)
        arms.append(f"select {place} as place, row_number() over () as n, id, key from ({page}) c{place}")
    return f"{' union all '.join(arms)} order by place, n", args
