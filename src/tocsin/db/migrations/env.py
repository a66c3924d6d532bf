"""Alembic's entry: runs the revisions on the connection that `tocsin.db.migrate` hands over."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

connection = context.config.attributes.get("connection")
if not isinstance(connection, Connection):
    raise TypeError("Migrations run through `tocsin db migrate`, which holds the lock they need.")

context.configure(connection=connection, transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
