"""Stored files apart from what names them: kept once, scanned, pictured, swept."""

from __future__ import annotations

from tocsin.db.steps import run_sql_file

revision = "0014"
down_revision = "0016"


def upgrade() -> None:
    """Add the tables, and a stored file for each content that attachments name."""
    run_sql_file("0014_files.sql")
