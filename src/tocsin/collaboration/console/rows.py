"""Lists of rows in a form: a browser sends one list of values for each field, row after row.

Every row sends every field, so that the lists are as long as each other. `more` is one of the form's own buttons: `row`
adds one, `drop:2` takes the third away; it changes the form and saves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Row = dict[str, str]


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
