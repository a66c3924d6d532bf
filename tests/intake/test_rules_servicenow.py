"""The ServiceNow event log: what its rows become, for real rows, odd rows and rows that no system ever wrote."""

import random
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from tocsin.intake.rules.servicenow import (
    CategoryChanged,
    Closed,
    Created,
    Reading,
    Reopened,
    Resolved,
    Span,
    StatusChanged,
    category_slugs,
    gaps,
    history,
    parse_rows,
    pauses,
    priority_of,
    read_log,
    replay,
    status_of,
)
from tocsin.intake.rules.servicenow.rows import COLUMNS, Row, Unreadable, parse_date

HERE = Path(__file__).resolve().parent
EXCERPT = HERE / "fixtures" / "servicenow_excerpt.csv"
WHOLE = HERE.parents[2] / "shared" / "data" / "servicenow_incident_event_log.csv"
whole = pytest.mark.skipif(not WHOLE.exists(), reason="the whole log is not beside the checkout")


def lines_of(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(file)


def log(*rows: dict[str, str]) -> list[str]:
    """A file with these rows; columns that a row doesn't give are unknown."""
    return [",".join(COLUMNS), *(",".join(row.get(name, "?") for name in COLUMNS) for row in rows)]


def row(time: str, state: str = "Active", mod: int = 0, **more: str) -> dict[str, str]:
    base = {"number": "INC1", "opened_at": "01-03-2016 08:00", "sys_updated_by": "Ann", "priority": "3 - Moderate"}
    return {**base, "incident_state": state, "sys_updated_at": f"01-03-2016 {time}", "sys_mod_count": str(mod), **more}


def one(*rows: dict[str, str]):
    reading = read_log(log(*rows))
    assert reading.refused == ()
    assert len(reading.incidents) == 1
    return reading.incidents[0]


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2016, 3, 1, hour, minute, tzinfo=UTC)


@pytest.fixture(scope="module")
def excerpt() -> Reading:
    return read_log(lines_of(EXCERPT))


def sound(incident) -> None:
    """What holds for every imported incident, whatever its rows said."""
    times = [step.at for step in incident.steps]
    assert isinstance(incident.steps[0], Created)
    assert times == sorted(times)
    assert times[0] == incident.created_at
    assert replay(incident.steps) == incident.state
    state = incident.state
    assert (state.resolved_at is not None) == (state.status in {"resolved", "closed"})
    assert (state.closed_at is not None) == (state.status == "closed")
    assert not state.closed_at or incident.created_at <= state.resolved_at <= state.closed_at
    assert 1 <= len(incident.title) <= 200
    assert state.reopened == sum(isinstance(step, Reopened) for step in incident.steps)
    assert all(span.end is None or span.start < span.end for span in pauses(incident.steps) + gaps(incident.steps))


class TestRealLog:
    @whole
    def test_whole_file_gives_the_numbers_of_its_readme(self):
        reading = read_log(lines_of(WHOLE))
        incidents = reading.incidents
        assert (reading.rows_read, len(incidents), reading.refused) == (4137, 600, ())
        assert {i.state.status for i in incidents} == {"closed"}
        assert sum(i.made_sla is False for i in incidents) == 217
        assert sum(i.state.reopened > 0 for i in incidents) == 6
        assert sum(any(isinstance(s, CategoryChanged) for s in i.steps) for i in incidents) == 46
        assert sum(int(i.metadata["reassignment_count"]) > 0 for i in incidents) == 286
        assert sum("opened_at" in n.text for n in reading.notes) == 5
        for incident in incidents:
            sound(incident)

    @whole
    def test_whole_file_names_people_groups_and_callers(self):
        reading = read_log(lines_of(WHOLE))
        people, teams, categories = set(), set(), set()
        for incident in reading.incidents:
            for step in incident.steps:
                people |= {getattr(step, "assignee", None), getattr(step, "person", None)}
                teams.add(getattr(step, "team", None))
                categories.add(getattr(step, "category", None))
        # Its README counts `?` as one assignee, one group and one category; None stands for it here.
        assert (len(people), len(teams), len(categories)) == (107, 58, 32)
        assert len({i.caller for i in reading.incidents}) == 456
        nobody = [i for i in reading.incidents if i.state.assignee is None]
        never = [i for i in nobody if not any(getattr(s, "assignee", getattr(s, "person", None)) for s in i.steps)]
        assert (len(never), len(nobody) - len(never)) == (163, 15)

    @whole
    def test_whole_file_keeps_the_last_rows_own_times(self):
        lines = lines_of(WHOLE)
        incidents = {i.number: i for i in read_log(lines).incidents}
        last: dict[str, Row] = {}
        for found in parse_rows(lines).rows:
            if found.number not in last or found.updated_at >= last[found.number].updated_at:
                last[found.number] = found
        for number, found in last.items():
            state = incidents[number].state
            assert state.closed_at == found.closed_at
            assert found.resolved_at in (None, state.resolved_at)

    def test_excerpt(self, excerpt):
        assert (excerpt.rows_read, len(excerpt.incidents), excerpt.refused) == (346, 38, ())
        assert sum(i.made_sla is False for i in excerpt.incidents) == 22
        assert sum(i.state.reopened > 0 for i in excerpt.incidents) == 5
        for incident in excerpt.incidents:
            sound(incident)

    def test_names_are_kept_to_the_letter(self, excerpt):
        first = next(i for i in excerpt.incidents if i.number == "INC0000045")
        assert first.steps[0].by == "Opened by  8"
        assert first.title == "Category 55 / Subcategory 170: Symptom 72"

    def test_late_copy_of_an_older_state_reopens_nothing(self, excerpt):
        incident = next(i for i in excerpt.incidents if i.number == "INC0000137")
        assert incident.state.reopened == 0
        assert incident.state.resolved_at == datetime(2016, 2, 29, 11, 3, tzinfo=UTC)
        assert "late copy" in incident.notes[0].text

    def test_any_order_of_the_lines_gives_the_same_incidents(self, excerpt):
        header, *rows = lines_of(EXCERPT)
        random.Random(7).shuffle(rows)
        again = read_log([header, *rows])
        assert [(i.number, i.state, i.metadata) for i in again.incidents] == [
            (i.number, i.state, i.metadata) for i in excerpt.incidents
        ]


