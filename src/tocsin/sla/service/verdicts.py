"""Judging resolved incidents: as their clocks were recorded, or under what is promised now."""

from __future__ import annotations

from typing import Any

from tocsin.db.tx import Tx
from tocsin.sla import rules
from tocsin.sla.rules import Case, Verdict
from tocsin.sla.rules.verdict import Reason
from tocsin.sla.service.clocks import load, promise


async def judge(
    tx: Tx, row: Any, case: Case, said: bool, *, recorded: bool, before: Case | None = None
) -> tuple[Verdict, Reason | None] | None:
    """The verdict on an incident's resolution, and why it differs from what somebody else `said`; None without a target.

    `row` is a whole row of `incident_slas`. `recorded` takes the promise that its clocks have, else the one that `case` has
    now; `before` is the case of an earlier priority.
    """
    history = await load(tx, row)
    policy, calendar = (history.policy, history.calendar) if recorded else await promise(tx, case)
    found = rules.judge(history, policy, calendar)
    if found is None or found.met == said:
        return None if found is None else (found, None)
    others = [] if before is None else [await promise(tx, before)]
    return found, rules.why_not(history, policy, calendar, said, others)
