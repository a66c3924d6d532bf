"""What tells many times faster that an event is good says so of nothing that the rules do not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, strategies as st

from tocsin.activity import rules
from tocsin.activity.rules.chain import values_broken
from tocsin.activity.service.verifying import _holds

pytestmark = pytest.mark.pure

TENANT, STREAM = UUID(int=1), UUID(int=2)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
ANY = st.recursive(
    PLAIN | st.floats(allow_nan=False, allow_infinity=False), lambda inner: st.lists(inner, max_size=3), max_leaves=4
)
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC))


def as_row(facts: dict[str, Any], values: dict[str, Any], at: datetime, incident: UUID | None, seq: int) -> Any:
    """An event as it is recorded, after another one."""
    data = {key: {"value": value, "salt": "00ff" * 8} for key, value in values.items()}
    row = {
        "id": UUID(int=3),
        "stream": STREAM,
        "seq": seq,
        "type": "SomethingHappened",
        "incident_id": incident,
        "actor_id": None,
        "at": at,
        "source": "api",
        "facts": facts,
        "commitments": {key: rules.commitment(kept["salt"], kept["value"]) for key, kept in data.items()},
        "data": data,
    }
    return row | {"hash": rules.link(b"p" * 32, seq, digest(row))}


def digest(row: Any) -> bytes:
    return rules.digest(
        tenant=str(TENANT),
        stream=str(row["stream"]),
        event_id=str(row["id"]),
        type_=row["type"],
        incident=str(row["incident_id"]) if row["incident_id"] else None,
        actor=None,
        at=row["at"],
        source=row["source"],
        facts=row["facts"],
        commitments=row["commitments"],
    )


def holds(row: Any, seq: int = 4) -> bool:
    return _holds(str(TENANT), row, b"p" * 32, seq)


@given(
    facts=st.dictionaries(TEXTS, PLAIN, max_size=4),
    texts=st.dictionaries(TEXTS, TEXTS, max_size=3),
    at=MOMENTS,
    incident=st.sampled_from([None, STREAM]),
)
def test_what_was_recorded_holds(facts, texts, at, incident):
    assert holds(as_row(facts, texts, at, incident, 4))


@given(facts=st.dictionaries(TEXTS, PLAIN, max_size=4), other=st.dictionaries(TEXTS, ANY, max_size=4), at=MOMENTS)
def test_other_facts_never_hold(facts, other, at):
    row = as_row(facts, {}, at, None, 4)
    changed = row | {"facts": other}
    good = rules.link(b"p" * 32, 4, digest(changed)) == row["hash"]
    assert good or not holds(changed)


@given(value=ANY, other=ANY)
def test_other_values_never_hold(value, other):
    row = as_row({}, {"note": value}, datetime(2026, 11, 1, tzinfo=UTC), None, 4)
    changed = row | {"data": {"note": row["data"]["note"] | {"value": other}}}
    link = rules.Link("x", 4, b"", row["hash"], row["commitments"], changed["data"])
    assert values_broken(link) is None or not holds(changed)


GOOD = as_row({"number": 1}, {"note": "text"}, datetime(2026, 11, 1, tzinfo=UTC), None, 4)
NOTE = GOOD["data"]["note"]


@pytest.mark.parametrize(
    "change",
    [
        {"seq": 5},
        {"type": "Another"},
        {"source": "web"},
        {"incident_id": STREAM},
        {"actor_id": STREAM},
        {"id": UUID(int=4)},
        {"at": datetime(2026, 11, 1, 0, 0, 0, 1, tzinfo=UTC)},
        {"hash": b"x" * 32},
        {"commitments": {}},
        {"commitments": []},
        {"data": ["note"]},
        {"data": {"note": "text"}},
        {"data": {"note": NOTE | {"more": 1}}},
        {"data": {"note": NOTE | {"salt": NOTE["salt"].upper()}}},
        {"data": {"note": NOTE | {"salt": " " + NOTE["salt"]}}},
        {"data": {"note": NOTE | {"salt": None}}},
        {"data": {"other": NOTE}},
        {"data": GOOD["data"] | {"more": NOTE}},
    ],
)
def test_nothing_else_holds(change):
    assert holds(GOOD)
    assert not holds(GOOD | change)
