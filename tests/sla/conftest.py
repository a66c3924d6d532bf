from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.sla.world import World
from tocsin.base.ids import new_id
from tocsin.db.embedded import EmbeddedServer
from tocsin.db.tx import Database


@pytest.fixture
async def world(database: Database, server: EmbeddedServer) -> World:
    """A fresh tenant, and incidents to time in it."""
    made = World(database, server.urls.sweeper, new_id(), datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
    await made.make_tenant()
    return made
