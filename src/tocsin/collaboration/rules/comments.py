"""How long a comment may be rewritten."""

from __future__ import annotations

from datetime import datetime, timedelta


def may_edit(written_at: datetime, now: datetime, window_minutes: int) -> bool:
    """Whether a comment is still young enough to be rewritten; a window of 0 minutes is never open."""
    return now - written_at < timedelta(minutes=window_minutes)
