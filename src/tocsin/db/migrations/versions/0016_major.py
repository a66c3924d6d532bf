"""Major incidents: who leads, what is said when, and what is learnt afterwards."""

from __future__ import annotations

from tocsin.db.steps import run_sql_file

revision = "0016"
down_revision = "0020"


def upgrade() -> None:
    """Add the tables."""
    run_sql_file("0016_major.sql")
