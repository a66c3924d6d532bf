"""Random stories through the real services, and that the simulator sees what it is there to see.

More of them: `make simulate SEEDS=10000`. One again: `make simulate SEED=1234`.
"""

from __future__ import annotations

import msgspec
import pytest

from tests.simulation import faults
from tests.simulation.story import first_failure, tell
from tocsin.activity.store import record as record_store
from tocsin.reminders import store as reminders_store

STORIES, AT_ONCE = 300, 25


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, STORIES, AT_ONCE))
async def test_stories(database, server, first):
    with faults.installed():
        for seed in range(first, first + AT_ONCE):
            found = await tell(database, seed, str(server.urls.app))
            assert found is None, str(found)


async def test_it_sees_a_reminder_sent_by_two_workers(database, monkeypatch):
    async def take_anyway(tx, reminder_id):
        return await tx.row(
            "select * from incident_reminders where tenant_id = $1 and id = $2", tx.tenant_id, reminder_id
        )

    monkeypatch.setattr(reminders_store, "lock_due", take_anyway)
    found = await first_failure(database, 1220)
    assert found is not None
    assert f"make simulate SEED={found.seed}" in str(found)


async def test_it_sees_a_series_that_skips_a_time(database, monkeypatch):
    from tocsin.reminders.rules.recurrence import Recurrence

    real = Recurrence.after

    def skips(self, start, moment, zone):
        first = real(self, start, moment, zone)
        return first if first is None or moment < start else real(self, start, first, zone)

    monkeypatch.setattr(Recurrence, "after", skips)
    found = await first_failure(database, most=60)
    assert found is not None
    assert "was not sent" in found.why or "missed" in found.why


async def test_it_sees_a_warning_that_comes_too_early(database, monkeypatch):
    from tocsin.sla.rules import clocks

    real = clocks._warning_at  # type: ignore[attr-defined]

    def early(history, name, clock, percent, *more):
        return real(history, name, clock, percent - 5, *more)

    monkeypatch.setattr(clocks, "_warning_at", early)
    found = await first_failure(database)
    assert found is not None
    assert "told" in found.why


async def test_it_sees_a_pause_that_is_not_counted(database, monkeypatch):
    from tocsin.sla.rules import clocks

    monkeypatch.setattr(clocks, "resumed", lambda history, _at: msgspec.structs.replace(history, paused_at=None))
    found = await first_failure(database)
    assert found is not None


async def test_it_sees_an_event_that_is_lost(database, monkeypatch):
    real = record_store.insert_events

    async def careless(tx, rows):
        await real(tx, rows[:-1] if len(rows) > 1 else rows)

    monkeypatch.setattr(record_store, "insert_events", careless)
    found = await first_failure(database)
    assert found is not None
    assert "holes" in found.why
