from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.queries import Queries

from tests.db.servers import fresh_database, login
from tocsin.base.errors import SettingError
from tocsin.db import steps
from tocsin.db.embedded import EmbeddedServer
from tocsin.db.migrate import MIGRATIONS, migrate, revisions, status

FILES = list(revisions().values())
HEAD = list(revisions())[-1]


async def test_from_empty_to_head_and_again_nothing(any_server: EmbeddedServer) -> None:
    urls = await fresh_database(any_server)
    assert (await status(urls.app)).pending == FILES
    first = await migrate(urls.owner)
    assert (first.from_revision, first.to_revision, first.applied) == (None, HEAD, FILES)
    again = await migrate(urls.owner)
    assert (again.from_revision, again.to_revision, again.applied) == (HEAD, HEAD, [])
    assert (await status(str(urls.backup))).pending == []


async def test_two_at_once_apply_it_once(any_server: EmbeddedServer) -> None:
    urls = await fresh_database(any_server)
    said: list[str] = []
    reports = await asyncio.gather(*(migrate(urls.owner, said.append) for _ in range(3)))
    assert sorted(len(report.applied) for report in reports) == [0, 0, len(FILES)]
    assert said == ["Another migration is running; waiting for it to end."] * 2


async def test_a_newer_database_is_refused(server18: EmbeddedServer) -> None:
    urls = await fresh_database(server18)
    await migrate(urls.owner)
    async with login(urls.owner) as conn:
        await conn.execute("UPDATE alembic_version SET version_num = '9999'")
    for call in (migrate, status):
        with pytest.raises(SettingError, match="9999, newer than"):
            await call(urls.owner)


async def test_another_role_may_not_migrate(server18: EmbeddedServer) -> None:
    urls = await fresh_database(server18)
    with pytest.raises(SettingError, match="Migrations run as tocsin_owner, not as postgres"):
        await migrate(str(urls.admin))


async def test_a_failing_step_leaves_nothing(
    server18: EmbeddedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls = await fresh_database(server18)
    (tmp_path / "0001_initial.sql").write_text("create table half (); select '100%', ':name'; select 1 / 0;")
    with monkeypatch.context() as patched:
        patched.setattr(steps, "SQL_DIRECTORY", tmp_path)
        with pytest.raises(asyncpg.DivisionByZeroError):
            await migrate(urls.owner)
    async with login(urls.owner) as conn:
        assert await conn.fetchval("SELECT to_regclass('half')") is None
    assert (await status(urls.owner)).revision is None
    assert (await migrate(urls.owner)).applied == FILES


async def test_a_busy_table_makes_it_give_way(
    server18: EmbeddedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tocsin.db import upgrade

    urls = await fresh_database(server18)
    (tmp_path / "0001_initial.sql").write_text("alter table busy add column b int;")
    monkeypatch.setattr(steps, "SQL_DIRECTORY", tmp_path)
    monkeypatch.setattr(upgrade, "LOCK_TIMEOUT", "50ms")
    async with login(urls.owner) as conn:
        await conn.execute("CREATE TABLE busy ()")
        async with conn.transaction():
            await conn.execute("LOCK TABLE busy")
            with pytest.raises(SettingError, match="stayed busy"):
                await migrate(urls.owner)


async def test_the_application_can_use_the_queue(server18: EmbeddedServer) -> None:
    urls = await fresh_database(server18)
    await migrate(urls.owner)
    async with login(urls.app) as conn:
        queue = Queries(AsyncpgDriver(conn))
        assert len(await queue.enqueue("probe", b"payload", 0)) == 1
        assert [row.count for row in await queue.queue_size()] == [1]
        await queue.clear_queue("probe")
        assert await conn.fetchval("SELECT count(*) FROM pgqueuer") == 0


def test_the_check_at_start_loads_neither_alembic_nor_sqlalchemy() -> None:
    code = "import sys, tocsin.db.migrate; sys.exit(bool({'alembic', 'sqlalchemy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_file_names_tell_what_alembic_reads_in_them() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    script = ScriptDirectory.from_config(config)
    told = [(step.revision, Path(step.path).stem) for step in script.walk_revisions()]
    assert told[::-1] == list(revisions().items())
