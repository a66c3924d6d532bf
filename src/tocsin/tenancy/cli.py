"""`tocsin tenant`: what only the operator may do with tenants."""

from __future__ import annotations

import asyncio

import click

from tocsin.jobs.runtime import operator
from tocsin.tenancy import service


@click.group()
def tenant() -> None:
    """Create, list, suspend and resume tenants."""


@tenant.command()
@click.argument("slug")
@click.option("--name", required=True, help="What people call the organisation.")
@click.option("--time-zone", default="UTC", show_default=True, help="Name of an IANA time zone.")
@click.option("--locale", default="en", show_default=True, help="Language: en or de.")
@click.option("--sandbox", is_flag=True, help="A tenant whose clock stands still until it is advanced.")
def create(slug: str, name: str, time_zone: str, locale: str, *, sandbox: bool) -> None:
    """Make a tenant with its seeded catalogue and roles."""

    async def run() -> None:
        async with operator() as database:
            made = await service.create(database, slug, name, time_zone=time_zone, locale=locale, sandbox=sandbox)
        click.echo(f"Created {made.kind} tenant {made.slug} ({made.id}).")

    asyncio.run(run())


@tenant.command("list")
def list_() -> None:
    """List all tenants, by slug."""

    async def run() -> None:
        async with operator() as database:
            found = await service.all_tenants(database)
        width = max((len(one.slug) for one in found), default=0)
        for one in found:
            click.echo(f"{one.slug:<{width}}  {one.state:<9}  {one.kind:<7}  {one.name}")

    asyncio.run(run())


@tenant.command()
@click.argument("slug")
def suspend(slug: str) -> None:
    """Shut a tenant: every request is refused, its jobs rest; nothing is lost."""
    asyncio.run(_set_state(slug, "suspended"))


@tenant.command()
@click.argument("slug")
def resume(slug: str) -> None:
    """Let a suspended tenant work again."""
    asyncio.run(_set_state(slug, "active"))


async def _set_state(slug: str, state: str) -> None:
    async with operator() as database:
        changed = await service.set_state(database, slug, state)
    click.echo(f"Tenant {slug} is {state}{'' if changed else ' already'}.")


COMMANDS: list[click.Command] = [tenant]
