"""The SQL of incidents: `record` is one row; `page`, `board` and `calendar` are many; the others are named by what they find."""

from tocsin.incidents.store import (
    around,
    assignments,
    board,
    calendar,
    closing,
    labels,
    live,
    page,
    palette,
    people,
    record,
    search,
)

__all__ = [
    "around",
    "assignments",
    "board",
    "calendar",
    "closing",
    "labels",
    "live",
    "page",
    "palette",
    "people",
    "record",
    "search",
]
