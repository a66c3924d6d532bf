"""Work that could not fall back in time does so when its incident is opened again, and the history keeps the time."""

from __future__ import annotations

from tocsin.db.steps import run_sql_file

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Add the mark, and keep marked work out of the timers."""
    run_sql_file("0022_until_passed.sql")
