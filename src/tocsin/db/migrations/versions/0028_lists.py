"""Lists of what is rare read only that: a source, what was late, opened anew, acknowledged or on its way."""

from __future__ import annotations

from tocsin.db.steps import run_sql_file

revision = "0028"
down_revision = "0026"


def upgrade() -> None:
    """Add the indexes."""
    run_sql_file("0028_lists.sql")
