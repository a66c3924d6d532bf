"""Routing rules, how teams spread their work, absences with deputies, muted watchers."""

from __future__ import annotations

from tocsin.db.steps import run_sql_file

revision = "0006"
down_revision = "0012"


def upgrade() -> None:
    """Add the tables and columns."""
    run_sql_file("0006_routing.sql")
