"""What the steps of a migration are made of. Only revisions use it: it needs Alembic's running context."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from alembic import op

SQL_DIRECTORY = Path(__file__).parent / "migrations" / "sql"


def run_sql_file(name: str) -> None:
    """Run a file of `migrations/sql`, many statements in one, inside the revision's transaction."""
    run_sql((SQL_DIRECTORY / name).read_text(encoding="utf-8"))


def run_statements(statements: Iterable[str]) -> None:
    """Run statements one after the other inside the revision's transaction."""
    for statement in statements:
        run_sql(statement)


def run_sql(sql: str) -> None:
    """Run SQL text as it stands through asyncpg's simple protocol, which takes many statements at once.

    Neither `:name` nor `%` mean anything in it, unlike through SQLAlchemy.
    """
    # The adapter opens its transaction with its first statement; going past it before that would commit at once.
    op.execute("SELECT 1")
    adapter: Any = op.get_bind().connection.dbapi_connection
    adapter.run_async(lambda conn: conn.execute(sql))
