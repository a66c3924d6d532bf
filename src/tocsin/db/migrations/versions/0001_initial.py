"""The first schema, and the tables of the job queue."""

from __future__ import annotations

from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment

from tocsin.db.roles import default_privilege_statements, grant_statements
from tocsin.db.steps import run_sql, run_sql_file, run_statements

# The file's name starts with the revision: start-up finds the head by it, without loading Alembic.
revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table, then the queue's by its own library, then grant what the roles need of both.

    A release of the library that changes its tables comes with a revision of ours that changes them too.
    """
    run_statements(default_privilege_statements())
    run_sql_file("0001_initial.sql")
    run_sql(QueryBuilderEnvironment().build_install_query())
    run_statements(grant_statements())
