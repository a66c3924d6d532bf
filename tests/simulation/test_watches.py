"""That the simulator sees what goes wrong with watches, with being told, and with words to the public."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.simulation.story import first_failure
from tocsin.escalation.rules import personal
from tocsin.oncall import service as oncall
from tocsin.sla import rules as sla_rules

MINUTE = timedelta(minutes=1)


async def test_it_sees_who_had_the_watch_before(database, monkeypatch):
    """A hand-over between the trigger and the step is missed."""
    real = oncall.on_call_at
    monkeypatch.setattr(oncall, "on_call_at", lambda tx, schedule, at: real(tx, schedule, at - 60 * MINUTE))
    found = await first_failure(database, 2001)
    assert found is not None
    assert "told" in found.why or "steps" in found.why


async def test_it_sees_a_hand_over_that_forgets_the_clock_change(database, monkeypatch):
    from tocsin.oncall import rules

    real = rules.handover
    monkeypatch.setattr(rules, "handover", lambda layer, number: real(layer, 0) + layer.period * number)
    found = await first_failure(database, 2001)
    assert found is not None
    assert "has the watch" in found.why


async def test_it_sees_a_rule_that_comes_a_minute_late(database, monkeypatch):
    real = personal.next_at

    def late(rules, step, started_at):
        at = real(rules, step, started_at)
        return at + MINUTE if at is not None else None

    monkeypatch.setattr(personal, "next_at", late)
    found = await first_failure(database, 2005)
    assert found is not None
    assert "not told" in found.why


@pytest.mark.parametrize("wrong", ["never", "warned"])
async def test_it_sees_a_word_to_the_public_that_begins_nothing_anew(database, monkeypatch, wrong):
    real = sla_rules.updated

    def updated(history, at):
        anew = real(history, at)
        kept = replace(anew, update=replace(anew.update, warned=history.update.warned))
        return history if wrong == "never" else kept

    monkeypatch.setattr(sla_rules, "updated", updated)
    found = await first_failure(database, 1106)
    assert found is not None
    assert "update" in found.why
