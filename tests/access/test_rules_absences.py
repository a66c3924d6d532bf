"""Who stands in: over any chain of deputies to the first who is here, and circles found whatever the dates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given, strategies as st

from tocsin.access.rules import StandIn, Substitution, closes_circle, stands_in

DAY = datetime(2026, 1, 1, tzinfo=UTC)


def test_the_first_who_is_here_gets_it() -> None:
    def one(n: int, *, here: bool = False, active: bool = True) -> StandIn:
        return StandIn(UUID(int=n), str(n), active, None if here else DAY)

    assert stands_in([one(1, here=True), one(2, here=True)]) == [one(1, here=True)]
    assert stands_in([one(1), one(2), one(3, here=True)]) == [one(1), one(2), one(3, here=True)]
    assert stands_in([one(1), one(2, active=False), one(3, here=True)]) is None
    assert stands_in([one(1), one(2)]) is None
    assert stands_in([]) is None


SUBSTITUTIONS = st.builds(
    lambda who, deputy, start, days: Substitution(
        UUID(int=who), UUID(int=deputy), DAY + timedelta(days=start), DAY + timedelta(days=start + days)
    ),
    st.integers(0, 4),
    st.integers(0, 4),
    st.integers(0, 9),
    st.integers(1, 5),
)


@given(st.lists(SUBSTITUTIONS, max_size=8), SUBSTITUTIONS)
def test_a_circle_is_found_exactly_when_some_day_has_one(known: list[Substitution], new: Substitution) -> None:
    def day_has_one(day: datetime) -> bool:
        at = [s for s in known if s.starts_at <= day < s.ends_at]
        reached, todo = set(), [new.deputy_id]
        while todo:
            who = todo.pop()
            if who not in reached:
                reached.add(who)
                todo += [s.deputy_id for s in at if s.user_id == who]
        return new.user_id in reached

    days = [DAY + timedelta(days=n) for n in range(15)]
    expected = any(day_has_one(day) for day in days if new.starts_at <= day < new.ends_at)
    assert closes_circle(known, new) == expected
