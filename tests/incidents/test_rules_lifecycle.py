"""The pure rules of the lifecycle."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given, strategies as st

from tocsin.incidents import rules

NOW = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "fits"),
    [
        ("*", True),
        ('"3"', True),
        ('"1", "3"', True),
        ('"3.0a1b2c3d"', True),
        ('"33.0a1b2c3d"', False),
        ('W/"3.0a1b2c3d"', False),
        ('W/"3"', False),
        ('"4"', False),
        ("3", False),
        ("", False),
        ('"3', False),
    ],
)
def test_if_match_is_compared_strongly(header: str, fits: bool) -> None:
    assert rules.matches(header, 3) is fits


@given(st.integers(1, 10**12))
def test_references_name_their_number(number: int) -> None:
    code = rules.reference_code("INC-", number)
    assert len(code) >= 10
    assert int(code.removeprefix("INC-")) == number


def test_what_a_change_of_status_means() -> None:
    def status(*, terminal: bool = False, resolved: bool = False, pauses: bool = False) -> rules.StatusFacts:
        return rules.StatusFacts(uuid4(), terminal, resolved, pauses)

    going, other, waiting = status(), status(), status(pauses=True)
    resolved, closed = status(resolved=True), status(terminal=True)
    assert rules.change_of_status(going, going) == "none"
    assert rules.change_of_status(going, other) == "transition"
    assert rules.change_of_status(going, waiting) == "pause"
    assert rules.change_of_status(waiting, other) == "resume"
    assert rules.change_of_status(waiting, resolved) == "resolve"
    assert rules.change_of_status(resolved, going) == "reopen"
    assert rules.change_of_status(resolved, closed) == "close"
    assert rules.change_of_status(closed, going) == "refuse-terminal"


@given(st.integers(0, 60), st.integers(0, 60))
def test_a_closed_incident_reopens_within_its_window_only(days: int, window: int) -> None:
    why_not = rules.may_reopen(
        is_terminal=True, is_resolved=False, closed_at=NOW - timedelta(days=days), now=NOW, window_days=window
    )
    assert (why_not is None) == (days <= window)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=6, unique=True))
def test_a_chain_of_delegation_never_closes_to_a_ring(order: list[int]) -> None:
    people = [UUID(int=n + 1) for n in range(6)]
    chain = [people[n] for n in order]
    held = rules.Held(uuid4(), chain[-1], "owner", tuple(reversed(chain[:-1])))
    for person in people:
        refused = rules.refuse_delegation([held], held, person) is not None
        assert refused == (person in chain)
        assert (rules.find_recalled([held], person) is held) == (person in chain[:-1])


def test_handed_on_work_falls_back_to_the_first_whose_time_has_come() -> None:
    near, far = UUID(int=1), UUID(int=2)
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    later = noon + timedelta(hours=1)
    assert rules.earlier(None, None) is None
    assert rules.earlier(noon, None) == rules.earlier(None, noon) == rules.earlier(later, noon) == noon
    assert rules.falls_back_to([(near, None), (far, noon)], noon) == far
    assert rules.falls_back_to([(near, noon), (far, later)], noon) == near
    assert rules.falls_back_to([(near, noon), (far, noon)], noon) == far
    assert rules.falls_back_to([(near, later), (far, None)], noon) is None
