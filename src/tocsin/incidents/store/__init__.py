"""The SQL of incidents: `record` (one row), `page` (lists), `assignments`, `people` (reporters, watchers), `search`,
`changes` (the feed).
"""

from tocsin.incidents.store import assignments, changes, page, people, record, search

__all__ = ["assignments", "changes", "page", "people", "record", "search"]
