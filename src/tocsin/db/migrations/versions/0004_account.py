"""Secrets that open an account for a moment: a link for a new password, a login that still chooses its organisation."""

from __future__ import annotations

from tocsin.db.steps import run_sql_file

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the table."""
    run_sql_file("0004_account.sql")
