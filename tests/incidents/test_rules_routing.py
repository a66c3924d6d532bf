"""Rules of routing: what fits is told, who gets it is fair, and nobody who is away ever gets anything."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given, strategies as st

from tocsin.incidents.rules.routing import Candidate, Conditions, Handed, Subject, choose, holds_word, judge, weight

A, B = UUID(int=1), UUID(int=2)
NAMES = {A: "Network", B: "High"}
AWAY = datetime(2030, 1, 1, tzinfo=UTC)
SUBJECT = Subject(
    category=A, priority=B, source="web", organization="Acme Ltd", text="The VPN is down", custom={"n": 3}
)


def test_each_condition_says_why() -> None:
    for conditions, matched, why in (
        (Conditions(), True, "It takes every incident."),
        (Conditions(categories=frozenset({A})), True, "The category is Network."),
        (Conditions(priorities=frozenset({A})), False, "The priority is High, not Network."),
        (Conditions(sources=frozenset({"web", "api"})), True, "The source is web."),
        (Conditions(organizations=("ACME  ltd",)), True, "The reporter's organisation is Acme Ltd."),
        (Conditions(organizations=("Other",)), False, "The reporter's organisation is Acme Ltd, not Other."),
        (Conditions(keywords=("lan", "vpn")), True, "The text holds “vpn”."),
        (Conditions(keywords=("lan",)), False, "The text holds none of: lan."),
        (Conditions(custom={"n": ("3", "4")}), True, "The field n is 3."),
        (Conditions(custom={"n": ("4",)}), False, "The field n is 3, not 4."),
        (Conditions(custom={"m": ("4",)}), False, "The field m is none, not 4."),
    ):
        verdict = judge(conditions, SUBJECT, NAMES)
        assert (verdict.matched, " ".join(said.text for said in verdict.because)) == (matched, why)


def test_words_are_whole() -> None:
    assert holds_word("The VPN-Gateway is down", "vpn gateway")
    assert not holds_word("The vpnet", "vpn")
    assert holds_word("(a+)+$ in a regex", "(a+)+$")
    assert holds_word("Straße gesperrt", "STRASSE")


CANDIDATES = st.lists(
    st.builds(
        Candidate,
        st.integers(0, 30).map(lambda n: UUID(int=n)),
        st.just("x"),
        st.sampled_from([None, None, AWAY]),
        st.dictionaries(st.integers(1, 5), st.integers(0, 9), max_size=3),
    ),
    max_size=8,
    unique_by=lambda one: one.id,
)


@given(CANDIDATES, st.sampled_from(["none", "round_robin", "least_work", "sticky"]), st.integers(0, 1000))
def test_only_who_is_here_gets_anything(candidates: list[Candidate], spread: str, turn: int) -> None:
    here = {one.id for one in candidates if one.away_until is None}
    previous = candidates[0].id if candidates else None
    choice = choose(spread, candidates, turn, previous=previous)
    assert (choice.user is not None) == (bool(here) and spread != "none")
    if choice.user is not None:
        assert choice.user.id in here
        if spread == "sticky" and previous in here:
            assert choice.user.id == previous
        if spread == "least_work":
            assert choice.loads[choice.user.id] == min(choice.loads[who] for who in here)


@given(CANDIDATES, st.integers(0, 1000), st.integers(1, 100))
def test_turns_are_within_one_of_equal(candidates: list[Candidate], start: int, count: int) -> None:
    here = [one.id for one in candidates if one.away_until is None]
    if not here:
        return
    got = Counter(choose("round_robin", candidates, start + n).user.id for n in range(count))  # type: ignore[union-attr]
    assert max(got[who] for who in here) - min(got[who] for who in here) <= 1


@given(CANDIDATES, st.lists(st.integers(1, 5), max_size=40))
def test_handing_out_the_least_keeps_loads_close(candidates: list[Candidate], levels: list[int]) -> None:
    """Whoever got something had the least before: so no two who got something differ by more than one piece of work."""
    handed: list[Handed] = []
    for turn, level in enumerate(levels):
        choice = choose("least_work", candidates, turn, handed)
        if choice.user is None:
            return
        handed.append(Handed(choice.user.id, level))
    loads = choose("least_work", candidates, 0, handed).loads
    got = {item.user_id for item in handed}
    if got:
        assert max(loads[who] for who in got) - min(loads[who] for who in got) <= max(weight(level) for level in levels)
