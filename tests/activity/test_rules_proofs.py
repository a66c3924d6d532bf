"""Proof files: what is true is proven, and no byte, event, value, path, anchor or key can be another one."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings, strategies as st

from tocsin.activity import rules
from tocsin.activity.adapters import Keys, is_signed
from tocsin.activity.rules import Anchor, Unproven, merkle

FEW = settings(max_examples=40, deadline=None)
TENANT, INCIDENT = str(UUID(int=7)), str(UUID(int=11))
AT = datetime(2026, 3, 4, 5, 6, 7, 890, tzinfo=UTC)


def keys(seed: int = 1) -> Keys:
    private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
    made = Keys(private, {})
    return Keys(private, {rules.key_id(made.own): made.own})


def events(count: int, values: bool = True) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    previous = rules.START
    for seq in range(1, count + 1):
        kept: dict[str, Any] = {
            "note": {"value": {"text": f"note {seq} é", "n": [1, 0.5, None]}, "salt": f"{seq:032x}"}
        }
        event: dict[str, Any] = {
            "id": str(UUID(int=100 + seq)),
            "type": "IncidentCreated" if seq == 1 else "CommentAdded",
            "incident": INCIDENT,
            "actor": str(UUID(int=3)) if seq % 2 else None,
            "source": "api",
            "facts": {"reference_code": "INC-000001"} if seq == 1 else {"seq": seq, "at": None},
            "commitments": {key: rules.commitment(one["salt"], one["value"]) for key, one in kept.items()},
        }
        about = {**event, "event_id": event["id"], "type_": event["type"]}
        digest = rules.digest(
            tenant=TENANT, stream=INCIDENT, at=AT, **{k: v for k, v in about.items() if k not in ("id", "type")}
        )
        previous = rules.link(previous, seq, digest)
        event |= {"seq": seq, "at": "2026-03-04T05:06:07.000890+00:00", "hash": previous.hex()}
        found.append(event | ({"values": kept} if values else {}))
    return found


def proof(count: int = 3, others: int = 4, *, seed: int = 1, values: bool = True) -> dict[str, Any]:
    told, own = events(count, values), keys(seed)
    heads = {UUID(int=number).bytes: (number, bytes([number]) * 32) for number in range(9, 9 + others) if number != 11}
    heads[UUID(INCIDENT).bytes] = (count, bytes.fromhex(told[-1]["hash"]))
    leaves = [merkle.leaf(stream, *heads[stream]) for stream in sorted(heads)]
    root = merkle.Root()
    for leaf in leaves:
        root.add(leaf)
    index = sorted(heads).index(UUID(INCIDENT).bytes)
    made = Anchor(
        tenant=TENANT,
        number=2,
        at=AT,
        position=40,
        size=len(leaves),
        root=root.value(),
        previous=b"\x05" * 32,
        key_id=rules.key_id(own.own),
    )
    plain = {name: getattr(made, name) for name in ("number", "position", "size", "key_id")}
    return {
        "format": "tocsin audit proof 1",
        "tenant": TENANT,
        "incident": {"id": INCIDENT, "reference_code": "INC-000001"},
        "events": told,
        "merkle": {"index": index, "path": [step.hex() for step in merkle.path(leaves, index)]},
        "anchor": plain
        | {"root": made.root.hex(), "previous": made.previous.hex(), "at": "2026-03-04T05:06:07.000890+00:00"}
        | {"signature": own.sign(rules.statement(made)).hex()},
        "public_key": own.own.hex(),
    }


def check(document: dict[str, Any]) -> rules.Proven:
    return rules.check(rules.write(document), is_signed)


@FEW
@given(st.integers(1, 6), st.integers(0, 9), st.booleans())
def test_what_is_true_is_proven(count: int, others: int, values: bool) -> None:
    found = check(proof(count, others, values=values))
    assert (found.reference_code, found.events, found.anchored_at) == ("INC-000001", count, AT)
    assert found.values == (count if values else 0)
    assert found.key_id == rules.key_id(keys().own)


def test_no_byte_of_a_file_can_be_another_one() -> None:
    content = rules.write(proof())
    for at in range(len(content)):
        for mask in (0x01, 0x20, 0x80):
            forged = content[:at] + bytes([content[at] ^ mask]) + content[at + 1 :]
            with pytest.raises(Unproven):
                rules.check(forged, is_signed)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_part_of_a_file_can_be_left_out_doubled_or_moved(data: st.DataObject) -> None:
    content = rules.write(proof())
    start = data.draw(st.integers(0, len(content) - 1))
    end = data.draw(st.integers(start + 1, len(content)))
    part, to = content[start:end], data.draw(st.integers(0, len(content)))
    rest = content[:start] + content[end:]
    for forged in (rest, content[:to] + part + content[to:], rest[:to] + part + rest[to:], content + part):
        if forged != content:
            with pytest.raises(Unproven):
                rules.check(forged, is_signed)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_rubbish_proves_nothing(content: bytes) -> None:
    with pytest.raises(Unproven):
        rules.check(content, is_signed)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=3,
)


@settings(max_examples=400, deadline=None)
@given(st.data(), JSON)
def test_no_value_can_be_another_one_of_any_type(data: st.DataObject, value: Any) -> None:
    document = proof()
    place: Any = document
    while True:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        inner = place[key]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.integers(0, 3)) == 0:
            break
        place = inner
    if inner == value and type(inner) is type(value):
        return
    place[key] = value
    content = (json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode("utf-8", "replace")
    with pytest.raises(Unproven):
        rules.check(content, is_signed)


def cut(document: dict[str, Any]) -> None:
    document["events"].pop()


def begin_later(document: dict[str, Any]) -> None:
    document["events"].pop(0)


def swap(document: dict[str, Any]) -> None:
    document["events"][1:3] = reversed(document["events"][1:3])


def rewrite(document: dict[str, Any]) -> None:
    """A whole chain made anew, as who may write into the database could."""
    document["events"] = events(3)
    document["events"][2]["facts"] = {"seq": 33, "at": None}
    event = {k: v for k, v in document["events"][2].items() if k not in ("values", "hash", "seq", "id", "type", "at")}
    about = {"event_id": document["events"][2]["id"], "type_": document["events"][2]["type"]}
    digest = rules.digest(tenant=TENANT, stream=INCIDENT, at=AT, **event, **about)
    before = bytes.fromhex(document["events"][1]["hash"])
    document["events"][2]["hash"] = rules.link(before, 3, digest).hex()


def other_signer(document: dict[str, Any]) -> None:
    document["public_key"] = keys(2).own.hex()


def other_signature(document: dict[str, Any]) -> None:
    document["anchor"]["signature"] = proof(3, 4, seed=2)["anchor"]["signature"]


def other_value(document: dict[str, Any]) -> None:
    document["events"][0]["values"]["note"]["value"]["text"] = "another"


def more_value(document: dict[str, Any]) -> None:
    document["events"][0]["values"]["more"] = {"value": 1, "salt": "00"}


def other_code(document: dict[str, Any]) -> None:
    document["incident"]["reference_code"] = "INC-000002"


def other_tree(document: dict[str, Any]) -> None:
    document["merkle"] = proof(3, 6)["merkle"]


def more(document: dict[str, Any]) -> None:
    document["remark"] = "trust me"


@pytest.mark.parametrize(
    "tamper, why",
    [
        (cut, "left out or added"),
        (begin_later, "Event 1 is missing"),
        (swap, "Event 2 is missing"),
        (rewrite, "left out or added"),
        (other_signer, "public key"),
        (other_signature, "signature does not fit"),
        (other_value, "value 'note' was changed"),
        (more_value, "'more' has no commitment"),
        (other_code, "reference code"),
        (other_tree, "path to the root"),
        (more, "does not hold what a proof must"),
    ],
)
def test_the_sentence_names_what_is_wrong(tamper: Callable[[dict[str, Any]], None], why: str) -> None:
    document = copy.deepcopy(proof())
    tamper(document)
    with pytest.raises(Unproven, match=why):
        check(document)


def test_another_form_of_the_same_file_is_told_apart_from_a_forgery() -> None:
    with pytest.raises(Unproven, match="another form"):
        rules.check(json.dumps(proof()).encode(), is_signed)
    with pytest.raises(Unproven, match="no proof of Tocsin"):
        rules.check(b'{"format": "x"}', is_signed)
    with pytest.raises(Unproven, match="not JSON"):
        rules.check(b"\x89PNG", is_signed)


def test_values_can_be_left_out_of_any_event() -> None:
    document = proof()
    del document["events"][1]["values"]
    assert check(document).values == 2


# -------------------------------------------------------------------------------------------------- rows of anchors


def row(count: int = 4) -> list[Anchor]:
    found: list[Anchor] = []
    for number in range(1, count + 1):
        unsigned = Anchor(
            tenant=TENANT,
            number=number,
            at=AT + timedelta(days=number),
            position=10 * number,
            size=number,
            root=bytes([number]) * 32,
            previous=rules.fingerprint(found[-1] if found else None),
            key_id=rules.key_id(keys().own),
        )
        found.append(replace(unsigned, signature=keys().sign(rules.statement(unsigned))))
    return found


def test_a_whole_row_holds() -> None:
    assert rules.check_row(row(), keys().known, is_signed) is None
    assert rules.check_row([], {}, is_signed) is None


CHANGES: dict[str, Callable[[Anchor], Any]] = {
    "tenant": lambda _: str(uuid4()),
    "at": lambda a: a.at + timedelta(microseconds=1),
    "position": lambda a: a.position + 1,
    "size": lambda a: a.size + 1,
    "root": lambda a: a.root[:-1] + b"\x00",
    "previous": lambda a: a.previous[:-1] + bytes([a.previous[-1] ^ 1]),
    "key_id": lambda _: rules.key_id(keys(2).own),
    "signature": lambda a: a.signature[:-1] + bytes([a.signature[-1] ^ 1]),
}


@pytest.mark.parametrize("field", CHANGES)
@pytest.mark.parametrize("index", range(4))
def test_any_change_of_an_anchor_is_found(field: str, index: int) -> None:
    anchors = row()
    anchors[index] = replace(anchors[index], **{field: CHANGES[field](anchors[index])})
    unfit = rules.check_row(anchors, keys().known | keys(2).known, is_signed)
    assert unfit is not None
    assert unfit.number == index + 1


@FEW
@given(st.permutations(range(4)), st.integers(0, 3))
def test_anchors_that_are_missing_or_moved_are_found(order: list[int], dropped: int) -> None:
    anchors = row()
    moved = [anchors[at] for at in order]
    assert (rules.check_row(moved, keys().known, is_signed) is None) == (order == [0, 1, 2, 3])
    rest = anchors[:dropped] + anchors[dropped + 1 :]
    unfit = rules.check_row(rest, keys().known, is_signed)
    assert (unfit is None) == (dropped == 3)  # the last one is missed by what was exported only
    anew = [replace(one, number=number) for number, one in enumerate(rest, start=1)]
    assert (rules.check_row(anew, keys().known, is_signed) is None) == (dropped == 3)


def test_an_unknown_key_is_named() -> None:
    unfit = rules.check_row(row(), keys(2).known, is_signed)
    assert unfit is not None
    assert rules.key_id(keys().own) in unfit.why


# ------------------------------------------------------------------------------------------------------------ nights

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu"]


@settings(max_examples=200, deadline=None)
@given(st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1)), st.sampled_from(ZONES))
def test_the_next_night_is_the_next_half_past_three(moment: datetime, name: str) -> None:
    now, zone = moment.replace(tzinfo=UTC), ZoneInfo(name)
    found = rules.next_night(now, zone)
    assert timedelta(0) < found - now <= timedelta(hours=49)  # a zone may skip a whole day
    local = found.astimezone(zone)
    assert (local.hour, local.minute) == (3, 30) or local.utcoffset() != (local - timedelta(hours=2)).utcoffset()
    assert rules.next_night(found - timedelta(microseconds=1), zone) == found
    assert rules.next_night(now.astimezone(timezone(timedelta(hours=9))), zone) == found
