from __future__ import annotations

from pathlib import Path

import pytest

from tests.db.servers import fresh_database, login
from tocsin.activity.service import record
from tocsin.base.errors import Unavailable
from tocsin.base.settings import Settings
from tocsin.db.embedded import EmbeddedServer
from tocsin.db.migrate import migrate
from tocsin.db.session import OperatorContext
from tocsin.db.urls import DatabaseUrls


@pytest.fixture
async def urls(server18: EmbeddedServer) -> DatabaseUrls:
    found = await fresh_database(server18)
    await migrate(found.owner)
    return found


async def test_a_command_that_loses_the_database_ends_with_one_line(urls: DatabaseUrls, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url=urls.app, owner_url=urls.owner, sweeper_url=urls.sweeper)
    with pytest.raises(Unavailable, match=r"^The database went away in the middle; run the command again\. [^\n]+$"):
        async with OperatorContext(settings, lambda: record).database() as database, database.globally() as tx:
            pid = await tx.value("select pg_backend_pid()")
            async with login(str(urls.admin)) as admin:
                await admin.execute("select pg_terminate_backend($1)", pid)
            await tx.value("select 1")
