"""How people want to be told of escalations: verified channels, rules of their own, and what reaches nobody."""

from __future__ import annotations

from tocsin.db.steps import run_sql_file

revision = "0020"
down_revision = "0015"


def upgrade() -> None:
    """Add the tables; until they say otherwise everybody is told by e-mail at once, as before."""
    run_sql_file("0020_alerts.sql")
