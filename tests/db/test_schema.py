from __future__ import annotations

from tests.db.dump_schema import EXPECTED, migrated_schema
from tocsin.db.embedded import EmbeddedServer


async def test_migrations_make_the_expected_schema(server18: EmbeddedServer) -> None:
    made = await migrated_schema(server18)
    assert made.splitlines() == EXPECTED.read_text(encoding="utf-8").splitlines(), (
        "the schema changed: look at it, then write it anew with `python -m tests.db.dump_schema`"
    )
