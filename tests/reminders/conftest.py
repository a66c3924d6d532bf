from __future__ import annotations

import pytest

from tests.reminders.world import World


@pytest.fixture
def world(database, tenant) -> World:
    """The test's tenant, at given times."""
    return World(database, tenant)
