"""What only an extension saved is counted from its own few."""

from __future__ import annotations

from tocsin.db.steps import run_sql_file

revision = "0023"
down_revision = "0028"


def upgrade() -> None:
    """Add the index."""
    run_sql_file("0023_extended.sql")
