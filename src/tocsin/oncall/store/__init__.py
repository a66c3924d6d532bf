"""The SQL of on call: `schedules` with their layers, `changes` to who has the watch (overrides, swaps), `feeds`."""

from tocsin.oncall.store import changes, feeds, schedules

__all__ = ["changes", "feeds", "schedules"]
