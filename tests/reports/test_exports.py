"""Exports: what is written reads back equal, nothing in it is a formula, and not everybody gets it."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest

from tests.conftest import Client, NewMember
from tests.incidents.steps import MakeClient, act, make
from tests.reports.steps import MEASURES, counted
from tocsin.reports import rules

EXPORT = "/api/reports/v1/export"
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "'=1", "=cmd|' /C calc'!A0", 'quo"te, comma', "Ünïcödé 🙂", "plain"]


def read_csv(answer: httpx.Response) -> list[list[str]]:
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def read_xlsx(content: bytes) -> list[dict[str, Any]]:
    """The cells of the first sheet of a workbook, by the standard's own words; formulas are not allowed."""
    name = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    found: list[dict[str, Any]] = []
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert not any("vba" in one.lower() or "external" in one.lower() for one in book.namelist())
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))
        assert sheet.find(f".//{name}f") is None
        for row in sheet.iter(f"{name}row"):
            cells: dict[str, Any] = {}
            for cell in row.iter(f"{name}c"):
                column = "".join(c for c in cell.attrib["r"] if c.isalpha())
                text = "".join(part.text or "" for part in cell.iter(f"{name}t"))
                value = cell.find(f"{name}v")
                cells[column] = (
                    text if cell.attrib.get("t") == "inlineStr" else (value.text if value is not None else None)
                )
            found.append(cells)
    return found


@pytest.fixture
async def filled(client: MakeClient) -> httpx.AsyncClient:
    admin = await client("admin")
    for title in FORMULAS:
        await make(admin, title, description=title, impact=title)
    first = await make(admin, "Done", priority="high")
    await act(admin, first, "resolve")
    return admin


async def test_incidents_read_back_equal(filled: httpx.AsyncClient) -> None:
    answer = await filled.get(f"{EXPORT}.csv?of=incidents&sort=created_at")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="tocsin-incidents.csv"'
    header, *rows = read_csv(answer)
    listed = (await filled.get("/api/incidents/v1/incidents?sort=created_at&limit=200")).json()["items"]
    assert len(rows) == len(listed) == len(FORMULAS) + 1
    for cells, one in zip(rows, listed, strict=True):
        assert not any(cell and cell[0] in rules.DANGEROUS for cell in cells)
        found = dict(zip(header, map(rules.original, cells), strict=True))
        assert found["title"] == one["title"]
        assert found["description"] == (one["description"] or "")
        assert found["impact"] == (one["impact"] or "")
        assert found["reference_code"] == one["reference_code"]
        assert found["status"] == one["status"]["name"]
        assert found["created_at"] == one["created_at"]
        assert found["resolved_at"] == (one["resolved_at"] or "")
        assert found["is_breached"] == str(one["sla"]["is_breached"]).lower()
        assert found["id"] == one["id"]


async def test_filters_narrow_an_export(filled: httpx.AsyncClient) -> None:
    rows = read_csv(await filled.get(f"{EXPORT}.csv?of=incidents&status=resolved"))
    assert [row[1] for row in rows[1:]] == ["Done"]
    book = read_xlsx((await filled.get(f"{EXPORT}.xlsx?of=incidents&priority=high")).content)
    assert [row["B"] for row in book] == ["title", "Done"]


async def test_a_workbook_says_the_same_as_the_csv(filled: httpx.AsyncClient) -> None:
    answer = await filled.get(f"{EXPORT}.xlsx?of=incidents&sort=created_at")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/vnd.openxmlformats")
    assert int(answer.headers["content-length"]) == len(answer.content)
    rows = read_csv(await filled.get(f"{EXPORT}.csv?of=incidents&sort=created_at"))
    book = read_xlsx(answer.content)
    assert [[row["A"], row["B"]] for row in book] == [row[:2] for row in rows]


async def test_the_measures_as_one_table(filled: httpx.AsyncClient) -> None:
    shown = (await filled.get(MEASURES, params={"period": "7d"})).json()
    header, *rows = read_csv(await filled.get(f"{EXPORT}.csv?period=7d"))
    assert header[:3] == ["measure", "by", "name"]
    plain = {row[0]: row[6] for row in rows if row[1] == ""}
    for name, figure in shown["figures"].items():
        assert plain[name] == (
            "" if figure["value"] is None else f"{figure['value']:g}" if figure["value"] % 1 else str(figure["value"])
        )
    hours = [int(row[6]) for row in rows if row[1] == "hour"]
    assert len(hours) == 168
    assert sum(hours) == shown["figures"]["created"]["value"]
    assert len(list(counted(shown))) > 100
    assert len(read_xlsx((await filled.get(f"{EXPORT}.xlsx?period=7d")).content)) == len(rows) + 1


async def test_many_pages(client: MakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    admin = await client("admin")
    made = [(await make(admin, f"No {n}"))["reference_code"] for n in range(7)]
    monkeypatch.setattr("tocsin.reports.service.exporting.MAX_LIMIT", 3)
    rows = read_csv(await admin.get(f"{EXPORT}.csv?of=incidents&sort=reference_code"))
    assert [row[0] for row in rows[1:]] == made
    book = read_xlsx((await admin.get(f"{EXPORT}.xlsx?of=incidents&sort=reference_code")).content)
    assert [row["A"] for row in book[1:]] == made


async def test_a_sheet_that_is_full_goes_on_in_a_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    from tocsin.reports import adapters

    monkeypatch.setattr(adapters, "MOST_ROWS", 2)
    file = io.BytesIO()
    book = adapters.Book(file, "Rows", ("n",))
    book.write([(n,) for n in range(5)])
    book.close()
    with zipfile.ZipFile(file) as found:
        assert [name for name in found.namelist() if name.startswith("xl/worksheets/sheet")] == [
            f"xl/worksheets/sheet{n}.xml" for n in (1, 2, 3)
        ]


@pytest.mark.parametrize(
    "query, field",
    [
        ("of=incidents&period=7d", "period"),
        ("of=measures&status=open", "status"),
        ("team=x", "team"),
        ("of=incidents&team=x", "team"),
        ("of=incidents&sort=title", "sort"),
        ("of=incidents&limit=5", "limit"),
        ("of=else", "of"),
        ("period=custom&from=junk", "from"),
        ("period=custom&from=2026-06-09&to=2026-06-01", "from"),
        ("of=incidents&created_hour=mon-09", "created_hour"),
        ("of=incidents&created_hour=mon-24&created_after=2026-01-01T00:00:00Z", "created_hour"),
        ("of=incidents&clock=late", "clock"),
        ("of=incidents&resolved_after=2026-01-01T00:00:00", "resolved_after"),
    ],
)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
async def test_bad_questions(client: MakeClient, kind: str, query: str, field: str) -> None:
    answer = await (await client("viewer")).get(f"{EXPORT}.{kind}?{query}")
    assert answer.status_code == 422, query
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_who_may(connect: Client, client: MakeClient, member: NewMember, database: Any, tenant: Any) -> None:
    person = await member("viewer")
    async with database.tenant(tenant.id) as tx:
        await tx.run(
            "update roles set permissions = '{reports.view}' where tenant_id = $1 and slug = 'viewer'", tenant.id
        )
    reader = connect(person.token)
    assert (await reader.get(f"{EXPORT}.csv")).status_code == 200
    assert (await reader.get(f"{EXPORT}.csv?of=incidents")).status_code == 403
    page = await reader.get("/reports")
    assert page.status_code == 200
    assert "/queue?" not in page.text
    assert "of=incidents" not in page.text
    assert (await (await client("reporter")).get(f"{EXPORT}.csv")).status_code == 403
