"""What a client can send by mistake or malice: never a 500, the status of the contract, the field named, nothing left behind."""

from __future__ import annotations

import json

import pytest

from tests.contracts.samples import INCIDENTS

pytestmark = pytest.mark.contract

LIST = f"{INCIDENTS}/incidents"
JSON = {"Content-Type": "application/json"}


def raw(**fields):
    """JSON with lone surrogates written as escapes."""
    return json.dumps({"title": "Probe", **fields}).encode()


BODIES = [
    ("not JSON", b"{", 400, None),
    ("not UTF-8", b'{"title": "\xff\xfe"}', 400, None),
    ("empty text", b"", 422, "title"),
    ("a list", b"[]", 422, "body"),
    ("null", b"null", 422, "body"),
    ("NUL in the title", raw(title="a\x00b"), 422, "title"),
    ("lone surrogate", b'{"title": "a\\ud800b"}', 422, "title"),
    ("NUL in metadata", raw(metadata={"a": {"b": ["\x00"]}}), 422, "metadata.a.b[0]"),
    ("NUL in a metadata key", raw(metadata={"a\x00": 1}), 422, "metadata"),
    ("2^63", raw(metadata={"n": 2**63}), 422, "metadata.n"),
    ("-2^70", raw(metadata={"n": -(2**70)}), 422, "metadata.n"),
    ("1e400", b'{"title": "x", "metadata": {"n": 1e400}}', (400, 422), None),
    ("NaN", b'{"title": "x", "metadata": {"n": NaN}}', 400, None),
    ("100,000 deep", b'{"title": "x", "metadata": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 422, "body"),
    ("100,000 deep, never closed", b'{"title": ' + b"[" * 100_000, 422, "body"),
    ("101 deep", b'{"title": "x", "metadata": {"a": ' + b"[" * 101 + b"]" * 101 + b"}}", 422, "body"),
    ("2 MB", raw(description="x" * 2_000_000), 413, None),
    ("201 characters", raw(title="x" * 201), 422, "title"),
    ("only blanks", raw(title="   \t "), 422, "title"),
    ("wrong type", raw(title=5), 422, "title"),
    ("unknown field", raw(id="x"), 422, "id"),
    ("tenant given", raw(tenant_id="x"), 422, "tenant_id"),
    ("version given", raw(version=3), 422, "version"),
    ("unknown status", raw(status="nonsense"), 422, "status"),
    ("unknown priority", raw(priority="nonsense"), 422, "priority"),
    ("unknown category", raw(category="../../etc"), 422, "category"),
    ("terminal status", raw(status="closed"), 422, "status"),
    ("unknown person", raw(assigned_to="nobody"), 422, "assigned_to"),
    ("impossible date", raw(due_at="2026-02-30T00:00:00Z"), 422, "due_at"),
    ("year 0", raw(due_at="0000-01-01T00:00:00Z"), 422, "due_at"),
    ("no zone", raw(due_at="2030-01-01T00:00:00"), 422, "due_at"),
    ("before creation", raw(due_at="2001-01-01T00:00:00Z"), 422, "due_at"),
    ("at the end of time", raw(due_at="9999-12-31T23:59:59.999999-23:59"), 422, "due_at"),
    ("source of an import", raw(source="import"), 422, "source"),
]


@pytest.mark.parametrize("name, body, status, field", BODIES, ids=[row[0] for row in BODIES])
async def test_bodies(name, body, status, field, worlds):
    api = worlds[0].api
    before = await _count(worlds[0])
    answer = await api.post(LIST, content=body, headers=JSON)
    wanted = status if isinstance(status, tuple) else (status,)
    assert answer.status_code in wanted, answer.text[:300]
    check_problem(answer, field)
    assert await _count(worlds[0]) == before


def check_problem(answer, field=None):
    """An RFC 9457 document that names the field and nothing of the inside."""
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert document["type"].startswith("urn:tocsin:problem:")
    assert document["status"] == answer.status_code
    assert document["title"]
    assert document["request_id"]
    assert not any(word in answer.text.lower() for word in ("asyncpg", "traceback", "select ", "psql"))
    if field is not None:
        assert field in [error["field"] for error in document["errors"]], document


async def _count(world):
    async with world.database.tenant(world.tenant_id) as tx:
        return await tx.value("select count(*) from incidents where tenant_id = $1", tx.tenant_id)


CONTENT_TYPES = [
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/xml",
    "multipart/form-data",
    "x/y; charset=🙂",
]


@pytest.mark.parametrize("content_type", CONTENT_TYPES)
async def test_content_types(content_type, worlds):
    answer = await worlds[0].api.post(LIST, content=raw(), headers={"Content-Type": content_type.encode()})
    assert answer.status_code == 415
    check_problem(answer)


QUERIES = [
    ("cursor=abc", "cursor"),
    ("cursor=%00", "cursor"),
    ("cursor=" + "A" * 5000, "cursor"),
    ("cursor=W10", "cursor"),
    ("cursor=%F0%9F%99%82", "cursor"),
    ("limit=0", "limit"),
    ("limit=201", "limit"),
    ("limit=-1", "limit"),
    ("limit=1000000000000000000000", "limit"),
    ("limit=x", "limit"),
    ("limit=1&limit=2", "limit"),
    ("offset=10", "offset"),
    ("sort=title", "sort"),
    ("sort=--created_at", "sort"),
    ("status=nonsense", "status"),
    ("status=open%00", "status"),
    ("q=%00", "q"),
    ("q=%ED%A0%80", None),
    ("breached=maybe", "breached"),
    ("due_before=yesterday", "due_before"),
    ("due_before=2026-02-30T00:00:00Z", "due_before"),
    ("created_after=2026-01-01T00:00:00", "created_after"),
    ("created_after=0001-01-01T00:00:00%2B14:00", None),
    ("created_before=9999-12-31T23:59:59-14:00", None),
    ("assigned_to=nobody", "assigned_to"),
    ("team=00000000-0000-0000-0000-00000000000g", "team"),
    ("source=fax", "source"),
    ("reported_via=smoke", "reported_via"),
]


@pytest.mark.parametrize("query, field", QUERIES)
async def test_queries(query, field, worlds):
    answer = await worlds[0].api.get(f"{LIST}?{query}")
    if field is None:
        assert answer.status_code in (200, 422), answer.text[:300]
    else:
        assert answer.status_code == 422, answer.text[:300]
        check_problem(answer, field)


async def test_a_cursor_of_other_filters_is_refused(worlds):
    a = worlds[0]
    for _ in range(2):
        await a.post(LIST, {"title": a.text("paged")})
    cursor = (await a.api.get(LIST, params={"limit": "1"})).json()["next_cursor"]
    answer = await a.api.get(LIST, params={"limit": "1", "cursor": cursor, "sort": "updated_at"})
    assert answer.status_code == 422
    check_problem(answer, "cursor")


ABSENT = [
    "abc",
    "%00",
    "%ED%A0%80",
    "00000000-0000-0000-0000-000000000000",
    "INC-999999999999999999999",
    "INC-",
    "INC-%F0%9F%99%82",
    "..%2f..%2fetc%2fpasswd",
    "x" * 3000,
    "'%20or%201=1--",
    "0x1",
    "%7B00000000-0000-0000-0000-000000000000%7D",
]


@pytest.mark.parametrize("ref", ABSENT)
@pytest.mark.parametrize("collection", ["incidents", "categories", "priorities", "statuses"])
async def test_addresses_of_nothing(collection, ref, worlds):
    answer = await worlds[0].api.get(f"{INCIDENTS}/{collection}/{ref}")
    assert answer.status_code == (422 if "%00" in ref or "%ED" in ref else 404) or answer.status_code in (404, 422)
    check_problem(answer)


HEADERS = [
    ("Authorization", "Bearer", 401),
    ("Authorization", "Bearer tcs_x';select pg_sleep(9)--_secret", 401),
    ("Authorization", "Bearer tcs_00000000000000000000000000000000_" + "a" * 43, 401),
    ("Authorization", "Basic dTpw", 401),
    ("Authorization", "Bearer " + "a" * 20_000, 401),
    ("Authorization", "Bearer tcs_é_ü", 401),
    ("Idempotency-Key", "", 422),
    ("Idempotency-Key", "x" * 256, 422),
    ("Idempotency-Key", "é", 422),
]


@pytest.mark.parametrize("name, value, status", HEADERS)
async def test_headers(name, value, status, worlds):
    a = worlds[0]
    answer = await a.api.post(LIST, json={"title": a.text()}, headers={name: value.encode("latin-1")})
    assert answer.status_code == status, answer.text[:300]
    check_problem(answer, name if status == 422 else None)


async def test_a_foreign_secret_does_not_open_a_tenant(worlds, stranger):
    a, b = worlds
    _, _, secret = a.api.headers["authorization"].split("_", 2)
    forged = f"Bearer tcs_{b.tenant_id.hex}_{secret}"
    answer = await stranger.get(LIST, headers={"Authorization": forged})
    assert answer.status_code == 401


@pytest.mark.parametrize("value", ["junk", "W/", '"', "*", '"999999999999999999999"', '"1", "2"', "é"])
async def test_if_match_of_any_kind(value, worlds):
    a = worlds[0].anew()
    path = f"{LIST}/{await a.id('incident')}"
    answer = await a.api.put(path, json={"impact": a.text()}, headers={"If-Match": value.encode("latin-1")})
    assert answer.status_code in (200, 412, 422), answer.text[:300]


FILE_NAMES = [
    'a"b.txt',
    "a\r\nX-Evil: 1.txt",
    "a\x00b.txt",
    "../../x.txt",
    "/etc/passwd",
    "..\\x.txt",
    "%2e%2e%2fx.txt",
    "€ und 🙂.txt",
    "x" * 300 + ".txt",
    ".",
    "",
]


@pytest.mark.parametrize("name", FILE_NAMES)
async def test_file_names(name, worlds):
    a = worlds[0].anew()
    path = f"{LIST}/{await a.id('incident')}/attachments"
    disposition = b'form-data; name="file"; filename="' + name.replace('"', '\\"').encode() + b'"'
    body = b"--x\r\nContent-Disposition: " + disposition + b"\r\nContent-Type: text/plain\r\n\r\nhello\r\n--x--\r\n"
    answer = await a.api.post(path, content=body, headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert answer.status_code in (201, 400, 422), answer.text[:300]
    if answer.status_code == 201:
        await _served_safely(a, f"{path}/{answer.json()['id']}")


async def _served_safely(world, path):
    answer = await world.api.get(path)
    if answer.headers["content-type"].startswith("application/json"):
        answer = await world.api.get(path + "/content")
    assert answer.status_code == 200
    assert answer.content == b"hello"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "x-evil" not in answer.headers


FORMS = [
    ("no boundary", b"hello", "multipart/form-data", (400, 415, 422)),
    ("another boundary", b"--y\r\n\r\n--y--", "multipart/form-data; boundary=x", (400, 422)),
    ("nothing", b"", "multipart/form-data; boundary=x", (400, 422)),
    ("no file", b'--x\r\nContent-Disposition: form-data; name="other"\r\n\r\n1\r\n--x--\r\n', None, (422,)),
    (
        "empty file",
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n\r\n--x--\r\n',
        None,
        (422,),
    ),
    (
        "10,000 parts",
        b"".join(b'--x\r\nContent-Disposition: form-data; name="a%d"\r\n\r\n1\r\n' % n for n in range(10_000))
        + b"--x--\r\n",
        None,
        (400, 413, 422),
    ),
    ("JSON", b"{}", "application/json", (415,)),
]


@pytest.mark.parametrize("name, body, content_type, statuses", FORMS, ids=[row[0] for row in FORMS])
async def test_forms(name, body, content_type, statuses, worlds):
    a = worlds[0]
    path = f"{LIST}/{await a.id('incident')}/attachments"
    kind = content_type or "multipart/form-data; boundary=x"
    answer = await a.api.post(path, content=body, headers={"Content-Type": kind})
    assert answer.status_code in statuses, answer.text[:300]
    check_problem(answer)


@pytest.mark.parametrize(
    "method, path, status", [("PATCH", LIST, 405), ("GET", "/api/nowhere", 404), ("GET", "/%00", 404)]
)
async def test_addresses_that_do_not_exist(method, path, status, worlds):
    answer = await worlds[0].api.request(method, path)
    assert answer.status_code == status
    check_problem(answer)
