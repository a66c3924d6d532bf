"""Links between incidents, merging, and operations that can be undone."""

from __future__ import annotations

from tocsin.db.steps import run_sql_file

revision = "0007"
down_revision = "0011"


def upgrade() -> None:
    """Add the tables."""
    run_sql_file("0007_structure.sql")
