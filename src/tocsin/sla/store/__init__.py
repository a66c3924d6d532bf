"""SQL of the service levels: calendars and policies, and the clocks of incidents."""

from tocsin.sla.store import calendars, clocks, hands, policies

__all__ = ["calendars", "clocks", "hands", "policies"]
