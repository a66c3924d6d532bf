"""What reports keep: figures of each day that is over, and which days are to be counted anew."""

from __future__ import annotations

from tocsin.db.steps import run_sql_file

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the tables and indexes; every live tenant's days are counted soon."""
    run_sql_file("0003_reports.sql")
