"""Task dependencies, checklists, comments that are edited and deleted, mentions, progress timers, replies and macros."""

from __future__ import annotations

from tocsin.db.steps import run_sql_file

revision = "0012"
down_revision = "0005"


def upgrade() -> None:
    """Add tables and columns, and the right to manage macros to administrators."""
    run_sql_file("0012_work.sql")
