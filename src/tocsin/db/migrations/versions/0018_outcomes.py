"""Indexes for reports by clock: missed times of each clock."""

from __future__ import annotations

from tocsin.db.steps import run_sql_file

revision = "0018"
down_revision = "0019"


def upgrade() -> None:
    """Add the indexes."""
    run_sql_file("0018_outcomes.sql")
