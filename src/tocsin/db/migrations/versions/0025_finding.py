"""The record is browsed by what happened and by who did it, however long it is."""

from __future__ import annotations

from tocsin.db.steps import run_sql_file

revision = "0025"
down_revision = "0018"


def upgrade() -> None:
    """Add the two indexes."""
    run_sql_file("0025_finding.sql")
