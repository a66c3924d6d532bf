"""Tenants are sealed off: over every table of the catalogue and every declared route."""

from __future__ import annotations

import re
from uuid import uuid4

import asyncpg
import msgspec
import pytest

from tests.contracts import samples
from tests.contracts.docs import endpoints

pytestmark = pytest.mark.contract

MEMBER = [e for e in endpoints() if e.access == "member"]
WITH_ID = [e for e in MEMBER if e.path_params and not samples.names_nothing(e)]
WITH_BODY = [e for e in endpoints() if (e.body or e.form) is not None]
LISTS = [e for e in MEMBER if e.method == "GET"]


def named(endpoint):
    return f"{endpoint.method} {endpoint.path}"


# --------------------------------------------------------------------------------------------------------------- tables


async def tenant_tables(conn):
    rows = await conn.fetch(
        "select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'"
        " where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace and not a.attisdropped order by 1"
    )
    return [row["relname"] for row in rows]


async def test_without_a_tenant_no_table_shows_or_takes_a_row(database, worlds):
    async with database.pool.acquire() as conn:
        tables = await tenant_tables(conn)
        assert len(tables) > 25
        for table in tables:
            assert await conn.fetchval(f"select count(*) from {table}") == 0, f"{table} shows rows without a tenant"
            assert await _changed(conn, f"delete from {table}") == 0, f"{table} lets rows be deleted without a tenant"
            assert await _changed(conn, f"update {table} set tenant_id = tenant_id") == 0


async def test_without_a_tenant_nothing_can_be_written(database, worlds):
    """Every table refuses a copy of a tenant's own row from a connection that nobody pinned."""
    a, _ = worlds
    async with database.pool.acquire() as conn:
        tables = await tenant_tables(conn)
    for table in tables:
        async with database.tenant(a.tenant_id) as tx:
            row = await tx.row(f"select * from {table} limit 1")
        async with database.pool.acquire() as conn:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await _copy_to(conn, table, row, a.tenant_id)


async def test_a_pinned_tenant_sees_its_own_rows_only(database, worlds):
    a, b = worlds
    async with database.pool.acquire() as conn:
        tables = await tenant_tables(conn)
    for own, other in ((a, b), (b, a)):
        async with database.tenant(own.tenant_id) as tx:
            for table in tables:
                foreign = await tx.value(f"select count(*) from {table} where tenant_id = $1", other.tenant_id)
                assert foreign == 0, f"{table} shows another tenant's rows"
                own_rows = await tx.value(f"select count(*) from {table}")
                assert own_rows > 0, f"{table} proves nothing while it is empty: fill it in tests/contracts/samples.py"


async def test_a_pinned_tenant_cannot_write_into_another(database, worlds):
    """Every table refuses a copy of one's own row under another's tenant_id."""
    a, b = worlds
    async with database.pool.acquire() as conn:
        tables = await tenant_tables(conn)
    for table in tables:
        async with database.pool.acquire() as conn:
            await conn.execute(f"BEGIN; SET LOCAL app.tenant_id = '{a.tenant_id}'")
            try:
                row = await conn.fetchrow(f"select * from {table} limit 1")
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await _copy_to(conn, table, row, b.tenant_id)
            finally:
                await conn.execute("ROLLBACK")


async def _copy_to(conn, table, row, tenant_id):
    generated = await conn.fetch(
        "select attname from pg_attribute where attrelid = $1::regclass and attgenerated <> ''", table
    )
    skip = {record["attname"] for record in generated}
    names = [name for name in dict(row) if name not in skip]
    values = [tenant_id if name == "tenant_id" else row[name] for name in names]
    marks = ", ".join(f"${index}" for index in range(1, len(names) + 1))
    await conn.execute(f"insert into {table} ({', '.join(names)}) values ({marks})", *values)


async def _changed(conn, sql):
    """Rows a statement touches; a missing privilege counts as none."""
    transaction = conn.transaction()
    await transaction.start()
    try:
        return int((await conn.execute(sql)).rsplit(" ", 1)[-1])
    except asyncpg.InsufficientPrivilegeError:
        return 0
    finally:
        await transaction.rollback()


