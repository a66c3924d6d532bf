"""`tocsin import …`: the operator brings incidents over from another system."""

from __future__ import annotations

import asyncio
import sys
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tocsin.intake.model import ImportReport

PLAIN_EVERY = 100
"""Incidents between two lines of progress where no terminal shows a bar."""


@click.group("import")
def import_() -> None:
    """Import incidents from other systems."""


@import_.command("servicenow")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--tenant", "slug", required=True, metavar="SLUG", help="The tenant that receives the incidents.")
@click.option("--dry-run", is_flag=True, help="Write nothing; report what would be done.")
def servicenow(file: str, slug: str, *, dry_run: bool) -> None:
    """Import a ServiceNow event log (CSV, one row an update) with the history of each incident.

    Incidents that were imported before, known by their number, are left alone: after an interruption just run it again.
    Rows that cannot be read are left out and reported; the exit code is 0 all the same.
    """
    sys.stdout.write(render(asyncio.run(_import(file, slug, dry_run=dry_run))))


async def _import(file: str, slug: str, *, dry_run: bool) -> ImportReport:
    from tocsin.intake.service.importing import import_servicenow
    from tocsin.jobs.progress import progress
    from tocsin.jobs.runtime import operator

    # Bytes that are not UTF-8 become half surrogates, which the reader refuses with their line.
    text = Path(file).read_bytes().decode("utf-8", "surrogateescape")
    with progress("Importing incidents", "Imported {count} of {total} incidents", PLAIN_EVERY) as told:
        async with operator() as database:
            lines = StringIO(text, newline="")
            name = file.encode("utf-8", "backslashreplace").decode()
            return await import_servicenow(database, slug, lines, file=name, dry_run=dry_run, progress=told)


def render(report: ImportReport) -> str:
    """The closing report, as text."""
    would = "would be " if report.dry_run else ""
    counts = {
        "rows read": report.rows_read,
        "incidents in the file": report.incidents_read,
        f"incidents {would}made": report.made,
        "incidents already there": report.known,
        f"people {would}added": report.people,
        f"teams {would}added": report.teams,
        f"categories {would}added": report.categories,
        f"reporters {would}added": report.reporters,
        "rows refused": len(report.refused),
        "notes": len(report.notes) + len(report.remarks),
    }
    width = max(len(name) for name in counts)
    lines = ["Dry run: nothing was written." if report.dry_run else "Import finished."]
    lines += [f"  {name:<{width}}  {count:>7,}" for name, count in counts.items()]
    if report.refused:
        lines += ["Refused:", *(f"  line {r.line}{_of(r.number)}: {r.reason}" for r in report.refused)]
    if report.notes or report.remarks:
        lines += ["Notes:", *(f"  {text}" for text in report.remarks)]
        lines += [f"  line {note.line}{_of(note.number)}: {note.text}" for note in report.notes]
    return "\n".join(lines).encode("utf-8", "backslashreplace").decode() + "\n"


def _of(number: str | None) -> str:
    return f" ({number})" if number else ""


COMMANDS = (import_,)