class TestHistory:
    def test_plain_life(self):
        incident = one(
            row("08:05", "New", 0, assignment_group="Desk"),
            row("09:00", "Active", 1, assignment_group="Desk", assigned_to="Bob"),
            row("10:00", "Awaiting User Info", 2, assignment_group="Desk", assigned_to="Bob"),
            row("12:00", "Active", 3, assignment_group="Net", assigned_to="Bob", priority="2 - High"),
            row("13:00", "Resolved", 4, assignment_group="Net", priority="2 - High"),
            row("15:00", "Closed", 5, assignment_group="Net", priority="2 - High"),
        )
        sound(incident)
        told = "Created Assigned StatusChanged StatusChanged TeamChanged PriorityChanged StatusChanged Assigned Resolved Closed"
        assert [type(s).__name__ for s in incident.steps] == told.split()
        assert incident.created_at == at(8)
        assert incident.first_response_at == at(9)
        assert pauses(incident.steps) == [Span(at(10), at(12))]
        assert incident.state.assignee is None
        assert incident.state.resolved_at == at(13)
        assert incident.state.priority == "high"

    def test_nothing_happens_before_creation(self):
        incident = one(row("07:00"), row("07:30", "Resolved", 1))
        sound(incident)
        assert {s.at for s in incident.steps} == {at(8)}
        assert len(incident.notes) == 1

    def test_reopening(self):
        incident = one(
            row("08:05", "Active"), row("09:00", "Resolved", 1), row("10:00", "Awaiting Vendor", 2, reopen_count="1"),
            row("11:00", "Resolved", 3, reopen_count="1"),
        )  # fmt: skip
        sound(incident)
        assert incident.state.reopened == 1
        assert incident.state.resolved_at == at(11)
        assert gaps(incident.steps) == [Span(at(9), at(10)), Span(at(11), None)]
        assert pauses(incident.steps) == [Span(at(10), at(11))]

    def test_reopening_that_shows_only_in_the_counter(self):
        incident = one(row("08:05", "Resolved"), row("09:00", "Resolved", 1, reopen_count="1", assigned_to="Bob"))
        sound(incident)
        assert [type(s).__name__ for s in incident.steps][-3:] == ["Reopened", "Assigned", "Resolved"]

    def test_reopened_from_closed_to_resolved(self):
        incident = one(row("08:05", "Closed"), row("09:00", "Resolved", 1))
        sound(incident)
        assert (incident.state.status, incident.state.reopened) == ("resolved", 1)

    def test_closed_without_resolving_is_resolved_at_closing(self):
        incident = one(row("08:05", "New"), row("09:00", "Closed", 1))
        sound(incident)
        assert incident.state.resolved_at == incident.state.closed_at == incident.first_response_at == at(9)

    def test_columns_of_the_last_row_decide_the_times(self):
        times = {"resolved_at": "01-03-2016 10:30", "closed_at": "01-03-2016 14:00"}
        incident = one(row("09:00", "New"), row("10:00", "Resolved", 1), row("13:00", "Closed", 2, **times))
        sound(incident)
        assert (incident.state.resolved_at, incident.state.closed_at) == (at(10, 30), at(14))
        assert [s.again for s in incident.steps if isinstance(s, Resolved | Closed)] == [False, True, False, True]

    def test_resolved_before_the_row_was_written(self):
        incident = one(
            row("09:00", "New"), row("10:00", "Resolved", 1, assigned_to="Bob", resolved_at="01-03-2016 09:30")
        )
        sound(incident)
        assert incident.state.resolved_at == at(9, 30)

    def test_impossible_resolved_at_is_told_and_left_out(self):
        incident = one(row("09:00", "Active"), row("10:00", "Resolved", 1, resolved_at="01-03-2016 07:30"))
        sound(incident)
        assert incident.state.resolved_at == at(10)
        assert "contradicts" in incident.notes[0].text

    def test_open_incident_stays_open(self):
        incident = one(row("09:00", "Awaiting Evidence", resolved_at="01-03-2016 12:00"))
        sound(incident)
        assert incident.state.status == "waiting"
        assert pauses(incident.steps) == [Span(at(9), None)]
        assert len(incident.notes) == 1

    def test_unknown_state_and_priority_change_nothing(self):
        incident = one(row("08:05", "Active"), row("09:00", "-100", 1, priority="urgent"), row("10:00", "Active", 2))
        assert [type(s) for s in incident.steps] == [Created, StatusChanged]
        assert len(incident.notes) == 2

    def test_earliest_opening_wins(self):
        incident = one(row("09:00"), row("10:00", mod=1, opened_at="01-03-2016 07:00"))
        assert incident.created_at == at(7)
        assert len(incident.notes) == 1

    def test_opening_that_nobody_knows(self):
        assert one(row("09:00", opened_at="?")).created_at == at(9)
        assert one(row("09:00", opened_at="?", sys_created_at="01-03-2016 08:30")).created_at == at(8, 30)

    def test_no_row_no_history(self):
        with pytest.raises(ValueError, match="at least one row"):
            history([])

    def test_words(self):
        names = {"1 - Critical": "critical", "2 - High": "high", "3 - Moderate": "medium", "4 - Low": "low", "x": None}
        assert {name: priority_of(name) for name in names} == names
        assert status_of("-100") is None
        assert category_slugs(["Net 1", "net-1", "!"], taken={"net-1"}) == {
            "!": "x",
            "Net 1": "net-1-2",
            "net-1": "net-1-3",
        }


