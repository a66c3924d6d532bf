"""What the console keeps: how people want it shown, the time left of open incidents, who is looking at what."""

from __future__ import annotations

from tocsin.db.steps import run_sql_file

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns and the table."""
    run_sql_file("0002_console.sql")
