"""How far long work on the command line is."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


@contextmanager
def progress(doing: str, done: str, every: int) -> Iterator[Callable[[int, int], None]]:
    """Shows on stderr how many of how many are done: a bar on a terminal, else a line for each `every` of them.

    `doing` stands beside the bar; `done` is the line, with the two numbers in it.
    """
    if not sys.stderr.isatty():
        yield _Plain(done, every)
        return
    columns = (TextColumn(doing), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("work", total=None)
        yield lambda count, total: bar.update(task, completed=count, total=total)


class _Plain:
    def __init__(self, line: str, every: int) -> None:
        self.line, self.every, self.shown = line, every, 0

    def __call__(self, count: int, total: int) -> None:
        if count == total or count // self.every > self.shown:
            self.shown = count // self.every
            sys.stderr.write(f"{self.line.format(count=count, total=total)}\n")
            sys.stderr.flush()
