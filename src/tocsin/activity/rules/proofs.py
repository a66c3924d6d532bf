"""A proof file: the events of one incident, and that they are all there were when an anchor was signed.

Whoever has the file can check it without a database and without trusting the server: every hash is computed again, up to
the root that the anchor's signature covers. The file has one form only, so that no byte of it can be changed unnoticed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn
from uuid import UUID

from tocsin.activity.rules import merkle
from tocsin.activity.rules.anchors import Anchor, Verifier, key_id, statement
from tocsin.activity.rules.chain import START, Link, digest, link, values_broken

FORMAT = "tocsin audit proof 1"
_PARTS = {"anchor", "events", "format", "incident", "merkle", "public_key", "tenant"}
_INCIDENT = {"id", "reference_code"}
_MERKLE = {"index", "path"}
_ANCHOR = {"at", "key_id", "number", "position", "previous", "root", "signature", "size"}
_EVENT = {"actor", "at", "commitments", "facts", "hash", "id", "incident", "seq", "source", "type"}


class Unproven(Exception):
    """Why a file proves nothing, in a sentence."""


@dataclass(frozen=True, slots=True)
class Proven:
    """What a file proves: these events of an incident, and no others, were recorded when its anchor was signed."""

    tenant: str
    reference_code: str
    events: int
    values: int
    anchored_at: datetime
    key_id: str


def write(document: dict[str, Any]) -> bytes:
    """The one form of a proof file: JSON with sorted keys, one indented line for each value."""
    return (json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n").encode()


def check(content: bytes, is_signed: Verifier) -> Proven:
    """What a proof file proves. Raises `Unproven` with what is wrong."""
    document = _read(content)
    last, values = _check_events(document)
    anchor = _anchor(document)
    steps = document["merkle"]
    where = _number(steps["index"]), [_hex(step, 32) for step in _list(steps["path"])]
    item = merkle.leaf(_uuid(document["incident"]["id"]).bytes, len(document["events"]), last)
    if merkle.climb(item, where[0], anchor.size, where[1]) != anchor.root:
        _fail(
            "The events are not those that were anchored: some were left out or added, or the path to the root was changed."
        )
    public = _hex(document["public_key"], 32)
    if key_id(public) != anchor.key_id:
        _fail("The public key is not the one that the anchor names.")
    if not is_signed(public, statement(anchor), anchor.signature):
        _fail("The signature does not fit: the anchor was changed, or somebody else signed it.")
    code = document["incident"]["reference_code"]
    return Proven(anchor.tenant, code, len(document["events"]), values, anchor.at, anchor.key_id)


def _fail(why: str) -> NoReturn:
    raise Unproven(why)


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def _read(content: bytes) -> dict[str, Any]:
    try:
        document = json.loads(content.decode("utf-8"), parse_constant=_refuse)
        is_as_written = write(document) == content
    except (ValueError, RecursionError):
        _fail("The file cannot be read: it is not JSON.")
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        _fail("The file is no proof of Tocsin.")
    if not is_as_written:
        _fail("The file is not as it was written: it was changed, or another program has put it into another form.")
    for part, names in (("incident", _INCIDENT), ("merkle", _MERKLE), ("anchor", _ANCHOR)):
        _named(document.get(part), names, part)
    _named(document, _PARTS, "file")
    return document


def _check_events(document: dict[str, Any]) -> tuple[bytes, int]:
    """The hash of the last event, and how many values are shown with their commitments."""
    tenant, incident = str(_uuid(document["tenant"])), str(_uuid(document["incident"]["id"]))
    previous, values = START, 0
    events = _list(document["events"])
    for seq, event in enumerate(events, start=1):
        _named(event, _EVENT, f"event {seq}", ("values",))
        if type(event["seq"]) is not int or event["seq"] != seq:
            _fail(f"Event {seq} is missing, or the events are in another order.")
        hash_ = link(previous, seq, _digest(event, tenant, incident))
        if hash_ != _hex(event["hash"], 32):
            _fail(f"Event {seq} was changed, added or moved.")
        given = event.get("values", {})
        if not given and "values" in event:
            _fail(f"The values of event {seq} are not those of a proof: they were changed.")
        item = Link(event["id"], seq, b"", hash_, event["commitments"], given)
        if (why := values_broken(item)) is not None:
            _fail(f"In event {seq} {why}.")
        previous, values = hash_, values + len(given)
    code = document["incident"]["reference_code"]
    if not events or not isinstance(code, str) or events[0]["facts"].get("reference_code") != code:
        _fail("The reference code is not the one that the incident was created with.")
    return previous, values


def _digest(event: dict[str, Any], tenant: str, incident: str) -> bytes:
    try:
        at = _moment(event["at"])
        if event["incident"] != incident or not all(isinstance(event[name], dict) for name in ("facts", "commitments")):
            raise ValueError
        return digest(
            tenant=tenant,
            stream=incident,
            event_id=event["id"],
            type_=event["type"],
            incident=event["incident"],
            actor=event["actor"],
            at=at,
            source=event["source"],
            facts=event["facts"],
            commitments=event["commitments"],
        )
    except ValueError:
        _fail(f"Event {event['seq']} was changed, added or moved.")


def _anchor(document: dict[str, Any]) -> Anchor:
    given = document["anchor"]
    numbers = {name: _number(given[name]) for name in ("number", "position", "size")}
    if not isinstance(given["key_id"], str):
        _fail("The anchor was changed.")
    try:
        at = _moment(given["at"])
    except ValueError:
        _fail("The anchor was changed.")
    return Anchor(
        tenant=document["tenant"],
        at=at,
        root=_hex(given["root"], 32),
        previous=_hex(given["previous"], 32),
        key_id=given["key_id"],
        signature=_hex(given["signature"], 64),
        **numbers,
    )


def _named(value: Any, names: set[str], what: str, more: tuple[str, ...] = ()) -> None:
    if not isinstance(value, dict) or set(value) - set(more) != names:
        _fail(f"The {what} does not hold what a proof must: it was changed.")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else _fail("A list is missing: the file was changed.")


def _number(value: Any) -> int:
    return value if type(value) is int and 0 <= value < 2**63 else _fail("A number is missing: the file was changed.")


def _hex(text: Any, size: int) -> bytes:
    """The bytes written in hexadecimal digits, in lower case."""
    try:
        found = bytes.fromhex(text)
        if found.hex() == text and len(found) == size:
            return found
    except (TypeError, ValueError):
        pass
    _fail("A hash, key or signature is not written as one: the file was changed.")


def _uuid(text: Any) -> UUID:
    try:
        found = UUID(text)
        if str(found) == text:
            return found
    except (TypeError, ValueError, AttributeError):
        pass
    _fail("An id is not written as one: the file was changed.")


def _moment(text: Any) -> datetime:
    """A time as it is hashed. Raises `ValueError` for any other way to write it."""
    found = datetime.fromisoformat(str(text))
    if found.utcoffset() or found.isoformat(timespec="microseconds") != text or found.tzinfo is None:
        raise ValueError("not as it is hashed")
    return found.astimezone(UTC)
