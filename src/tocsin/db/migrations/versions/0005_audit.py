"""The order of changes, and signed anchors of the chains."""

from __future__ import annotations

from tocsin.db.steps import run_sql_file

revision = "0005"
down_revision = "0008"


def upgrade() -> None:
    """Add the columns and the tables."""
    run_sql_file("0005_audit.sql")
