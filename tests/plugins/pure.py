"""Marks the tests that need nothing but data, so that `pytest -m pure` answers within seconds.

Pure are `tests/<feature>/test_rules*.py` (a feature's decisions) and everything in `tests/base/` (the floor without I/O).
`make check` runs these files alone; they may not ask for a fixture that starts a server.
"""

from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent.parent


def is_pure(path: Path) -> bool:
    """Tell whether the test file at `path` belongs to the pure ones, by its place and name."""
    if not path.is_relative_to(TESTS):
        return False
    place = path.relative_to(TESTS).parts
    in_base = len(place) > 1 and place[0] == "base"
    is_rules = len(place) == 2 and place[1].startswith("test_rules") and place[1].endswith(".py")
    return in_base or is_rules


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if is_pure(item.path):
            item.add_marker(pytest.mark.pure)
