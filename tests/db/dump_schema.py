"""The schema that migrations make, as `pg_dump` writes it, kept in `schema.sql` so that a change of it shows in review.

Write it anew after a change with `python -m tests.db.dump_schema`.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from pathlib import Path

from tests.db.servers import fresh_database
from tocsin.db.embedded import EmbeddedServer, ensure_running
from tocsin.db.migrate import migrate
from tocsin.db.programs import find_programs

EXPECTED = Path(__file__).parent / "schema.sql"

# Comments, session settings and the random words of \restrict differ between runs and minor versions.
_NOISE = re.compile(r"^(--|SET |SELECT pg_catalog\.set_config|\\restrict |\\unrestrict )")


async def migrated_schema(server: EmbeddedServer) -> str:
    """The schema of a fresh database after all migrations: tables, keys, indexes, policies and grants."""
    urls = await fresh_database(server)
    await migrate(urls.owner)
    programs = find_programs(None, server.home / "postgres")
    dump = programs.run("pg_dump", "--schema-only", "--no-owner", "--dbname", str(urls.backup))
    lines = [line.rstrip() for line in dump.splitlines() if not _NOISE.match(line)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def main() -> None:
    """Write `schema.sql`."""
    with tempfile.TemporaryDirectory() as home, ensure_running(Path(home)) as server:
        EXPECTED.write_text(asyncio.run(migrated_schema(server)), encoding="utf-8")
    print(f"Wrote {EXPECTED}")


if __name__ == "__main__":
    main()
