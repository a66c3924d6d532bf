"""In which hours a ladder counts."""

from __future__ import annotations

from tocsin.db.tx import Tx
from tocsin.escalation.rules import Hours, Ladder
from tocsin.sla import service as sla
from tocsin.sla.rules import ALWAYS


async def hours_of(tx: Tx, ladder: Ladder) -> Hours:
    """The hours that a ladder keeps."""
    return await sla.working_time(tx, ladder.hours or ALWAYS)


async def business_hours(tx: Tx) -> str:
    """The present version of the organisation's own calendar, as ladders keep it."""
    return (await sla.configuration(tx)).default_calendar
