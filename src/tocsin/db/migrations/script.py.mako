"""${message}."""

from __future__ import annotations

from tocsin.db.steps import run_sql_file

# The file's name starts with the revision: start-up finds the head by it, without loading Alembic.
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """${message}."""
    run_sql_file("${up_revision}_${slug if slug is not UNDEFINED else 'change'}.sql")
