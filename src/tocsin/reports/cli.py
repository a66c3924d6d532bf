"""`tocsin reports`: counting a tenant's days anew, and proving that those kept are true."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tocsin.reports.service import CountedDays

PLAIN_EVERY = 310
"""Days between two lines of progress where no terminal shows a bar."""
SHOWN = 20
"""Differences that are listed one by one."""


@click.group()
def reports() -> None:
    """Count the days of reports anew, or compare them with the records."""


@reports.command()
@click.option("--tenant", "slug", required=True, metavar="SLUG", help="The tenant whose days are counted.")
def rebuild(slug: str) -> None:
    """Count every day that is over anew. Reports stay right meanwhile, and are slower."""
    found = asyncio.run(_run("rebuild", slug, "Counting days"))
    click.echo(f"{slug}: {found.days} days counted.")


@reports.command()
@click.option("--tenant", "slug", required=True, metavar="SLUG", help="The tenant whose days are compared.")
def check(slug: str) -> None:
    """Compare every counted day with the records; exit code 1 and the days that differ when one does."""
    found = asyncio.run(_run("check", slug, "Comparing days"))
    for one in found.differences[:SHOWN]:
        whose = one.dimension if one.dimension == "all" else f"{one.dimension} {one.key}"
        click.echo(f"{slug}: {one.day} ({whose}): {one.what} is kept as {one.kept}, the records say {one.counted}.")
    if len(found.differences) > SHOWN:
        click.echo(f"{slug}: and {len(found.differences) - SHOWN} more.")
    if found.differences:
        days = sorted({one.day for one in found.differences})
        click.echo(f"{slug}: {len(days)} of {found.days} days differ: run `tocsin reports rebuild --tenant {slug}`.")
        sys.exit(1)
    waiting = f", {found.waiting} wait to be counted" if found.waiting else ""
    click.echo(f"{slug}: {found.days} days are what the records say{waiting}.")


async def _run(verb: str, slug: str, what: str) -> CountedDays:
    from tocsin.jobs.runtime import operator
    from tocsin.reports import service

    act = service.rebuild if verb == "rebuild" else service.check
    with _progress(what) as progress:
        async with operator() as database:
            return await act(database, slug, progress)


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Shows how far it is on stderr: a bar on a terminal, else a line now and then."""
    if not sys.stderr.isatty():
        yield _plain
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _plain(done: int, total: int) -> None:
    if done and (done == total or done % PLAIN_EVERY == 0):
        sys.stderr.write(f"{done} of {total} days\n")
        sys.stderr.flush()


COMMANDS: list[click.Command] = [reports]
