from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.db.servers import DEBIAN_15
from tocsin.db.embedded import EmbeddedServer, ensure_running


@pytest.fixture(scope="session")
def server18(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """The embedded server as it comes."""
    with ensure_running(tmp_path_factory.mktemp("pg18")) as server:
        yield server


@pytest.fixture(scope="session")
def server15(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """The oldest PostgreSQL that is supported, where Debian's package is installed."""
    if not DEBIAN_15.exists():
        pytest.skip("PostgreSQL 15 (Debian's postgresql-15) is not installed")
    with ensure_running(tmp_path_factory.mktemp("pg15"), DEBIAN_15) as server:
        yield server


@pytest.fixture(params=["server18", "server15"])
def any_server(request: pytest.FixtureRequest) -> EmbeddedServer:
    """Each supported PostgreSQL in turn."""
    server: EmbeddedServer = request.getfixturevalue(request.param)
    return server
