"""`tocsin db …`."""

from __future__ import annotations

import asyncio
import sys

import click

from tocsin.db.session import OperatorContext, database_urls


@click.group()
def db() -> None:
    """Set up, migrate and reach the database."""


@db.command()
@click.option("--admin-url", required=True, help="PostgreSQL URL of the server's administrator.")
@click.option("--database", default="tocsin", show_default=True, help="Name of the database to make.")
def init(admin_url: str, database: str) -> None:
    """Make roles and database on a server of your own.

    Prints the settings that lead to it. Run again, it gives the roles new passwords.
    """
    from tocsin.db.roles import init_database

    urls = asyncio.run(init_database(admin_url, database, report=_note))
    for name in ("database", "owner", "sweeper", "backup"):
        url = getattr(urls, "app" if name == "database" else name)
        click.echo(f"TOCSIN_{name.upper()}_URL={url}")
    _note("Set these variables, then run `tocsin db migrate`.")


@db.command()
@click.pass_obj
def migrate(context: OperatorContext) -> None:
    """Bring the database to this version's schema, and say what was done."""
    from tocsin.db.migrate import migrate as apply

    with database_urls(context.settings) as urls:
        report = asyncio.run(apply(urls.owner, _note))
    if not report.applied:
        click.echo(f"Nothing to do: the database is at revision {report.to_revision}.")
        return
    for name in report.applied:
        click.echo(f"Applied {name}.")
    click.echo(f"The database is at revision {report.to_revision} (before: {report.from_revision or 'empty'}).")


@db.command()
@click.pass_obj
def status(context: OperatorContext) -> None:
    """Show the schema's revision; exit code 1 when migrations are missing."""
    from tocsin.db.migrate import status as find

    with database_urls(context.settings) as urls:
        found = asyncio.run(find(urls.app))
    click.echo(f"revision {found.revision or 'none (empty)'}, this version: {found.head}")
    for name in found.pending:
        click.echo(f"missing: {name}")
    if found.pending:
        sys.exit(1)


@db.command()
@click.option("--admin", is_flag=True, help="The administrator of the embedded server instead of the owner.")
@click.pass_obj
def url(context: OperatorContext, *, admin: bool) -> None:
    """Print a connection URL of the owner, with its password."""
    from tocsin.base.errors import SettingError

    with database_urls(context.settings) as urls:
        found = urls.admin if admin else urls.owner
        if found is None:
            raise SettingError("Tocsin does not know the administrator of a server of your own.")
        click.echo(found)


def _note(line: str) -> None:
    click.echo(line, err=True)


COMMANDS = (db,)
