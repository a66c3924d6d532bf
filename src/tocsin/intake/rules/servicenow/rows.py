"""The lines of an event log as typed rows; what cannot be read is refused with its line and the reason."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tocsin.base.text import is_storable

REQUIRED = ("number", "incident_state", "opened_at", "sys_updated_at")
# The columns of the public log (UCI "Incident management process enriched event log"), in its order.
_LOG = (
    "number incident_state active reassignment_count reopen_count sys_mod_count made_sla caller_id opened_by opened_at "
    "sys_created_by sys_created_at sys_updated_by sys_updated_at contact_type location category subcategory u_symptom "
    "cmdb_ci impact urgency priority assignment_group assigned_to knowledge u_priority_confirmation notify problem_id "
    "rfc vendor caused_by closed_code resolved_by resolved_at closed_at"
)
COLUMNS = tuple(_LOG.split())
DELIMITERS = ",;\t|"
MAX_FIELD = 1_000  # characters of one field
MAX_NUMBER = 100  # characters of an incident's number
MAX_LINE = 100_000  # characters of one record; csv itself gives up at 131,072 in one field
MAX_RECORD_LINES = 20  # physical lines of one quoted record; beyond that a quote was never closed
YEARS = range(1970, 2101)

_LOCAL = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})?")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was left out: its line in the file (the header is line 1), its incident if readable, and why."""

    line: int
    reason: str
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """Something odd that was kept or repaired, told in the closing report."""

    line: int
    text: str
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One update of one incident. `fields` holds the known columns to the letter, without the unknown (`?`) ones."""

    line: int
    number: str
    updated_at: datetime
    opened_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    mod_count: int
    reopen_count: int
    fields: tuple[tuple[str, str], ...]

    def get(self, column: str) -> str | None:
        """The column's text to the letter; None when unknown."""
        for name, value in self.fields:
            if name == column:
                return value
        return None


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a file says: its good rows in file order, its refused ones, and what is worth telling."""

    rows: tuple[Row, ...]
    refused: tuple[Refusal, ...]
    notes: tuple[Note, ...]
    rows_read: int


class Unreadable(ValueError):
    """A value that cannot be what its column says; the text is the reason in the report."""


def parse_date(text: str) -> datetime:
    """A UTC time from `dd-mm-yyyy hh:mm`, `dd/mm/yyyy hh:mm` or ISO 8601. Raises Unreadable."""
    plain = text.strip()
    local = _LOCAL.fullmatch(plain)
    try:
        if local:
            day, _, month, year, hour, minute, second = local.groups()
            found = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0), tzinfo=UTC)
        elif _ISO.fullmatch(plain):
            found = datetime.fromisoformat(plain)
            found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        else:
            raise ValueError
    except (ValueError, OverflowError):
        raise Unreadable(f"{_shown(text)} is not a date") from None
    if found.year not in YEARS:
        raise Unreadable(f"{_shown(text)} lies outside the years {YEARS.start} to {YEARS.stop - 1}")
    return found


def parse_rows(lines: Iterable[str]) -> Parsed:
    """The rows of an event log. Never raises for bad input: every row is either returned or refused.

    Reads comma, semicolon, tab or bar separated files, with or without a byte order mark.
    """
    records = _Physical(lines)
    header = _header(records)
    if isinstance(header, Refusal):
        return Parsed((), (header,), (), sum(1 for _ in records.rest()))
    names, delimiter, notes = header
    rows: list[Row] = []
    refused: list[Refusal] = []
    first_seen: dict[tuple[str, ...], int] = {}
    read = 0
    for line, cells in records.records(delimiter, len(names)):
        read += 1
        try:
            row = _row(line, names, cells, notes)
        except Unreadable as bad:
            refused.append(Refusal(line, str(bad), _number_of(names, cells)))
            continue
        twin = first_seen.setdefault(tuple(cells), line)
        if twin == line:
            rows.append(row)
        else:
            notes.append(Note(line, f"the same row as line {twin}, counted once", row.number))
    return Parsed(tuple(rows), tuple(refused), tuple(notes), read)


class _Physical:
    """Hands out logical CSV records from physical lines, one line at a time.

    A single reader over the whole file would let one stray quote swallow everything up to the next one; here the
    damage ends with the line it stands in.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._source = iter(lines)
        self._back: list[str] = []
        self.line = 0

    def next_line(self) -> str | None:
        """The next physical line, without its line break; None at the end."""
        text = self._back.pop() if self._back else next(self._source, None)
        if text is None:
            return None
        self.line += 1
        return text.rstrip("\r\n")

    def rest(self) -> Iterator[str]:
        """The remaining lines that are not blank."""
        while (text := self.next_line()) is not None:
            if text.strip():
                yield text

    def records(self, delimiter: str, width: int) -> Iterator[tuple[int, list[str]]]:
        """(line, cells) of every record; a record with a quote that never closes keeps its broken cells."""
        while (text := self.next_line()) is not None:
            if text.strip():
                yield self.line, self._cells(text, delimiter, width)

    def _cells(self, text: str, delimiter: str, width: int) -> list[str]:
        cells = _split(text, delimiter)
        if cells is not None:
            return cells
        if len(text) > MAX_LINE:
            return [text]
        more: list[str] = []
        while len(more) < MAX_RECORD_LINES and (following := self.next_line()) is not None:
            more.append(following)
            joined = _split("\n".join([text, *more]), delimiter)
            if joined is not None:
                if len(joined) == width:
                    return joined
                break
        self.line -= len(more)
        self._back.extend(reversed(more))
        return [text]