class TestParsing:
    def test_three_ways_to_write_a_date(self):
        for text in ("29-02-2016 01:16", "29/2/2016 01:16", "2016-02-29T01:16:00Z", "2016-02-29 02:16+01:00"):
            assert parse_date(text) == datetime(2016, 2, 29, 1, 16, tzinfo=UTC)

    @pytest.mark.parametrize(
        "text", ["", "yesterday", "30-02-2016 10:00", "01-13-2016 10:00", "0001-01-01T00:00+14:00", "2016-W01-1"]
    )
    def test_what_is_no_date(self, text):
        with pytest.raises(Unreadable):
            parse_date(text)

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"number": "?"}, "number is unknown"),
            ({"number": "9" * 101}, "number is longer"),
            ({"sys_updated_at": "?"}, "sys_updated_at is unknown"),
            ({"sys_updated_at": "32-01-2016 10:00"}, "sys_updated_at: '32-01-2016 10:00' is not a date"),
            ({"opened_at": "01-01-0016 10:00"}, "outside the years"),
            ({"caller_id": "a\x00b"}, "'caller_id' holds a NUL"),
            ({"caller_id": "a\udcffb"}, "'caller_id' is not UTF-8"),
            ({"caller_id": "a" * 1001}, "'caller_id' is longer"),
            ({"caller_id": "a" * 140_000}, "'caller_id' is longer|line is longer"),
            ({"caller_id": "a,b"}, "37 fields where the header names 36"),
            ({"caller_id": '"a'}, "quotation marks"),
        ],
    )
    def test_a_bad_row_is_refused_and_the_others_stay(self, change, reason):
        parsed = parse_rows(log(row("08:30"), {**row("09:00", mod=1), **change}, row("10:00", mod=2)))
        assert [r.mod_count for r in parsed.rows] == [0, 2]
        assert parsed.rows_read == 3
        (refusal,) = parsed.refused
        assert refusal.line == 3
        assert re.search(reason, refusal.reason)

    def test_a_bad_value_that_a_row_can_do_without_is_left_out(self):
        parsed = parse_rows(log(row("09:00", sys_mod_count="many", closed_at="soon")))
        assert len(parsed.rows) == 1
        assert parsed.rows[0].get("closed_at") is None
        assert len(parsed.notes) == 2

    def test_identical_rows_count_once(self):
        parsed = parse_rows(log(row("09:00"), row("09:00")))
        assert (len(parsed.rows), parsed.rows_read, len(parsed.notes)) == (1, 2, 1)

    @pytest.mark.parametrize("delimiter", [";", "\t", "|"])
    def test_other_delimiters_and_a_byte_order_mark(self, delimiter):
        lines = [line.replace(",", delimiter) for line in log(row("09:00"))]
        assert len(parse_rows(["\ufeff" + lines[0] + "\r\n", "\r\n", lines[1]]).rows) == 1

    def test_quoted_fields_may_hold_delimiters_and_line_breaks(self):
        rows = (row("09:00", caller_id='"Doe, ""J"""', location='"North\nSouth"'), row("10:00"))
        parsed = parse_rows("\n".join(log(*rows)).split("\n"))
        assert parsed.rows[0].get("caller_id") == 'Doe, "J"'
        assert parsed.rows[0].get("location") == "North\nSouth"
        assert [r.line for r in parsed.rows] == [2, 4]

    @pytest.mark.parametrize(
        ("lines", "reason"),
        [
            ([], "empty"),
            (["\n", " \n"], "empty"),
            (["a,b,c", "1,2,3"], "number, incident_state"),
            (["number,incident_state,opened_at"], "no column sys_updated_at"),
            (["number,number,incident_state,opened_at,sys_updated_at"], "twice"),
            (["PK\x03\x04\x00garbage"], "no column"),
        ],
    )
    def test_a_file_that_is_no_log_is_refused_once(self, lines, reason):
        parsed = parse_rows(lines)
        (refusal,) = parsed.refused
        assert reason in refusal.reason

    def test_the_four_needed_columns_are_enough(self):
        reading = read_log(
            ["Number,Incident_State,opened_at,sys_updated_at,colour", "A1,New,01/03/2016 08:00,01/03/2016 08:00,red"]
        )
        assert reading.incidents[0].title == "Incident A1"
        assert len(reading.notes) == 2


