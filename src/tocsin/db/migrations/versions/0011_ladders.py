"""More that starts a ladder and more that it does: hours, people who report to somebody, the last resort."""

from __future__ import annotations

from tocsin.db.steps import run_sql_file

revision = "0011"
down_revision = "0006"


def upgrade() -> None:
    """Add columns and the tenant's settings; policies and runs that are there go on as they were."""
    run_sql_file("0011_ladders.sql")
