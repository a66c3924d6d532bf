from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from tests.db.servers import DEBIAN_15, fresh_database, login, passwords_of
from tocsin.base.errors import SettingError
from tocsin.db.cluster import Cluster
from tocsin.db.embedded import EmbeddedServer
from tocsin.db.programs import find_programs
from tocsin.db.roles import (
    ROLES,
    connect_as_operator,
    init_database,
    quoted,
    refuse_unsafe_role,
    scram_verifier,
    unmarked_functions,
)
from tocsin.db.urls import socket_url, with_database, with_login


async def test_init_again_changes_nothing(any_server: EmbeddedServer) -> None:
    urls = await fresh_database(any_server)
    assert urls.admin is not None
    said: list[str] = []
    again = await init_database(urls.admin, urls.app.split("/")[3].split("?")[0], passwords_of(urls), said.append)
    assert again == urls
    assert said == []
    async with login(urls.admin) as conn:
        roles = await conn.fetch(
            "SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls FROM pg_roles WHERE rolname LIKE 'tocsin%'"
        )
    assert {row["rolname"] for row in roles} == set(ROLES)
    assert not any(row["rolsuper"] or row["rolcreaterole"] or row["rolcreatedb"] for row in roles)
    assert [row["rolname"] for row in roles if row["rolbypassrls"]] == ["tocsin_backup"]


async def test_each_role_logs_in_and_finds_its_settings(any_server: EmbeddedServer) -> None:
    urls = await fresh_database(any_server)
    for url, role in zip((urls.owner, urls.app, urls.sweeper, urls.backup), ROLES, strict=True):
        async with login(str(url)) as conn:
            assert await conn.fetchval("SELECT current_user") == role
    async with login(urls.app) as conn:
        assert await conn.fetchval("SHOW pg_trgm.similarity_threshold") == "0.45"
        assert await unmarked_functions(conn) == []


@pytest.mark.parametrize(
    "sql",
    ["CREATE TABLE x ()", "CREATE TEMP TABLE x ()", "CREATE SCHEMA x", "CREATE FUNCTION f() RETURNS int RETURN 1"],
)
async def test_the_application_makes_nothing(server18: EmbeddedServer, sql: str) -> None:
    urls = await fresh_database(server18)
    for url in (urls.app, urls.sweeper, urls.backup):
        async with login(str(url)) as conn:
            with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.ReadOnlySQLTransactionError)):
                await conn.execute(sql)


async def test_a_forgotten_table_is_shut_to_the_application_and_open_to_the_backup(server18: EmbeddedServer) -> None:
    urls = await fresh_database(server18)
    async with login(urls.owner) as conn:
        await conn.execute("CREATE TABLE forgotten (a int GENERATED ALWAYS AS IDENTITY)")
    async with login(urls.app) as conn:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.fetch("SELECT * FROM forgotten")
    async with login(str(urls.backup)) as conn:
        assert await conn.fetch("SELECT * FROM forgotten") == []
        with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.ReadOnlySQLTransactionError)):
            await conn.execute("DELETE FROM forgotten")


async def test_strong_roles_are_refused(any_server: EmbeddedServer) -> None:
    urls = await fresh_database(any_server)
    assert urls.admin is not None
    async with login(urls.app) as conn:
        await refuse_unsafe_role(conn)
    for url, message in ((urls.admin, "role postgres is a superuser"), (str(urls.backup), "role tocsin_backup")):
        async with login(url) as conn:
            with pytest.raises(SettingError, match=message):
                await refuse_unsafe_role(conn)


async def test_membership_in_a_strong_role_is_refused(any_server: EmbeddedServer) -> None:
    admin = any_server.admin_url
    async with login(admin) as conn:
        await conn.execute("CREATE ROLE sneaky LOGIN NOINHERIT PASSWORD 'x'; GRANT tocsin_backup TO sneaky")
        await conn.execute("GRANT CONNECT ON DATABASE tocsin TO sneaky")
        try:
            async with login(with_login(admin, "sneaky", "x", "tocsin")) as weak:
                with pytest.raises(SettingError, match="through its membership in tocsin_backup"):
                    await refuse_unsafe_role(weak)
        finally:
            await conn.execute("DROP OWNED BY sneaky; DROP ROLE sneaky")


async def test_a_wrong_login_is_one_line_without_the_password(server18: EmbeddedServer) -> None:
    with pytest.raises(SettingError) as caught:
        await connect_as_operator(with_login(server18.admin_url, "postgres", "hunter2", "tocsin"))
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.fixture(params=[None, DEBIAN_15], ids=["18", "15"])
def bare_server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A server that nobody has set up; the URL of its superuser."""
    if request.param is not None and not request.param.exists():
        pytest.skip("PostgreSQL 15 (Debian's postgresql-15) is not installed")
    data = tmp_path / "data"
    cluster = Cluster(data, find_programs(request.param, data))
    cluster.create("secret")
    started = cluster.start()
    yield socket_url("postgres", "secret", "postgres", started.socket_dir, started.port)
    cluster.stop()


async def test_an_administrator_without_superuser_gets_as_far_as_it_may(bare_server: str) -> None:
    async with login(bare_server) as conn:
        await conn.execute("CREATE ROLE managed LOGIN CREATEDB CREATEROLE PASSWORD 'm'")
    said: list[str] = []
    managed = with_login(bare_server, "managed", "m", "postgres")
    await init_database(managed, "incidents", dict.fromkeys(ROLES, "p"))
    urls = await init_database(managed, "incidents", dict.fromkeys(ROLES, "p"), said.append)
    assert any("LEAKPROOF" in line for line in said)
    assert any("tocsin_backup" in line for line in said)
    async with login(urls.app) as conn:
        assert await conn.fetchval("SHOW pg_trgm.similarity_threshold") == "0.45"
        await refuse_unsafe_role(conn)


async def test_no_rights_to_set_up_is_one_line(server18: EmbeddedServer) -> None:
    with pytest.raises(SettingError, match="may not set up"):
        await init_database(server18.urls.app, "elsewhere", passwords_of(server18.urls))


def test_the_verifier_of_the_standard() -> None:
    # RFC 7677 section 3: user "user", password "pencil"; the server key proves the signature given there.
    import base64
    import hashlib
    import hmac

    salt = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
    verifier = scram_verifier("pencil", salt)
    assert verifier.startswith("SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$")
    server_key = base64.b64decode(verifier.rpartition(":")[2])
    message = (
        "n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,"
        "i=4096,c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    )
    signature = hmac.digest(server_key, message.encode(), hashlib.sha256)
    assert base64.b64encode(signature) == b"6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


def test_identifiers_are_quoted() -> None:
    assert quoted('a"b') == '"a""b"'
    assert with_database("postgresql://u:p@h:1/a?sslmode=require", "b") == "postgresql://u:p@h:1/b?sslmode=require"
