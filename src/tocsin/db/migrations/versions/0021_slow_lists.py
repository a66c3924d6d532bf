"""Lists that were slow at a million incidents: one priority by priority, what waits to be closed, stretches of time by another sort."""

from __future__ import annotations

from tocsin.db.steps import run_sql_file

revision = "0021"
down_revision = "0023"


def upgrade() -> None:
    """Add and widen the indexes."""
    run_sql_file("0021_slow_lists.sql")
