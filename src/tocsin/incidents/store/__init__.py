"""The SQL of incidents: `record` (one row), `page` (lists), `assignments`, `people` (reporters, watchers), `search`."""

from tocsin.incidents.store import assignments, page, people, record, search

__all__ = ["assignments", "page", "people", "record", "search"]
