"""Words that are joined (a path, an address, `disk/raid`) are found by their pieces, in what was written before, too."""

from __future__ import annotations

from tocsin.db.steps import run_sql_file

revision = "0032"
down_revision = "0024"


def upgrade() -> None:
    """Add the pieces to the words of incidents that hold joined ones."""
    run_sql_file("0032_pieces.sql")
