"""`tocsin audit`: proving that the record of events is whole."""

from __future__ import annotations

import asyncio
import sys

import click

from tocsin.activity import service
from tocsin.activity.service import Verdict
from tocsin.base.errors import NotFound
from tocsin.jobs.runtime import operator


@click.group()
def audit() -> None:
    """Verify the record of events."""


@audit.command()
@click.option("--tenant", "slug", required=True, help="The tenant's slug.")
def verify(slug: str) -> None:
    """Check every hash chain of a tenant; exit code 1 and the first broken link when one does not hold."""
    verdict = asyncio.run(_verify(slug))
    if verdict.broken is None:
        click.echo(f"{slug}: {verdict.events} events in {verdict.streams} streams, every chain is whole.")
        return
    broken = verdict.broken
    which = f"event {broken.event_id}" if broken.event_id else "the end"
    click.echo(f"{slug}: stream {verdict.stream} is broken at number {broken.seq} ({which}): {broken.why}.")
    sys.exit(1)


async def _verify(slug: str) -> Verdict:
    async with operator() as database:
        tenant_id = await service.tenant_of(database, slug)
        if tenant_id is None:
            raise NotFound("There is no tenant {name}.", name=slug)
        async with database.tenant(tenant_id) as tx:
            return await service.verify(tx)


COMMANDS: list[click.Command] = [audit]
