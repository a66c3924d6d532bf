"""Names the cases of a test alike in every process: bytes may hold the time at which they were made (archives do)."""

import pytest


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    return argname if isinstance(val, bytes) else None
