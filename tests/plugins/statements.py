"""Counting what a request asks of the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tocsin.db.tx import Tx


@contextmanager
def counting(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every statement that is run meanwhile, without those that begin, plan or end a transaction."""
    seen: list[str] = []
    with monkeypatch.context() as patch:
        for name in ("rows", "row", "value", "run", "run_many"):
            patch.setattr(Tx, name, _noted(getattr(Tx, name), seen))
        yield seen


def _noted(original: Any, seen: list[str]) -> Any:
    async def call(self: Tx, sql: str, *args: Any) -> Any:
        seen.append(sql)
        return await original(self, sql, *args)

    return call
