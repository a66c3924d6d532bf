from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from tocsin.escalation import rules
from tocsin.escalation.rules import About, Action, Ladder, Situation, Step, Term
from tocsin.escalation.rules.lives import Fact, without_own
from tocsin.sla.rules import AroundTheClock

ALWAYS = AroundTheClock()
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

minutes = st.integers(0, 600).map(lambda n: timedelta(minutes=n))


@st.composite
def ladders(draw):
    steps = tuple(Step(after, (Action("raise_priority"),)) for after in draw(st.lists(minutes, min_size=1, max_size=6)))
    on = draw(st.sampled_from(rules.TRIGGERS))
    stop_on = tuple(draw(st.sets(st.sampled_from(rules.STOPS))))
    return Ladder("Ladder", on, draw(minutes), "", steps, draw(st.integers(0, 4)), stop_on)


def ladder(on="unassigned", after=15, steps=(0, 10), repeat=0, stop_on=("assigned", "resolved"), conditions=""):
    made = tuple(Step(n * MINUTE, (Action("raise_priority"),)) for n in steps)
    return Ladder("Night", on, after * MINUTE, conditions, made, repeat, stop_on)


def situation(**changes):
    about = {
        "is_open": True,
        "is_paused": False,
        "is_owned": False,
        "is_breached": False,
        "acknowledged_at": None,
    }
    return Situation(**{**about, **changes})


# ------------------------------------------------------------------------------------------------------- conditions

WORDS = {"priority": frozenset(("high",)), "category": frozenset(("none",)), "source": frozenset(("api",))}


@pytest.mark.parametrize(
    "terms, expected",
    [
        ([], True),
        ([("priority", "critical,high", False)], True),
        ([("priority", "critical", False)], False),
        ([("priority", "critical", True)], True),
        ([("priority", "high", False), ("source", "web", False)], False),
        ([("category", "none", True)], False),
        ([("team", "desk", False)], False),
        ([("team", "desk", True)], True),
    ],
)
def test_terms_match_what_the_record_tells(terms, expected):
    made = [Term(field, frozenset(values.split(",")), negated) for field, values, negated in terms]
    assert rules.matches(made, WORDS) is expected


# ------------------------------------------------------------------------------------------------------------ ladder


@given(ladders())
def test_each_step_of_each_round_comes_once_and_in_order(made):
    seen = [(0, 0)]
    while (place := rules.following(made, *seen[-1])) is not None:
        seen.append(place)
    assert seen == [(step, round_) for round_ in range(made.repeat + 1) for step in range(len(made.steps))]


@given(ladders(), st.lists(st.integers(0, 7200), min_size=30, max_size=30))
def test_steps_never_come_early_and_never_in_a_burst(made, lateness):
    place, planned = (0, 0), NOON
    for late in lateness:
        done = planned + timedelta(seconds=late)
        following = rules.following(made, *place)
        if following is None:
            break
        wait = rules.wait_for(made, following[0])
        coming = rules.planned_after(planned, done, wait, ALWAYS)
        assert coming >= planned + wait
        assert coming - done >= wait - rules.PUNCTUAL
        place, planned = following, coming


@given(ladders())
def test_a_punctual_worker_keeps_the_plan(made):
    place, planned, total = (0, 0), NOON, timedelta()
    while (following := rules.following(made, *place)) is not None:
        place = following
        wait = rules.wait_for(made, place[0])
        total += wait
        planned = rules.planned_after(planned, planned + timedelta(seconds=30), wait, ALWAYS)
    assert planned == NOON + total


def test_a_further_round_waits_for_the_triggers_time_anew():
    made = ladder(after=15, steps=(5, 10), repeat=1)
    assert rules.following(made, 1, 0) == (0, 1)
    assert rules.wait_for(made, 0) == 20 * MINUTE


def test_rounds_that_would_come_at_once_are_found():
    assert rules.repeats_without_pause(ladder(after=0, steps=(0, 0), repeat=1))
    assert not rules.repeats_without_pause(ladder(after=0, steps=(0, 0), repeat=0))
    assert not rules.repeats_without_pause(ladder(after=0, steps=(0, 1), repeat=1))


# ------------------------------------------------------------------------------------------------------------- judge


def judge(made, now, started=False, fits=True):
    verdict = rules.judge(made, now, About(), triggered_at=NOON, started=started, fits=fits)
    return verdict.kind, verdict.because


def test_a_resolved_incident_ends_the_run():
    assert judge(ladder(), situation(is_open=False)) == ("end", "resolved")
    assert judge(ladder(), situation(is_open=False), started=True) == ("end", "resolved")


def test_a_paused_incident_lets_it_wait():
    assert judge(ladder(), situation(is_paused=True), started=True) == ("wait", "")


def test_conditions_are_judged_at_the_start_only():
    assert judge(ladder(), situation(), fits=False) == ("end", "conditions")
    assert judge(ladder(), situation(), started=True, fits=False) == ("go", "")


def test_a_trigger_that_holds_no_more_starts_nothing():
    assert judge(ladder(), situation(is_owned=True)) == ("end", "assigned")
    assert judge(ladder("unacknowledged"), situation(acknowledged_at=NOON)) == ("end", "acknowledged")
    assert judge(ladder("breached"), situation()) == ("end", "resolved")
    assert judge(ladder("breached"), situation(is_breached=True)) == ("go", "")


def test_only_an_acknowledgement_since_the_trigger_stops():
    made = ladder("breached", stop_on=("acknowledged",))
    before, since = situation(acknowledged_at=NOON - MINUTE), situation(acknowledged_at=NOON)
    assert judge(made, before, started=True) == ("go", "")
    assert judge(made, since, started=True) == ("end", "acknowledged")


@given(ladders(), st.sampled_from(("assigned", "acknowledged", "resolved", "closed")), st.booleans())
def test_facts_end_runs(made, fact, started):
    contrary = {"unassigned": "assigned", "unacknowledged": "acknowledged", "no_update": "updated"}.get(made.on) == fact
    always = fact in ("resolved", "closed")
    assert rules.ends(made, fact, started=started) == (always or fact in made.stop_on or (contrary and not started))


def test_the_reason_is_told_in_words():
    assert rules.reason(ladder(after=15), About(), 0, 0) == "Night: nobody is assigned for 15 minutes (step 1)"
    assert rules.reason(ladder("breached", after=0), About(), 1, 1) == "Night: it is overdue (step 2, round 2)"


def test_a_rehearsal_leaves_out_what_the_policy_did_and_nothing_of_others():
    """Steps of a sandbox may share a transaction, and even the moment, with those of other policies."""

    def fact(name, minute, **facts):
        return Fact(name, NOON + minute * MINUTE, "one transaction", None, facts)

    others = [fact("IncidentPriorityChanged", 1, to="high"), fact("IncidentEscalated", 1, policy="other")]
    ours = [fact("IncidentAssigned", 5), fact("TeamChanged", 5), fact("IncidentEscalated", 5, policy="ours")]
    warned, moved = fact("SlaWarning", 5, clock="response"), fact("IncidentPriorityChanged", 4, to="critical")
    life = [*others, moved, warned, *ours, *others]
    assert without_own(life, "ours") == [*others, moved, warned, *others]
    assert without_own(life, "other") == [moved, warned, *ours]
