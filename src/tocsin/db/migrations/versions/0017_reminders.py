"""Reminders that recur, are put off, and leave people alone in quiet hours."""

from __future__ import annotations

from tocsin.db.steps import run_sql_file

revision = "0017"
down_revision = "0014"


def upgrade() -> None:
    """Add the columns."""
    run_sql_file("0017_reminders.sql")
