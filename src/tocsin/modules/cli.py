"""`tocsin module`: switching modules of a tenant."""

from __future__ import annotations

import asyncio

import click

from tocsin.base.actor import system_actor
from tocsin.jobs.runtime import operator
from tocsin.modules import service
from tocsin.tenancy import service as tenancy

_slug = click.option("--tenant", "slug", required=True, help="The tenant's slug.")


@click.group()
def module() -> None:
    """Switch modules of a tenant on and off."""


@module.command()
@click.argument("name")
@_slug
def enable(name: str, slug: str) -> None:
    """Switch a module on; it acts at once, also in a running server."""
    asyncio.run(_switch(name, slug, enabled=True))


@module.command()
@click.argument("name")
@_slug
def disable(name: str, slug: str) -> None:
    """Switch a module off; it acts at once, also in a running server."""
    asyncio.run(_switch(name, slug, enabled=False))


async def _switch(name: str, slug: str, *, enabled: bool) -> None:
    async with operator() as database:
        if name not in service.REGISTRY:
            raise click.UsageError(f"There is no module {name}. There are: {', '.join(service.REGISTRY)}.")
        found = await tenancy.find(database, slug)
        async with database.tenant(found.id) as tx:
            await tenancy.current(tx)
            await service.switch(tx, system_actor(found.id, "cli"), name, enabled=enabled)
    click.echo(f"The module {name} of {slug} is {'on' if enabled else 'off'}.")


COMMANDS: list[click.Command] = [module]
