"""Organisations may send by a Slack webhook and a gateway for text messages of their own."""

from __future__ import annotations

from tocsin.db.steps import run_sql_file

revision = "0027"
down_revision = "0025"


def upgrade() -> None:
    """Add the table; without a row in it messages leave by the operator's means, as before."""
    run_sql_file("0027_gateways.sql")
