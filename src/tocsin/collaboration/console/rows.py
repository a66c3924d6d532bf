"""Lists of rows in a form: a browser sends one list of values for each field, row after row.

Every row sends every field, so that the lists are as long as each other. `more` is one of the form's own buttons: `row`
adds one, `drop:2` takes the third away; it changes the form and saves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tocsin.web.routes import Ctx

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A form with rows as it is shown: its other fields, its rows, and what is wrong with each of these."""

    values: dict[str, str]
    rows: list[Row]
    wrong: list[list[str]]


def sheet(
    ctx: Ctx,
    form: str,
    kept: tuple[dict[str, str], list[Row]],
    fields: Mapping[str, str],
    place: str,
    again: list[Row] | None = None,
) -> Sheet:
    """The form as it was sent when it was refused, or asked for more rows (`again`); else as it is `kept`."""
    values, found = kept
    failed = ctx.failed if ctx.failed is not None and ctx.failed.form.name == form else None
    sent = failed.form.values if failed is not None else ctx.form.values if again is not None else None
    if sent is not None:
        values = {name: sent.get(name, [""])[-1] for name in values}
        found = again if again is not None else read(sent, fields)
    errors = failed.errors if failed is not None else {}
    return Sheet(values, found, [errors_of(errors, f"{place}[{n}]") for n in range(len(found))])


def reshaped(ctx: Ctx, wish: str, fields: Mapping[str, str]) -> tuple[list[Row], int | None]:
    """The rows that were sent with one more or less, as a button wished; which one is gone."""
    found = read(ctx.form.values, fields)
    gone = dropped(wish, len(found))
    if gone is not None:
        found.pop(gone)
    elif wish == "row":
        found.append(dict(fields))
    return found, gone


def read(values: Mapping[str, Sequence[str]], fields: Mapping[str, str]) -> list[Row]:
    """The rows that were sent; `fields` are the names and what stands in a row that lacks one. Empty rows stay."""
    count = max((len(values.get(name, ())) for name in fields), default=0)
    return [
        {name: values[name][n] if n < len(values.get(name, ())) else other for name, other in fields.items()}
        for n in range(count)
    ]


def dropped(wish: str, count: int) -> int | None:
    """Which row a button takes away, if it is one that does."""
    what, _, place = wish.partition(":")
    known = what == "drop" and place.isascii() and place.isdigit() and len(place) < 4 and int(place) < count
    return int(place) if known else None


def errors_of(errors: Mapping[str, str], place: str) -> list[str]:
    """What is wrong with a row: what the service says of `place` and its fields."""
    return [said for field, said in errors.items() if field == place or field.startswith(f"{place}.")]