MINUTES = st.integers(-300, 300).map(lambda m: (at(12) + timedelta(minutes=m)).strftime("%d-%m-%Y %H:%M"))
CHOICES = {
    "number": st.sampled_from(["INC1", "INC2", "INC3"]),
    "incident_state": st.sampled_from(
        ["New", "Active", "Awaiting Problem", "Awaiting Vendor", "Resolved", "Closed", "-100", "?"]
    ),
    "opened_at": st.one_of(MINUTES, st.just("?")),
    "sys_updated_at": MINUTES,
    "sys_mod_count": st.integers(0, 9).map(str),
    "reopen_count": st.integers(0, 2).map(str),
    "resolved_at": st.one_of(MINUTES, st.just("?")),
    "closed_at": st.one_of(MINUTES, st.just("?")),
    "assigned_to": st.sampled_from(["Ann", "Bob", "?"]),
    "assignment_group": st.sampled_from(["Desk", "Net", "?"]),
    "category": st.sampled_from(["Mail", "?"]),
    "priority": st.sampled_from(["1 - Critical", "4 - Low", "?", "9 - Odd"]),
}
ROWS = st.lists(st.fixed_dictionaries(CHOICES), min_size=1, max_size=12)


class TestProperties:
    @given(ROWS, st.randoms(use_true_random=False))
    @settings(max_examples=300, deadline=None)
    def test_order_of_rows_does_not_matter_and_histories_are_sound(self, rows, rng):
        parsed = parse_rows(log(*rows))
        groups: dict[str, list[Row]] = {}
        for found in parsed.rows:
            groups.setdefault(found.number, []).append(found)
        for group in groups.values():
            incident = history(group)
            sound(incident)
            rng.shuffle(group)
            assert history(group) == incident
            last = max(group, key=lambda r: (r.updated_at, r.mod_count, r.fields, r.line))
            if not any("late copy" in note.text for note in incident.notes):
                assert incident.state.assignee == last.get("assigned_to")
                assert incident.state.team == last.get("assignment_group")

    @given(ROWS, st.lists(st.tuples(st.integers(1, 12), st.text(max_size=30))))
    @settings(max_examples=200, deadline=None)
    def test_no_row_and_no_incident_is_lost(self, rows, spoilt):
        lines = log(*rows)
        for place, text in spoilt:
            lines.insert(min(place, len(lines)), text.replace("\n", "").replace("\r", ""))
        parsed = parse_rows(lines)
        doubled = sum("counted once" in note.text for note in parsed.notes)
        assert parsed.rows_read == len(parsed.rows) + len(parsed.refused) + doubled
        assert {r.number for r in parsed.rows} == {i.number for i in read_log(lines).incidents}
        assert {r["number"] for r in rows} <= {r.number for r in parsed.rows}

    @given(st.lists(st.text(max_size=80), max_size=20))
    @settings(max_examples=200, deadline=None)
    def test_any_text_is_read_without_raising(self, lines):
        read_log(lines)
        read_log([log()[0], *lines])