def _split(text: str, delimiter: str) -> list[str] | None:
    """The cells of one record; None when its quotes do not close."""
    try:
        lines = [f"{line}\n" for line in text.split("\n")]
        found = list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return found[0] if len(found) == 1 else None


def _header(records: _Physical) -> tuple[list[str], str, list[Note]] | Refusal:
    text = records.next_line()
    while text is not None and not text.lstrip("\ufeff").strip():
        text = records.next_line()
    if text is None:
        return Refusal(1, "the file is empty")
    line = records.line
    best: list[str] = []
    for delimiter in DELIMITERS:
        names = [name.strip().lower() for name in _split(text.lstrip("\ufeff"), delimiter) or []]
        if set(REQUIRED) <= set(names):
            return _checked_header(line, names, delimiter)
        if len(set(REQUIRED) & set(names)) > len(set(REQUIRED) & set(best)):
            best = names
    missing = ", ".join(name for name in REQUIRED if name not in best)
    return Refusal(line, f"the header names no column {missing}: not a ServiceNow incident event log")


def _checked_header(line: int, names: list[str], delimiter: str) -> tuple[list[str], str, list[Note]] | Refusal:
    doubled = sorted({name for name in names if name in COLUMNS and names.count(name) > 1})
    if doubled:
        return Refusal(line, f"the header names a column twice: {', '.join(doubled)}")
    notes = []
    absent = [name for name in COLUMNS if name not in names]
    if absent:
        notes.append(Note(line, f"the file has no column {', '.join(absent)}"))
    unknown = [name for name in names if name not in COLUMNS]
    if unknown:
        notes.append(Note(line, f"unknown columns are left out: {', '.join(_shown(name) for name in unknown)}"))
    return names, delimiter, notes


def _row(line: int, names: Sequence[str], cells: Sequence[str], notes: list[Note]) -> Row:
    _must_be_plain(names, cells)
    known = {name: cell for name, cell in zip(names, cells, strict=True) if name in COLUMNS and not is_unknown(cell)}
    number = known.get("number", "").strip()
    if not number:
        raise Unreadable("number is unknown")
    if len(number) > MAX_NUMBER:
        raise Unreadable(f"number is longer than {MAX_NUMBER} characters")
    updated_at = _date(known, "sys_updated_at")
    if updated_at is None:
        raise Unreadable("sys_updated_at is unknown")
    opened_at = _date(known, "opened_at")
    tell = _Teller(line, number, known, notes)
    return Row(
        line=line,
        number=number,
        updated_at=updated_at,
        opened_at=opened_at,
        resolved_at=tell.date("resolved_at"),
        closed_at=tell.date("closed_at"),
        mod_count=tell.count("sys_mod_count"),
        reopen_count=tell.count("reopen_count"),
        fields=tuple((name, known[name]) for name in COLUMNS if name in known),
    )


def _must_be_plain(names: Sequence[str], cells: Sequence[str]) -> None:
    if len(cells) == 1 and len(cells[0]) > MAX_LINE:
        raise Unreadable(f"the line is longer than {MAX_LINE} characters")
    if len(cells) == 1 and '"' in cells[0]:
        raise Unreadable("the quotation marks of this line do not pair up")
    if len(cells) != len(names):
        raise Unreadable(f"{len(cells)} fields where the header names {len(names)}")
    for name, cell in zip(names, cells, strict=True):
        if len(cell) > MAX_FIELD:
            raise Unreadable(f"{_shown(name)} is longer than {MAX_FIELD} characters")
        if "\x00" in cell:
            raise Unreadable(f"{_shown(name)} holds a NUL character")
        if not is_storable(cell):
            raise Unreadable(f"{_shown(name)} is not UTF-8 text")


class _Teller:
    """Reads the columns that a row can do without: a bad value is left out and told, the row stays."""

    def __init__(self, line: int, number: str, known: dict[str, str], notes: list[Note]) -> None:
        self._line, self._number, self._known, self._notes = line, number, known, notes

    def date(self, column: str) -> datetime | None:
        try:
            return _date(self._known, column)
        except Unreadable as bad:
            self._leave_out(column, str(bad))
            return None

    def count(self, column: str) -> int:
        text = self._known.get(column, "0").strip()
        # int() also reads other scripts' digits and underscores; a count in a log is neither.
        if text.isascii() and text.isdigit() and len(text) <= 9:
            return int(text)
        self._leave_out(column, f"{column}: {_shown(text)} is not a count")
        return 0

    def _leave_out(self, column: str, why: str) -> None:
        del self._known[column]
        self._notes.append(Note(self._line, f"{why}, taken as unknown", self._number))


def _date(known: dict[str, str], column: str) -> datetime | None:
    text = known.get(column)
    if text is None:
        return None
    try:
        return parse_date(text)
    except Unreadable as bad:
        raise Unreadable(f"{column}: {bad}") from None


def is_unknown(cell: str) -> bool:
    """True for what the log writes when it doesn't know: `?` or nothing."""
    return cell.strip() in ("", "?")


def _number_of(names: Sequence[str], cells: Sequence[str]) -> str | None:
    """The incident's number of a refused row, as far as it can be told and shown."""
    at = names.index("number")
    found = cells[at].strip()[:MAX_NUMBER] if at < len(cells) and len(cells) > 1 else ""
    return found if found and found != "?" and found.isprintable() else None


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "…")
