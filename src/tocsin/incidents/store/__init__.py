"""The SQL of incidents: `record` is one row; `page`, `board` and `calendar` are many; the others are named by what they find."""

from tocsin.incidents.store import (
    around,
    assignments,
    board,
    calendar,
    changes,
    closing,
    labels,
    live,
    matching,
    page,
    palette,
    people,
    record,
    routing,
    search,
    words,
)

__all__ = [
    "around",
    "assignments",
    "board",
    "calendar",
    "changes",
    "closing",
    "labels",
    "live",
    "matching",
    "page",
    "palette",
    "people",
    "record",
    "routing",
    "search",
    "words",
]
