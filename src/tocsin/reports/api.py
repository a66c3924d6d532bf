"""`/api/reports/v1`: the measures of a period, and exports as CSV and Excel files."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from functools import partial
from typing import IO

from litestar.response import Stream

from tocsin.access import permissions
from tocsin.base.paging import Page
from tocsin.incidents.model import IncidentView
from tocsin.incidents.service.listing import ListQuery
from tocsin.reports import service
from tocsin.reports.adapters import Book, csv_lines
from tocsin.reports.model import ClockReport, Measures, Reality
from tocsin.reports.service import ExportQuery, MeasuresQuery, RealityQuery
from tocsin.reports.service.exporting import CLOCK_HEADER, INCIDENT_HEADER, MEASURE_HEADER
from tocsin.web.routes import Ctx, get

BASE = "/api/reports/v1"
MODULE = "reports"
CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_CHUNK = 64 * 1024


@get(f"{BASE}/measures", module=MODULE, permission=permissions.REPORTS_VIEW)
async def get_measures(ctx: Ctx, query: MeasuresQuery) -> Measures:
    """Count a period: what is open, came in, was resolved, how fast, and what missed its time."""
    return await service.measures(ctx.tx, ctx.actor, query)


@get(f"{BASE}/sla", module=MODULE, permission=permissions.REPORTS_VIEW)
async def get_clocks(ctx: Ctx, query: MeasuresQuery) -> ClockReport:
    """Count what was met, met with an extension, and missed in a period, by clock and priority. `as_of` and `unit` mean nothing here."""
    return await service.by_clock(ctx.tx, ctx.actor, query)


@get(f"{BASE}/reality", module=MODULE, permission=permissions.REPORTS_VIEW)
async def get_reality(ctx: Ctx, query: RealityQuery) -> Reality:
    """Compare our verdicts on imported incidents with those of the log that they came from."""
    return await service.reality(ctx.tx, ctx.actor, query)


@get(f"{BASE}/export.csv", module=MODULE, permission=permissions.REPORTS_VIEW, own_transactions=True, produces=CSV)
async def export_csv(ctx: Ctx, query: ExportQuery) -> Stream:
    """Export measures, what became of clocks, or the incidents of some filters, as CSV (UTF-8 with byte order mark).

    Text that a spreadsheet would take for a formula has an apostrophe before it.
    """
    asked, first = await _begin(ctx, query)
    headers = {"Content-Disposition": f'attachment; filename="tocsin-{query.of}.csv"', "X-Accel-Buffering": "no"}
    return Stream(_csv(ctx, asked, first), headers=headers, media_type=CSV)


@get(f"{BASE}/export.xlsx", module=MODULE, permission=permissions.REPORTS_VIEW, own_transactions=True, produces=XLSX)
async def export_xlsx(ctx: Ctx, query: ExportQuery) -> Stream:
    """Export measures, what became of clocks, or the incidents of some filters, as an Excel workbook. Times are UTC."""
    asked, first = await _begin(ctx, query)
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  closed by whoever sends it
    try:
        await _write_book(ctx, file, asked, first)
    except BaseException:
        file.close()
        raise
    headers = {
        "Content-Disposition": f'attachment; filename="tocsin-{query.of}.xlsx"',
        "Content-Length": str(file.seek(0, 2)),
    }
    file.seek(0)
    return Stream(_sent(file), headers=headers, media_type=XLSX)


async def _begin(ctx: Ctx, query: ExportQuery) -> tuple[ListQuery | None, Page[IncidentView] | Measures | ClockReport]:
    """The first page, before anything is sent: a refusal is still an answer then."""
    async with ctx.transaction() as tx:
        asked = service.check_export(ctx.actor, query)
        if isinstance(asked, MeasuresQuery):
            if query.of == "clocks":
                return None, await service.by_clock(tx, ctx.actor, asked)
            return None, await service.measures(tx, ctx.actor, asked)
        return asked, await service.incident_page(tx, ctx.actor, asked, None)


async def _pages(ctx: Ctx, asked: ListQuery, first: Page[IncidentView]) -> AsyncIterator[Page[IncidentView]]:
    """Every page, each in a short transaction that admits the caller anew."""
    page = first
    while True:
        yield page
        if page.next_cursor is None:
            return
        async with ctx.transaction() as tx:
            page = await service.incident_page(tx, ctx.actor, asked, page.next_cursor)


async def _csv(
    ctx: Ctx, asked: ListQuery | None, first: Page[IncidentView] | Measures | ClockReport
) -> AsyncIterator[bytes]:
    if isinstance(first, Measures):
        yield csv_lines([MEASURE_HEADER, *service.measure_sheet(first)], first=True)
        return
    if isinstance(first, ClockReport):
        yield csv_lines([CLOCK_HEADER, *service.clock_sheet(first)], first=True)
        return
    assert asked is not None
    yield csv_lines([INCIDENT_HEADER], first=True)
    async for page in _pages(ctx, asked, first):
        yield csv_lines(service.incident_sheet(page))


async def _write_book(
    ctx: Ctx, file: IO[bytes], asked: ListQuery | None, first: Page[IncidentView] | Measures | ClockReport
) -> None:
    if isinstance(first, Measures):
        book = Book(file, "Measures", MEASURE_HEADER)
        book.write(service.measure_sheet(first))
    elif isinstance(first, ClockReport):
        book = Book(file, "Clocks", CLOCK_HEADER)
        book.write(service.clock_sheet(first))
    else:
        assert asked is not None
        book = Book(file, "Incidents", INCIDENT_HEADER)
        async for page in _pages(ctx, asked, first):
            await asyncio.to_thread(book.write, list(service.incident_sheet(page)))
    await asyncio.to_thread(book.close)


async def _sent(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        while chunk := await asyncio.to_thread(partial(file.read, _CHUNK)):
            yield chunk


ENDPOINTS = (get_measures, get_clocks, get_reality, export_csv, export_xlsx)
