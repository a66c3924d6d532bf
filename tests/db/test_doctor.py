from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.db.servers import fresh_database, login
from tocsin.db.doctor import ADVICE, CHECKS, Check, examine, run_check
from tocsin.db.embedded import EmbeddedServer
from tocsin.db.migrate import migrate
from tocsin.db.urls import DatabaseUrls

BY_NAME = {check.name: check for check in (*CHECKS, *ADVICE)}

# A hole for every check, and what the row that tells of it must hold.
HOLES = [
    ("strong role", "GRANT tocsin_backup TO tocsin_app", "tocsin_backup"),
    ("strong role", "ALTER ROLE tocsin_app BYPASSRLS", "tocsin_app"),
    ("row security off", "ALTER TABLE teams NO FORCE ROW LEVEL SECURITY", "teams"),
    ("row security off", "CREATE TABLE hole (tenant_id uuid)", "hole"),
    ("looser policy", "CREATE POLICY wide ON teams USING (true)", "teams wide"),
    ("looser policy", "CREATE POLICY half ON teams FOR INSERT WITH CHECK (true)", "teams half"),
    ("looser policy", "CREATE POLICY own ON teams TO tocsin_sweeper USING (true)", "teams own"),
    ("view of its owner", "CREATE VIEW hole AS SELECT * FROM teams", "hole"),
    ("view of its owner", "CREATE VIEW hole WITH (security_invoker = false) AS SELECT * FROM teams", "hole"),
    ("materialised view", "CREATE MATERIALIZED VIEW hole AS SELECT 1", "hole"),
    ("security definer", "CREATE FUNCTION hole() RETURNS int SECURITY DEFINER RETURN 1", "hole()"),
    ("unique across tenants", "CREATE UNIQUE INDEX hole ON teams (slug)", "hole"),
    (
        "reference across tenants",
        "CREATE TABLE a (tenant_id uuid, id uuid UNIQUE); CREATE TABLE b (tenant_id uuid, a_id uuid CONSTRAINT hole REFERENCES a (id))",
        "b hole",
    ),
    (
        "orphans",
        """CREATE TABLE a (tenant_id uuid, id uuid, UNIQUE (tenant_id, id));
        CREATE TABLE b (tenant_id uuid, a_id uuid,
          CONSTRAINT hole FOREIGN KEY (tenant_id, a_id) REFERENCES a (tenant_id, id) NOT VALID);
        ALTER TABLE b DISABLE TRIGGER ALL;
        INSERT INTO b VALUES (gen_random_uuid(), gen_random_uuid()), (NULL, gen_random_uuid());
        GRANT SELECT ON a, b TO tocsin_backup""",
        "hole 1",
    ),
    ("tenant left in a connection", "SET app.tenant_id = 'somebody'", "somebody"),
    ("table without a tenant", "CREATE TABLE hole (); GRANT SELECT ON hole TO tocsin_app", "hole readable"),
    ("table without a tenant", "GRANT TRUNCATE ON teams TO tocsin_app", "teams TRUNCATE, REFERENCES or TRIGGER"),
    (
        "table without a tenant",
        "DO $$BEGIN EXECUTE format('GRANT TEMP ON DATABASE %I TO tocsin_app', current_database()); END$$",
        "TEMP",
    ),
    ("table without a tenant", "GRANT CREATE ON SCHEMA public TO tocsin_app", "public CREATE"),
    ("statistics", "CREATE TABLE hole AS SELECT 1 AS a; ANALYZE hole; GRANT SELECT ON hole TO tocsin_app", "hole"),
    ("sweeper reads whole rows", "GRANT SELECT ON events TO tocsin_sweeper", "events"),
    ("search without marks", "ALTER FUNCTION texticlike(text, text) NOT LEAKPROOF", "texticlike(text,text)"),
]


@pytest.fixture(scope="module")
async def urls(server18: EmbeddedServer) -> DatabaseUrls:
    found = await fresh_database(server18)
    await migrate(found.owner)
    return found


@pytest.fixture
async def admin(urls: DatabaseUrls) -> AsyncIterator[asyncpg.Connection]:
    async with login(str(urls.admin)) as conn:
        transaction = conn.transaction()
        await transaction.start()
        yield conn
        await transaction.rollback()


async def check_as_its_role(conn: asyncpg.Connection, check: Check) -> list[str]:
    await conn.execute(f"SET LOCAL ROLE tocsin_{check.role}")
    return await run_check(conn, check)


async def test_a_migrated_database_is_healthy(any_server: EmbeddedServer) -> None:
    urls = await fresh_database(any_server)
    await migrate(urls.owner)
    found = await examine(urls, (*CHECKS, *ADVICE))
    assert [(finding.check.name, finding.rows) for finding in found if finding.rows or finding.skipped] == []
    assert len(found) == len(CHECKS) + len(ADVICE)


@pytest.mark.parametrize(("name", "plant", "told"), HOLES, ids=[f"{n}-{i}" for i, (n, _, _) in enumerate(HOLES)])
async def test_a_planted_hole_is_found(admin: asyncpg.Connection, name: str, plant: str, told: str) -> None:
    await admin.execute(plant)
    rows = await check_as_its_role(admin, BY_NAME[name])
    assert len(rows) == 1
    assert told in rows[0]


def test_every_check_has_a_planted_hole() -> None:
    assert {name for name, _, _ in HOLES} == set(BY_NAME)


async def test_without_a_backup_login_its_checks_are_skipped(urls: DatabaseUrls) -> None:
    known = DatabaseUrls(urls.app, urls.owner, urls.sweeper)
    assert [f.check.name for f in await examine(known) if f.skipped] == ["orphans"]
