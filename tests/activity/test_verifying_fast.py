"""What tells many times faster that an event is good says so of nothing that the rules do not."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, strategies as st

from tocsin.activity import rules
from tocsin.activity.service.digests import digests, link, values_hold

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


PREVIOUS = b"p" * 32


def as_row(facts: dict[str, Any], values: dict[str, Any], at: datetime, incident: UUID | None, seq: int) -> Any:
    """An event as it is recorded, after another one."""
    data = {key: {"value": value, "salt": "00ff" * 8} for key, value in values.items()}
    row: dict[str, Any] = {
        "stream": str(STREAM),
        "seq": seq,
        "hash": b"",
        "head_seq": seq,
        "head_hash": b"",
        "id": str(UUID(int=3)),
        "type": "SomethingHappened",
        "incident_id": incident and str(incident),
        "actor_id": None,
        "at": written(at),
        "source": "api",
        "facts": facts,
        "commitments": {key: rules.commitment(kept["salt"], kept["value"]) for key, kept in data.items()},
        "data": data,
    }
    digest = rules.digest(
        tenant=str(TENANT),
        stream=str(STREAM),
        event_id=row["id"],
        type_=row["type"],
        incident=row["incident_id"],
        actor=None,
        at=at,
        source="api",
        facts=facts,
        commitments=row["commitments"],
    )
    return row | {"hash": rules.link(PREVIOUS, seq, digest)}


def written(at: datetime) -> str:
    """As PostgreSQL writes it: no more digits than needed, no minutes of the zone."""
    text = at.isoformat(" ", "microseconds" if at.microsecond else "seconds").removesuffix("+00:00")
    return (text.rstrip("0") if at.microsecond else text) + "+00"


def as_read(row: Any) -> tuple[Any, ...]:
    """A row as the database answers it: JSON as texts."""
    return tuple(json.dumps(value) if isinstance(value, dict | list) else value for value in row.values())


def holds(row: Any, seq: int = 4) -> bool:
    """What is told fast, of one event."""
    ((digest, commitments, data),) = digests(str(TENANT), [as_read(row)])
    fits = digest is not None and rules.link(PREVIOUS, row["seq"], digest) == row["hash"]
    return row["seq"] == seq and fits and values_hold(data, commitments)


def is_good(row: Any) -> bool:
    """What the rules say of it."""
    item = link(str(TENANT), as_read(row))
    return item is not None and rules.Chain(3, PREVIOUS).take(item) is None


@given(
    facts=st.dictionaries(TEXTS, PLAIN, max_size=4),
    texts=st.dictionaries(TEXTS, TEXTS, max_size=3),
    at=MOMENTS,
    incident=st.sampled_from([None, STREAM]),
)
def test_what_was_recorded_holds(facts, texts, at, incident):
    row = as_row(facts, texts, at, incident, 4)
    assert holds(row)
    assert is_good(row)


@given(facts=st.dictionaries(TEXTS, PLAIN, max_size=4), other=st.dictionaries(TEXTS, ANY, max_size=4), at=MOMENTS)
def test_other_facts_never_hold(facts, other, at):
    row = as_row(facts, {}, at, None, 4)
    changed = row | {"facts": other}
    assert is_good(changed) or not holds(changed)


@given(value=ANY, other=ANY)
def test_other_values_never_hold(value, other):
    row = as_row({}, {"note": value}, datetime(2026, 11, 1, tzinfo=UTC), None, 4)
    changed = row | {"data": {"note": row["data"]["note"] | {"value": other}}}
    assert is_good(changed) or not holds(changed)


GOOD = as_row({"number": 1}, {"note": "text"}, datetime(2026, 11, 1, tzinfo=UTC), None, 4)
NOTE = GOOD["data"]["note"]


@pytest.mark.parametrize(
    "change",
    [
        {"seq": 5},
        {"type": "Another"},
        {"source": "web"},
        {"incident_id": str(STREAM)},
        {"actor_id": str(STREAM)},
        {"id": str(UUID(int=4))},
        {"at": "2026-11-01 00:00:00.000001+00"},
        {"at": "2026-11-01 00:00:00+01"},
        {"at": "2026-11-01 00:00:00+00 BC"},
        {"at": "12026-11-01 00:00:00+00"},
        {"at": "infinity"},
        {"hash": b"x" * 32},
        {"commitments": {}},
        {"commitments": []},
        {"facts": '{"number": 1e400}'},
        {"facts": f'{{"number": {"9" * 5000}}}'},
        {"facts": "[" * 100_000 + "]" * 100_000},
        {"data": []},
        {"data": ["note"]},
        {"data": {"note": "text"}},
        {"data": {"note": NOTE | {"more": 1}}},
        {"data": {"note": NOTE | {"salt": NOTE["salt"].upper()}}},
        {"data": {"note": NOTE | {"salt": " " + NOTE["salt"]}}},
        {"data": {"note": NOTE | {"salt": ""}}},
        {"data": {"note": NOTE | {"salt": None}}},
        {"data": {"other": NOTE}},
        {"data": GOOD["data"] | {"more": NOTE}},
    ],
)
def test_nothing_else_holds(change):
    assert holds(GOOD)
    assert is_good(GOOD)
    assert not holds(GOOD | change)
    assert not is_good(GOOD | change)


def test_what_cannot_be_told_fast_is_left_to_the_rules():
    number = as_row({}, {"note": 1e16}, datetime(2026, 11, 1, tzinfo=UTC), None, 4)
    assert not holds(number)
    assert is_good(number)
