"""What goes wrong in the simulator: a transaction aborted at any statement, or whose answer is lost after its commit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from tocsin.db.tx import Tx, Work

_METHODS = ("rows", "row", "value", "run", "run_many")


class Aborted(Exception):
    """The transaction ended in the middle: whatever it did is undone."""


class AnswerLost(Exception):
    """The transaction is committed, and nobody heard of it."""


@dataclass(slots=True)
class Fuse:
    """Blows before the statement with this number (0 is the first; the commit counts as one), or right after the commit."""

    left: int
    after_commit: bool = False


FUSE: ContextVar[Fuse | None] = ContextVar("fuse", default=None)


def _burn() -> None:
    fuse = FUSE.get()
    if fuse is None or fuse.after_commit:
        return
    fuse.left -= 1
    if fuse.left < 0:
        FUSE.set(None)
        raise Aborted


@contextmanager
def installed() -> Iterator[None]:
    """Every statement of every transaction asks the fuse first, while this is open."""
    kept: dict[str, Any] = {name: getattr(Tx, name) for name in _METHODS}
    end = Work._end

    def fused(method: Any) -> Any:
        async def call(self: Tx, *args: Any, **more: Any) -> Any:
            _burn()
            return await method(self, *args, **more)

        return call

    async def ending(self: Work, *, failed: bool) -> None:
        if not failed:
            try:
                _burn()
            except Aborted:
                await end(self, failed=True)
                raise
        await end(self, failed=failed)
        fuse = FUSE.get()
        is_aside = self.connections is self.database.side_connections  # a counter's, inside another transaction
        if not failed and not is_aside and fuse is not None and fuse.after_commit:
            FUSE.set(None)
            raise AnswerLost

    for name, method in kept.items():
        setattr(Tx, name, fused(method))
    Work._end = ending  # type: ignore[method-assign]
    try:
        yield
    finally:
        for name, method in kept.items():
            setattr(Tx, name, method)
        Work._end = end  # type: ignore[method-assign]


@contextmanager
def fuse(burning: Fuse | None) -> Iterator[None]:
    """Whatever runs inside may blow; outside nothing does."""
    token = FUSE.set(burning)
    try:
        yield
    finally:
        FUSE.reset(token)
