"""The SQL of incidents: `record` (one row), `page` (lists), `assignments`, `people` (reporters, watchers), `search`, `live`."""

from tocsin.incidents.store import assignments, live, page, people, record, search

__all__ = ["assignments", "live", "page", "people", "record", "search"]
