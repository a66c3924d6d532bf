"""The SQL of escalation, one file for each table or two."""

from tocsin.escalation.store import alerts, personal, policies, record, runs, settings

__all__ = ["alerts", "personal", "policies", "record", "runs", "settings"]
