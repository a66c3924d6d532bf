"""What a report is asked for: the period, what it is compared with, and the moment at which the records are looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from tocsin.base.clock import check_moment
from tocsin.base.errors import invalid
from tocsin.base.zones import DAY, day_start, local_day
from tocsin.db.tx import Tx
from tocsin.incidents.service import first_id_after
from tocsin.reports.model import PeriodView
from tocsin.reports.rules import CUSTOM, MOST_DAYS, Period, Unit, period_of
from tocsin.reports.store.facts import Moment
from tocsin.tenancy import service as tenancy


class MeasuresQuery(msgspec.Struct, frozen=True, kw_only=True, rename={"first": "from", "last": "to"}):
    """`from` and `to` are days in the organisation's zone, both included, for the period `custom`.

    `as_of` asks for the figures as they were known at a moment; `unit` says whether the course is by day or by week.
    """

    period: Literal["7d", "30d", "90d", "year", "custom"] = "30d"
    first: date | None = None
    last: date | None = None
    compare: bool = True
    as_of: datetime | None = None
    unit: Literal["day", "week"] | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, resolved. `moment` is None for now; `now` is the moment or the present."""

    period: Period
    compared: Period | None
    unit: Unit
    zone: ZoneInfo
    now: datetime
    moment: Moment | None

    @property
    def today(self) -> date:
        """The day of `now`."""
        return local_day(self.now, self.zone)

    def bounds(self, period: Period) -> tuple[datetime, datetime]:
        """Where a period begins, and where it is over."""
        return day_start(period.first, self.zone), day_start(period.last + DAY, self.zone)

    def view(self, period: Period) -> PeriodView:
        """A period as the API shows it."""
        since, until = self.bounds(period)
        return PeriodView(first=period.first, last=period.last, days=period.days, starts_at=since, ends_at=until)


async def resolve(tx: Tx, query: MeasuresQuery) -> Asked:
    """The question behind a query. Raises `Invalid` naming the parameter."""
    tenant = await tenancy.current(tx)
    zone, now, moment = ZoneInfo(tenant.time_zone), tx.now, None
    if query.as_of is not None:
        now = check_moment(query.as_of, "as_of")
        if now > tx.now:
            raise invalid("as_of", "This moment has not come yet.")
        moment = Moment(now, first_id_after(now, is_sandbox=tenant.kind == "sandbox"))
    for name, day in (("from", query.first), ("to", query.last)):
        if day is not None and not 1971 < day.year < 2199:
            raise invalid(name, "Give a day between 1972 and 2198.")
    found = period_of(query.period, local_day(now, zone), query.first, query.last)
    if isinstance(found, str):
        raise invalid("from" if query.period == CUSTOM else "period", found, most=MOST_DAYS)
    compared = found.before if query.compare else None
    return Asked(found, compared, query.unit or found.unit, zone, now, moment)
