"""Tables as files: CSV line by line, Excel workbooks row by row in constant memory.

Text is neutralised (`rules.neutral`), so that no cell is a formula wherever the file is opened. CSV is UTF-8 with a byte order
mark, which Excel needs and others skip, comma separated, lines end in CR LF (RFC 4180).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from io import StringIO
from typing import IO, Any

from xlsxwriter import Workbook

from tocsin.reports.rules import neutral

Cell = str | int | float | bool | datetime | None
BOM = "\ufeff"
MOST_ROWS = 1_048_575
"""Rows below the header that one sheet of a workbook takes."""
LONGEST = 32_767
"""Characters that one cell of a workbook takes."""


def csv_lines(rows: Iterable[Sequence[Cell]], *, first: bool = False) -> bytes:
    """Rows as lines of CSV; with `first` the mark of the file's beginning before them."""
    out = StringIO(newline="")
    csv.writer(out).writerows([_plain(cell) for cell in row] for row in rows)
    return ((BOM if first else "") + out.getvalue()).encode()


def _plain(cell: Cell) -> str | int | float:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return neutral(cell) if isinstance(cell, str) else cell


class Book:
    """A workbook being written to a file. Times are UTC cells; rows past what a sheet takes go on in a next one."""

    def __init__(self, file: IO[bytes], title: str, header: Sequence[str]) -> None:
        self._title = title
        self._header = header
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self._book: Any = Workbook(file, options)
        self._bold = self._book.add_format({"bold": True})
        self._moment = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._sheets = 0
        self._open()

    def _open(self) -> None:
        self._sheets += 1
        name = self._title if self._sheets == 1 else f"{self._title} {self._sheets}"
        self._sheet: Any = self._book.add_worksheet(name)
        self._sheet.freeze_panes(1, 0)
        for column, text in enumerate(self._header):
            self._sheet.write_string(0, column, text, self._bold)
        self._row = 0

    def write(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Add rows."""
        for row in rows:
            if self._row == MOST_ROWS:
                self._open()
            self._row += 1
            for column, cell in enumerate(row):
                self._write(column, cell)

    def _write(self, column: int, cell: Cell) -> None:
        if cell is None:
            return
        if isinstance(cell, bool):
            self._sheet.write_boolean(self._row, column, cell)
        elif isinstance(cell, int | float):
            self._sheet.write_number(self._row, column, cell)
        elif isinstance(cell, datetime):
            self._sheet.write_datetime(self._row, column, cell.astimezone(UTC).replace(tzinfo=None), self._moment)
        else:
            self._sheet.write_string(self._row, column, neutral(cell)[:LONGEST])

    def close(self) -> None:
        """Finish the file."""
        self._book.close()
