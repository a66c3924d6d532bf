"""What the tests of imports and the demo share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tocsin.intake.service.importing import import_servicenow

EXCERPT = Path(__file__).parent / "fixtures" / "servicenow_excerpt.csv"
WHOLE = Path(__file__).parents[3] / "shared" / "data" / "servicenow_incident_event_log.csv"


def text_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines(keepends=True)


@pytest.fixture(scope="session")
def excerpt() -> list[str]:
    """The lines of the fixture: 38 incidents chosen for their oddities."""
    return text_of(EXCERPT)


@pytest.fixture
def run(database, tenant):
    """`await run(lines)`: an import into the test's tenant."""

    async def call(lines, **options):
        return await import_servicenow(database, tenant.slug, lines, **options)

    return call
