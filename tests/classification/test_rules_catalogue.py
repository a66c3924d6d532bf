"""The catalogue as rules see it: raising a priority, where reopening leads."""

from __future__ import annotations

from uuid import uuid4

from hypothesis import given, strategies as st

from tocsin.classification.model import Catalogue, Priority, Status


def priority(level: int, *, active: bool = True) -> Priority:
    return Priority(
        id=uuid4(),
        slug=f"p{level}",
        name="P",
        level=level,
        response_time_minutes=None,
        resolution_time_minutes=None,
        is_default=False,
        is_active=active,
    )


@given(st.lists(st.tuples(st.integers(1, 6), st.booleans()), min_size=1, max_size=8))
def test_raising_goes_to_the_next_active_lower_number_first_created_first(entries: list[tuple[int, bool]]) -> None:
    priorities = [priority(level, active=active) for level, active in entries]
    catalogue = Catalogue([], priorities, [], {})
    for start in priorities:
        raised = catalogue.raised(start)
        better = [p for p in priorities if p.is_active and p.level < start.level]
        if not better:
            assert raised is None
            continue
        nearest = max(p.level for p in better)
        assert raised is next(p for p in better if p.level == nearest)


def test_reopening_an_owned_incident_leads_to_work_in_progress() -> None:
    def status(slug: str, **flags: bool) -> Status:
        known = {
            "is_terminal": False,
            "is_default": False,
            "is_resolved": False,
            "pauses_sla": False,
            "is_active": True,
        }
        return Status(id=uuid4(), slug=slug, name=slug, sort_order=0, **{**known, **flags})

    first, working = status("open", is_default=True), status("in-progress")
    catalogue = Catalogue([], [], [first, working], {})
    assert catalogue.reopened_status(owned=True) is working
    assert catalogue.reopened_status(owned=False) is first
    assert Catalogue([], [], [first], {}).reopened_status(owned=True) is first
