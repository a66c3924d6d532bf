"""A digest knows what it tells: nobody who finds something late waits for another, and each find is told once."""

from __future__ import annotations

from tocsin.db.steps import run_sql_file

revision = "0026"
down_revision = "0027"


def upgrade() -> None:
    """Name the events; what is waiting to be told keeps what it would have told."""
    run_sql_file("0026_digest_events.sql")
