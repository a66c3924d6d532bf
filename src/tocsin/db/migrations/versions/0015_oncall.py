"""On call: schedules, layers, overrides, swaps and calendar feeds."""

from __future__ import annotations

from tocsin.db.steps import run_sql_file

revision = "0015"
down_revision = "0009"


def upgrade() -> None:
    """Add the tables."""
    run_sql_file("0015_oncall.sql")
