"""SQL of reports: what the records say (`facts`, `open_now`, `reality`), what was kept of days (`kept`)."""

from tocsin.reports.store import facts, kept, open_now, reality

__all__ = ["facts", "kept", "open_now", "reality"]
