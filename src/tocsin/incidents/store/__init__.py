"""The SQL of incidents: `record` (one row), `page`, `board` and `calendar` (many), `assignments`, `people`, `search`."""

from tocsin.incidents.store import assignments, board, calendar, page, people, record, search

__all__ = ["assignments", "board", "calendar", "page", "people", "record", "search"]
