"""The SQL of incidents: `record` (one row), `page` (lists), `assignments`, `people` (reporters, watchers), `search`,

`around` (what a page shows beside the record, and who looks at it).
"""

from tocsin.incidents.store import around, assignments, page, people, record, search

__all__ = ["around", "assignments", "page", "people", "record", "search"]
