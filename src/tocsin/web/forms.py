"""Forms of the console: reading what a browser sends, and the token that shows that it comes from our own page.

Beside its fields a form carries `_csrf` (the session's token, masked), `_back` (the page it stands on), `_form` (its name
on that page) and `_once` (made with the page: a second sending of the same form changes nothing).
"""

from __future__ import annotations

import base64
import binascii
import secrets
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from tocsin.base.errors import Malformed, UnsupportedMedia, invalid
from tocsin.base.fitting import told
from tocsin.base.reasons import FILL_IN, reason
from tocsin.web.fences import check_text
from tocsin.web.routes import Form

MOST_FIELDS = 2000
FAMILY = dict[str, list[str]]
"""The type of a field that stands for many."""
URLENCODED = "application/x-www-form-urlencoded"


class NoFields(msgspec.Struct, frozen=True):
    """Nothing but the button."""


class InUse(msgspec.Struct, frozen=True):
    """Whether something is in use from now on: an entry can be chosen, a rule counts, somebody may work here."""

    is_active: bool


def mask(token: str) -> str:
    """The token under a fresh pad: what a page says twice never looks the same, so compressing it gives nothing away."""
    raw = token.encode()
    pad = secrets.token_bytes(len(raw))
    return base64.urlsafe_b64encode(pad + bytes(a ^ b for a, b in zip(raw, pad, strict=True))).decode()


def is_token(given: str, expected: str) -> bool:
    """Whether a text is the token, masked or plain."""
    if secrets.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode()):
        return True
    try:
        raw = base64.urlsafe_b64decode(given.encode())
    except (binascii.Error, ValueError):
        return False
    half = len(raw) // 2
    plain = bytes(a ^ b for a, b in zip(raw[:half], raw[half:], strict=False))
    return secrets.compare_digest(plain, expected.encode())


def parse(raw: bytes, content_type: str) -> Form:
    """The form in a body. Raises `UnsupportedMedia`, `Malformed`, `Invalid` for text that cannot be kept."""
    if not raw and not content_type:  # a form that is nothing but its button
        return Form()
    if content_type.partition(";")[0].strip().lower() != URLENCODED:
        raise UnsupportedMedia("Send the form as it stands in the page.")
    try:
        pairs = parse_qsl(
            raw.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(raw),
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError as error:
        raise Malformed("The form cannot be read: {why}", why=error) from None
    return form_of(pairs)


def form_of(pairs: list[tuple[str, str]]) -> Form:
    """A form from its fields in their order. Line breaks become plain ones, as HTML sends them doubled."""
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        check_text(value, name)
        values.setdefault(name, []).append(value.replace("\r\n", "\n"))

    def taken(name: str) -> str | None:
        found = values.pop(name, None)
        return found[-1] if found else None

    token, back, form_name, once = (taken(name) for name in ("_csrf", "_back", "_form", "_once"))
    return Form(values, form_name or "", token, back, once)


def names_of(target: type[Any]) -> tuple[str, ...]:
    """The fields that a form's Struct takes; a family of them, such as `custom.site`, is named by its beginning `custom.`."""
    fields = msgspec.structs.fields(target)
    return tuple(f"{field.encode_name}." if field.type == FAMILY else field.encode_name for field in fields)


def fill(form: Form, target: type[Any]) -> Any:
    """The fields as a Struct: empty ones are left out, list fields collect all values. Raises `Invalid` by field.

    A field `custom` of the type `dict[str, list[str]]` collects `custom.<name>`, empty ones too: they may clear something.
    """
    wanted = {field.encode_name: field.type for field in msgspec.structs.fields(target)}
    given: dict[str, Any] = {}
    for name, values in form.values.items():
        family, _, member = name.partition(".")
        if member and wanted.get(family) == FAMILY:
            given.setdefault(family, {})[member] = [value for value in values if value != ""]
            continue
        if name not in wanted or wanted[name] == FAMILY:
            raise invalid(name, "There is no such field in this form.")
        if getattr(wanted[name], "__origin__", None) is list:
            given[name] = [value for value in values if value != ""]
        elif values[-1] != "":
            given[name] = values[-1]
    try:
        return msgspec.convert(given, target, strict=False)
    except msgspec.ValidationError as error:
        name, text = told(error)
        template, found = (FILL_IN, {}) if text.startswith("Object missing required field") else reason(text)
        raise invalid(name.partition("[")[0] or "form", template, **found) from None
