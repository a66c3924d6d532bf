"""The step that sets stored files apart: what organisations have attached before is there afterwards, each content once."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from tests.db.servers import fresh_database, login, upgrade_to_before
from tocsin.db import upgrade
from tocsin.db.embedded import EmbeddedServer

ONE, TWO = UUID(int=1), UUID(int=2)
AT = datetime(2026, 11, 1, tzinfo=UTC)


async def test_attachments_name_stored_files(server18: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    urls = await fresh_database(server18)
    await upgrade_to_before("0014", urls.owner, monkeypatch)
    async with login(str(urls.admin)) as conn:
        await conn.execute("set session_replication_role = replica")
        for tenant, slug in ((ONE, "one"), (TWO, "two")):
            await conn.execute(
                "insert into tenants (id, slug, name, created_at, updated_at) values ($1, $2, $2, $3, $3)",
                tenant,
                slug,
                AT,
            )
        for number, (tenant, kind, content) in enumerate(
            [(ONE, "text/plain", b"a"), (ONE, "image/png", b"b"), (ONE, "text/plain", b"a"), (TWO, "text/plain", b"a")]
        ):
            await conn.execute(
                "insert into incident_attachments (tenant_id, id, incident_id, disk, path, filename, mime_type, size_bytes,"
                " sha256, created_at, updated_at) values ($1, $2, $1, 'local', $3, 'f', $4, 1, sha256($5), $6, $6)",
                *(tenant, UUID(int=100 + number), f"p{number}", kind, content, AT),
            )
    await upgrade.upgrade(urls.owner)
    async with login(str(urls.admin)) as conn:
        named = await conn.fetch("select tenant_id, file_id, path from incident_attachments order by id")
        assert [(row["file_id"].int, row["path"]) for row in named] == [
            (100, "p0"),
            (101, "p1"),
            (100, "p0"),
            (103, "p3"),
        ]
        files = await conn.fetch(
            "select id, scan, thumbnail, due_at is not null as is_due from stored_files order by id"
        )
        assert [(row["id"].int, *tuple(row)[1:]) for row in files] == [
            (100, "none", "none", False),
            (101, "none", "waiting", True),
            (103, "none", "none", False),
        ]
        stores = await conn.fetch("select tenant_id, link_key from file_stores")
        assert len({bytes(row["link_key"]) for row in stores}) == 2
        forced = await conn.fetchval("select relforcerowsecurity from pg_class where relname = 'incident_attachments'")
        assert forced is True
