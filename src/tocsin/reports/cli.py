"""`tocsin reports`: counting a tenant's days anew, and proving that those kept are true."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tocsin.reports.model import Confusion, Reality
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


@reports.command()
@click.option("--tenant", "slug", required=True, metavar="SLUG", help="The tenant that imported incidents.")
@click.option("--recorded", is_flag=True, help="Judge by the promises that the clocks were recorded with.")
@click.option("--list", "listed", default=20, show_default=True, help="So many differences are listed.")
def reality(slug: str, *, recorded: bool, listed: int) -> None:
    """Compare our verdicts on imported incidents with the log's own (made_sla), by priority.

    Calendars and targets are those that are set now: set them as they were agreed, and run it again.
    """
    click.echo(said(asyncio.run(_reality(slug, recorded, listed))), nl=False)


async def _reality(slug: str, recorded: bool, listed: int) -> Reality:
    from tocsin.base.actor import system_actor
    from tocsin.jobs.runtime import operator
    from tocsin.reports import service
    from tocsin.tenancy import service as tenancy

    async with operator() as database:
        tenant = await tenancy.find(database, slug)
        async with database.tenant(tenant.id) as tx:
            query = service.RealityQuery(basis="recorded" if recorded else "present", limit=listed)
            return await service.reality(tx, system_actor(tenant.id, "cli"), query)


def said(found: Reality) -> str:
    """The comparison as text: the confusion table, why the two differ, and where."""
    lines = [
        f"{found.compared} incidents compared, by the promises {'recorded' if found.basis == 'recorded' else 'of now'}."
    ]
    if found.silent or found.unpromised:
        lines.append(
            f"Left out: {found.silent} without a verdict in the log, {found.unpromised} without a target or resolution."
        )
    head = ("priority", "both met", "only we met", "only log met", "both missed", "agree")
    table = [head, *(_line(row.name, row.confusion) for row in found.priorities), _line("all", found.all)]
    widths = [max(len(line[n]) for line in table) for n in range(len(head))]
    lines += [
        "  ".join(cell.ljust(widths[0]) if n == 0 else cell.rjust(widths[n]) for n, cell in enumerate(line))
        for line in table
    ]
    if found.reasons:
        lines += ["Why they differ:", *(f"  {_WHY[reason]}: {count}" for reason, count in found.reasons.items())]
    if found.differences:
        lines.append("Where:")
    for one in found.differences:
        we, log = ("met", "missed") if one.we_say_met else ("missed", "met")
        used = f"{one.used_minutes:,.0f} of {one.target_minutes or 0:,} minutes"
        lines.append(
            f"  {one.number} ({one.reference_code}, {one.priority}): we say {we}, the log {log}; {used} used, due"
            f" {one.due_at:%Y-%m-%d %H:%M}, resolved {one.resolved_at:%Y-%m-%d %H:%M}: {_WHY[one.reason]}"
        )
    return "\n".join(lines) + "\n"


_WHY = {
    "pauses": "they would agree if pauses counted",
    "reopening": "they would agree if the time until the reopening counted",
    "first_priority": "they would agree under the promise of its first priority",
    "calendar": "they would agree around the clock",
    "target": "the target itself",
}


def _line(name: str, found: Confusion) -> tuple[str, ...]:
    agree = f"{found.agreement:.1%}" if found.agreement is not None else "–"
    counts = (found.both_met, found.only_we_met, found.only_log_met, found.both_missed)
    return (name, *(f"{count:,}" for count in counts), agree)


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
