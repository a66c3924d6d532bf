"""The SQL of incidents: `record` (one row), `page` (lists), `assignments`, `people` (reporters, watchers), `search`, `live`, `palette`."""

from tocsin.incidents.store import assignments, live, page, palette, people, record, search

__all__ = ["assignments", "live", "page", "palette", "people", "record", "search"]