# --------------------------------------------------------------------------------------------------------------- routes


@pytest.mark.parametrize("endpoint", WITH_ID, ids=named)
async def test_another_tenants_ids_are_absent(endpoint, worlds):
    a, b = worlds
    path = await samples.address(endpoint, b)
    answer = await samples.send(a.api, endpoint, path, a)
    assert answer.status_code == 404, f"{answer.status_code} {answer.text[:300]}"
    nobody = await samples.send(a.api, endpoint, _randomised(path), a)
    assert _bytes(answer) == _bytes(nobody)


@pytest.mark.parametrize("endpoint", [e for e in WITH_ID if len(e.path_params) > 1], ids=named)
async def test_another_tenants_child_is_absent_under_ones_own_parent(endpoint, worlds):
    a, b = worlds
    answer = await samples.send(a.api, endpoint, await samples.address(endpoint, a, b), a)
    assert answer.status_code == 404, f"{answer.status_code} {answer.text[:300]}"


@pytest.mark.parametrize("endpoint", WITH_BODY, ids=named)
async def test_a_body_naming_another_tenants_thing_is_invalid(endpoint, worlds):
    a, b = worlds
    for field, kind in samples.reference_fields(endpoint).items():
        path = await samples.address(endpoint, a)
        foreign, unknown = await b.id(kind), str(uuid4())
        as_list = _takes_list(endpoint, field)
        answers = [
            await samples.send(a.api, endpoint, path, a, **{field: [value] if as_list else value})
            for value in (foreign, unknown)
        ]
        for answer in answers:
            assert answer.status_code == 422, f"{field}: {answer.status_code} {answer.text[:300]}"
            if endpoint.is_page:
                assert samples.refusal(endpoint, answer) == "invalid"
                assert f"{field}: " in answer.text
                continue
            assert [e["field"].split("[")[0].split(".")[0] for e in answer.json()["errors"]] == [field]
        assert _bytes(answers[0]).replace(foreign, "") == _bytes(answers[1]).replace(unknown, ""), field


def _takes_list(endpoint, field):
    kind = endpoint.body or endpoint.form
    return any("list" in str(f.type) for f in msgspec.structs.fields(kind) if f.encode_name == field)


@pytest.mark.parametrize("endpoint", LISTS, ids=named)
async def test_answers_hold_nothing_of_another_tenant(endpoint, worlds):
    a, b = worlds
    path = await samples.address(endpoint, a)
    takes_limit = endpoint.query is not None and "limit" in endpoint.query.__struct_fields__
    answer = await a.api.get(path, params={"limit": "200"} if takes_limit else None)
    assert answer.status_code == 200, answer.text[:300]
    for foreign in (*b.made.values(), b.marker, str(b.tenant_id)):
        assert foreign not in answer.text


@pytest.mark.parametrize("endpoint", [e for e in LISTS if e.query is not None], ids=named)
async def test_filters_by_another_tenants_things_find_nothing(endpoint, worlds):
    a, b = worlds
    path = await samples.address(endpoint, a)
    for field in endpoint.query.__struct_fields__:
        kind = samples.REFERENCES.get(field) or {"watcher": "user", "incident": "incident"}.get(field)
        if kind is None:
            continue
        foreign, unknown = await b.id(kind), str(uuid4())
        found = await a.api.get(path, params={field: foreign})
        nobody = await a.api.get(path, params={field: unknown})
        assert found.status_code in (200, 422), found.text
        assert _bytes(found).replace(foreign, "") == _bytes(nobody).replace(unknown, "")


def test_every_parameter_and_body_field_is_declared():
    for endpoint in endpoints():
        samples.reference_fields(endpoint)
        if endpoint.access == "member":
            samples.kinds(endpoint)


def _randomised(path):
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", lambda _: str(uuid4()), path)


def _bytes(answer):
    """The answer without what is another one each time: the request's id, and the moment that a page says it was made."""
    text = re.sub(r'"request_id":"[^"]*"|name="_once" value="[^"]*"', "", answer.text)
    return f"{answer.status_code} " + re.sub(r"&#34;since&#34;:&#34;[^&]*&#34;|(?<=created_after=)[^\"&]*", "", text)
