"""Service levels: calendars, policies, later due times on request, and the time that incidents spend with a team."""

from __future__ import annotations

from tocsin.db.steps import run_sql_file

revision = "0010"
down_revision = "0007"


def upgrade() -> None:
    """Add the tables, and a calendar around the clock to every tenant."""
    run_sql_file("0010_sla.sql")
