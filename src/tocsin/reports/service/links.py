"""The list behind a figure: the query of `/incidents` and of the queue that finds exactly the incidents that were counted."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from tocsin.classification.model import Catalogue
from tocsin.incidents.service import WEEKDAYS
from tocsin.reports.model import Counted


def stamp(at: datetime) -> str:
    """A moment as a parameter, to the microsecond."""
    return at.isoformat().replace("+00:00", "Z")


class Links:
    """Makes queries over one catalogue, all at one moment (None: now)."""

    def __init__(self, catalogue: Catalogue, as_of: datetime | None) -> None:
        statuses = sorted(catalogue.statuses.values(), key=lambda status: (status.sort_order, status.slug))
        self.every_status = ",".join(status.slug for status in statuses)
        self.open_status = ",".join(status.slug for status in statuses if status.is_open)
        self._as_of = {"as_of": stamp(as_of)} if as_of is not None else {}

    def of(self, count: int, /, *, status: str | None = None, **filters: str | None) -> Counted:
        """A count with its list, of every status unless one is named."""
        given = {name: value for name, value in filters.items() if value is not None}
        return Counted(count, urlencode({"status": status or self.every_status, **given, **self._as_of}, safe=",:"))

    def open(self, count: int, /, **filters: str | None) -> Counted:
        """A count of open incidents with its list."""
        return self.of(count, status=self.open_status, **filters)


def between(fact: str, bounds: tuple[datetime, datetime]) -> dict[str, str]:
    """The filters for what happened in a period."""
    return {f"{fact}_after": stamp(bounds[0]), f"{fact}_before": stamp(bounds[1])}


def hour_of_week(weekday: int, hour: int) -> str:
    """An hour of the week as the list's filter names it."""
    return f"{WEEKDAYS[weekday]}-{hour:02}"


def reference(key: UUID | None) -> str:
    """An id, or the filter's word for nobody."""
    return str(key) if key is not None else "none"
