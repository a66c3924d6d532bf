"""The chain: whatever is changed, dropped, moved, cut or added is found; what is erased is not missed."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from tocsin.activity import rules

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)
FEW = settings(max_examples=25, deadline=None)
KEYS = st.text("abcdef", min_size=1, max_size=4)


@dataclasses.dataclass(frozen=True)
class Recorded:
    """An event as the table holds it."""

    event_id: str
    type_: str
    actor: str | None
    at: datetime
    facts: dict[str, Any]
    commitments: dict[str, str]
    data: dict[str, Any]


@st.composite
def events(draw: st.DrawFn) -> Recorded:
    texts = draw(st.dictionaries(KEYS, JSON, max_size=3))
    data = {
        key: {"value": value, "salt": draw(st.binary(min_size=16, max_size=16)).hex()} for key, value in texts.items()
    }
    return Recorded(
        event_id=str(draw(st.uuids())),
        type_=draw(st.sampled_from(["IncidentCreated", "CommentAdded"])),
        actor=draw(st.none() | st.uuids().map(str)),
        at=draw(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1))).replace(tzinfo=UTC),
        facts=draw(st.dictionaries(KEYS, JSON, max_size=3)),
        commitments={key: rules.commitment(str(kept["salt"]), kept["value"]) for key, kept in data.items()},
        data=data,
    )


CHAINS = st.lists(events(), min_size=1, max_size=4, unique_by=lambda event: event.event_id)


def digest(event: Recorded, stream: str = "s") -> bytes:
    about = dataclasses.asdict(event)
    del about["data"]
    return rules.digest(tenant="t", stream=stream, incident=None, source="api", **about)


def chain(recorded: list[Recorded]) -> list[rules.Link]:
    links: list[rules.Link] = []
    previous = rules.START
    for seq, event in enumerate(recorded, start=1):
        previous = rules.link(previous, seq, digest(event))
        links.append(rules.Link(event.event_id, seq, digest(event), previous, event.commitments, event.data))
    return links


def head(links: list[rules.Link]) -> tuple[int, bytes]:
    return links[-1].seq, links[-1].hash


@FEW
@given(CHAINS)
def test_a_whole_chain_verifies(recorded):
    links = chain(recorded)
    assert rules.verify(links, *head(links)) is None


CHANGES = {
    "event_id": lambda _: "another",
    "type_": lambda event: event.type_ + "x",
    "actor": lambda _: "another",
    "at": lambda event: event.at + timedelta(microseconds=1),
    "facts": lambda event: {**event.facts, "zz": 1},
    "commitments": lambda event: {**event.commitments, "zz": "00"},
}


@pytest.mark.parametrize("field", CHANGES)
@FEW
@given(CHAINS, st.data())
def test_any_change_is_found(field, recorded, data):
    links = chain(recorded)
    index = data.draw(st.integers(0, len(links) - 1))
    changed = dataclasses.replace(recorded[index], **{field: CHANGES[field](recorded[index])})
    forged = list(links)
    forged[index] = dataclasses.replace(links[index], digest=digest(changed), commitments=changed.commitments)
    broken = rules.verify(forged, *head(links))
    assert broken is not None
    assert broken.seq == index + 1


@FEW
@given(CHAINS, st.data())
def test_a_dropped_event_is_found(recorded, data):
    links = chain(recorded)
    index = data.draw(st.integers(0, len(links) - 1))
    assert rules.verify(links[:index] + links[index + 1 :], *head(links)) is not None


@FEW
@given(CHAINS, st.data())
def test_a_dropped_event_is_found_when_the_others_are_numbered_anew(recorded, data):
    links = chain(recorded)
    index = data.draw(st.integers(0, len(links) - 1))
    rest = links[:index] + links[index + 1 :]
    forged = [dataclasses.replace(item, seq=seq) for seq, item in enumerate(rest, start=1)]
    assert rules.verify(forged, *head(links)) is not None


@FEW
@given(CHAINS.filter(lambda recorded: len(recorded) > 1), st.data())
def test_events_in_another_order_are_found(recorded, data):
    links = chain(recorded)
    index = data.draw(st.integers(0, len(links) - 2))
    one, two = links[index], links[index + 1]
    moved = list(links)
    moved[index], moved[index + 1] = dataclasses.replace(two, seq=one.seq), dataclasses.replace(one, seq=two.seq)
    assert rules.verify(moved, *head(links)) is not None


@FEW
@given(CHAINS, st.data())
def test_a_cut_tail_is_found(recorded, data):
    links = chain(recorded)
    kept = data.draw(st.integers(0, len(links) - 1))
    assert rules.verify(links[:kept], *head(links)) is not None


@FEW
@given(CHAINS, events())
def test_an_added_event_is_found(recorded, more):
    links = chain(recorded)
    assert rules.verify(chain([*recorded, more]), *head(links)) is not None


@FEW
@given(CHAINS)
def test_a_stream_without_its_head_is_found(recorded):
    assert rules.verify(chain(recorded), None, None) is not None


@FEW
@given(CHAINS, st.data(), JSON)
def test_a_value_without_commitment_is_found(recorded, data, value):
    links = chain(recorded)
    index = data.draw(st.integers(0, len(links) - 1))
    added = {**links[index].data, "zz": {"value": value, "salt": "00" * 16}}
    links[index] = dataclasses.replace(links[index], data=added)
    broken = rules.verify(links, *head(links))
    assert broken is not None
    assert "commitment" in broken.why


@FEW
@given(CHAINS.filter(lambda recorded: any(event.data for event in recorded)), st.data())
def test_another_value_under_the_same_commitment_is_found(recorded, data):
    links = chain(recorded)
    index = data.draw(st.sampled_from([n for n, event in enumerate(recorded) if event.data]))
    key = data.draw(st.sampled_from(sorted(links[index].data)))
    kept = links[index].data[key]
    salts = [{**kept, "salt": salt} for salt in ("00", "no salt", "", 7, None)]
    forged = data.draw(
        st.sampled_from([{**kept, "value": [kept["value"]]}, {**kept, "more": 1}, kept["value"], *salts])
    )
    links[index] = dataclasses.replace(links[index], data={**links[index].data, key: forged})
    assert rules.verify(links, *head(links)) is not None


@FEW
@given(CHAINS, st.data())
def test_erased_values_are_not_missed(recorded, data):
    links = chain(recorded)
    for index, item in enumerate(links):
        gone = data.draw(st.sets(st.sampled_from(sorted(item.data)))) if item.data else set()
        left = {key: kept for key, kept in item.data.items() if key not in gone}
        links[index] = dataclasses.replace(item, data=left)
    assert rules.verify(links, *head(links)) is None


@FEW
@given(JSON)
def test_a_commitment_depends_on_its_salt(value):
    assert rules.commitment("00" * 16, value) != rules.commitment("01" * 16, value)


@FEW
@given(events())
def test_the_time_zone_of_a_moment_does_not_matter(event):
    from datetime import timezone

    moved = dataclasses.replace(event, at=event.at.astimezone(timezone(timedelta(hours=5, minutes=30))))
    assert digest(moved) == digest(event)
    assert digest(event) != digest(event, stream="another")
