"""Values as Structs: what does not fit is refused with its field named, the same way wherever a value comes from."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from tocsin.base.errors import N_, Invalid, invalid

T = TypeVar("T")
MISSING = N_("This field is required.")
UNKNOWN = N_("There is no such field here.")


def fit(value: Any, target: type[T], under: str = "", *, strict: bool = True) -> T:
    """A decoded value as `target`. Raises `Invalid` naming the field, below `under` where the value is a part of a whole.

    Without `strict`, texts are read as numbers and truth values too, as forms and queries send them.
    """
    try:
        return msgspec.convert(value, target, strict=strict)
    except msgspec.ValidationError as error:
        raise unfit(error, under) from None


def unfit(error: msgspec.ValidationError, under: str = "") -> Invalid:
    """What doesn't fit, as a refusal that names the field; `body` where it is the whole."""
    path, text = told(error)
    if text.startswith("Object missing required field"):
        text = MISSING
    elif text.startswith("Object contains unknown field"):
        text = UNKNOWN
    else:
        text += "."
    return invalid(_joined(under, path) or "body", text)


def told(error: msgspec.ValidationError) -> tuple[str, str]:
    """Where and what msgspec found: the field's path, a missing or unknown field's own too, and its words without the path."""
    text, _, where = str(error).partition(" - at `")
    path = where.rstrip("`").removeprefix("key` in `").removeprefix("$").removeprefix(".").replace("[...]", "")
    if text.startswith(("Object missing required field", "Object contains unknown field")):
        path = _joined(path, text.split("`")[1])
    return path, text


def _joined(under: str, path: str) -> str:
    return f"{under}{path}" if not under or not path or path.startswith("[") else f"{under}.{path}"
