"""One message instead of many, for warnings and breaches that were found late."""

from __future__ import annotations

from tocsin.db.steps import run_sql_file

revision = "0019"
down_revision = "0017"


def upgrade() -> None:
    """Add the table."""
    run_sql_file("0019_digests.sql")
