"""The step after which joined words are found by their pieces: what was written before is found so as well, to whom it is open."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.db.servers import fresh_database, login, upgrade_to_before
from tocsin.db import upgrade
from tocsin.db.embedded import EmbeddedServer

AT = datetime(2026, 11, 1, tzinfo=UTC)
TENANTS = {"en": UUID(int=1), "de": UUID(int=2)}
WRITTEN = (
    ("en", "Printer stands still", "see /srv/spool/queues/today", "look at vault/keys", "ask desk@plants.example"),
    ("de", "Drucker/Scanner defekt", None, None, None),
    ("en", "Nothing is joined, 3.14 and 1/2 neither", None, None, None),
)
"""An incident's language, title and description, an internal comment and a public one."""


async def test_what_was_written_before_is_found_by_its_pieces(
    server18: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls = await fresh_database(server18)
    await upgrade_to_before("0032", urls.owner, monkeypatch)
    async with login(str(urls.admin)) as conn:
        await conn.execute("set session_replication_role = replica")
        for locale, tenant in TENANTS.items():
            await conn.execute(
                "insert into tenants (id, slug, name, locale, created_at, updated_at) values ($1, $2, $2, $2, $3, $3)",
                *(tenant, locale, AT),
            )
        for number, (locale, *texts) in enumerate(WRITTEN, 10):
            await _write(conn, TENANTS[locale], UUID(int=number), number, texts)
        before = await conn.fetchval("select doc::text from incident_search where incident_id = $1", UUID(int=12))
    await upgrade.upgrade(urls.owner)
    async with login(str(urls.admin)) as conn:
        for word, by_members, by_the_public in (
            ("spool", [10], [10]),
            ("keys", [10], []),
            ("plants", [10], [10]),
            ("scanner", [11], [11]),
        ):
            assert await _found(conn, "doc", word) == by_members, word
            assert await _found(conn, "coalesce(doc_public, doc)", word) == by_the_public, word
        assert (
            await conn.fetchval("select doc::text from incident_search where incident_id = $1", UUID(int=12)) == before
        )
        assert await conn.fetchval(
            "select bool_and(relforcerowsecurity) from pg_class where relname = 'incident_search'"
        )


async def _write(
    conn: asyncpg.Connection[Any], tenant: UUID, incident: UUID, number: int, texts: list[str | None]
) -> None:
    title, description, internal, public = texts
    await conn.execute(
        "insert into incidents (tenant_id, id, reference_no, reference_code, title, description, priority_id, priority_level,"
        " status_id, is_open, reported_via, source, created_at, updated_at)"
        " values ($1, $2, $3::bigint, 'INC-' || $3::bigint, $4, $5, $1, 1, $1, true, 'internal', 'api', $6, $6)",
        *(tenant, incident, number, title, description, AT),
    )
    for place, (body, is_internal) in enumerate(((internal, True), (public, False))):
        if body is not None:
            await conn.execute(
                "insert into incident_comments (tenant_id, id, incident_id, user_id, body, body_html, is_internal, created_at,"
                " updated_at) values ($1, $2, $3, $1, $4, $4, $5, $6, $6)",
                *(tenant, UUID(int=number * 10 + place), incident, body, is_internal, AT),
            )
    everything = [text for text in (title, description, public, internal) if text]
    open_to_all = " ".join(text for text in everything if text != internal) if internal else None
    await conn.execute(
        "insert into incident_search (tenant_id, incident_id, created_at, doc, doc_public)"
        " values ($1, $2, $3, to_tsvector('simple', $4), to_tsvector('simple', $5))",
        *(tenant, incident, AT, " ".join(everything), open_to_all),
    )


async def _found(conn: asyncpg.Connection[Any], column: str, word: str) -> list[int]:
    rows = await conn.fetch(
        f"select incident_id from incident_search where {column} @@ to_tsquery('simple', $1) order by incident_id", word
    )
    return [row["incident_id"].int for row in rows]
