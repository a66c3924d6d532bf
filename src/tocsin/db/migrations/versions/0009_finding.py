"""Search by stem and by reporter, organisations whatever their case, saved views; what is there is indexed anew."""

from __future__ import annotations

from tocsin.db.steps import run_sql_file

revision = "0009"
down_revision = "0010"


def upgrade() -> None:
    """Add the tables, and write every incident's words again (a few minutes for a million)."""
    run_sql_file("0009_finding.sql")
