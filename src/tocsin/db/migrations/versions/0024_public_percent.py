"""Whoever reported an incident sees how far the work is by the last public report, not by internal ones."""

from __future__ import annotations

from tocsin.db.steps import run_sql_file

revision = "0024"
down_revision = "0022"


def upgrade() -> None:
    """Add the column, and fill it from the reports."""
    run_sql_file("0024_public_percent.sql")
