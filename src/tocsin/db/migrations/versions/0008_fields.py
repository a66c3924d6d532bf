"""What a tenant adds to its incidents: custom fields and tags, what a transition demands, and when a resolved one closes."""

from __future__ import annotations

from tocsin.db.steps import run_sql_file

revision = "0008"
down_revision = "0004"


def upgrade() -> None:
    """Add the tables and columns."""
    run_sql_file("0008_fields.sql")
