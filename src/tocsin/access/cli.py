"""`tocsin user` and `tocsin token`: the first people of a tenant, and tokens for programs."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import click

from tocsin.access import service
from tocsin.access.service import NewToken, NewUser, recovery
from tocsin.base.actor import Actor, system_actor
from tocsin.base.text import is_storable
from tocsin.db.tx import Tx
from tocsin.jobs.runtime import operator
from tocsin.tenancy import service as tenancy

T = TypeVar("T")

_slug = click.option("--tenant", "slug", required=True, help="The tenant's slug.")


async def _in_tenant(slug: str, act: Callable[[Tx, Actor], Awaitable[T]]) -> T:
    """Do something in a tenant in the name of its operator, in one transaction."""
    async with operator() as database:
        found = await tenancy.find(database, slug)
        async with database.tenant(found.id) as tx:
            await tenancy.current(tx)
            return await act(tx, system_actor(found.id, "cli"))


@click.group()
def user() -> None:
    """Create users, and set their passwords."""


@user.command("create")
@_slug
@click.option("--email", required=True, help="E-mail address, which is the login.")
@click.option("--name", required=True, help="Full name.")
@click.option("--role", "roles", required=True, multiple=True, help="Slug of a role; may be repeated.")
@click.option(
    "--password-stdin", is_flag=True, help="Read the password from the standard input: the account's new one."
)
def create_user(slug: str, email: str, name: str, roles: tuple[str, ...], *, password_stdin: bool) -> None:
    """Add a person to a tenant. Without a password they can't log in with a browser, unless their account has one."""
    password = _read_password() if password_stdin else None
    new = NewUser(name=name, email=email, roles=list(roles), password=password)
    made = asyncio.run(_in_tenant(slug, lambda tx, actor: service.create_user(tx, actor, new)))
    click.echo(f"Created {made.name} <{made.email}> ({made.id}) in {slug}: {', '.join(made.roles)}.")


def _read_password() -> str:
    password = sys.stdin.readline().rstrip("\r\n")
    if not is_storable(password):
        raise click.UsageError("The password is not UTF-8 text.")
    return password


@user.command("password")
@click.argument("email")
def set_password(email: str) -> None:
    """Give the account EMAIL a new password, read from the standard input; wherever it is logged in, it is logged out."""
    if sys.stdin.isatty():
        password: str = click.prompt("New password", hide_input=True, confirmation_prompt=True)
    else:
        password = _read_password()

    async def give() -> None:
        async with operator() as database:
            await recovery.give(database, email, password)

    asyncio.run(give())
    click.echo(f"{email} has a new password.")


@click.group()
def token() -> None:
    """Create API tokens."""


@token.command("create")
@_slug
@click.option("--role", help="Slug of a role: a token with no person behind it.")
@click.option("--user", "person", help="E-mail of a person the token acts for.")
@click.option("--name", default="command line", show_default=True, help="What the token is for.")
@click.option("--expires-days", type=click.IntRange(1, 3650), help="Days until it ends; without it, it doesn't.")
def create_token(slug: str, role: str | None, person: str | None, name: str, expires_days: int | None) -> None:
    """Make a token and print it: alone on stdout, this once."""
    if (role is None) == (person is None):
        raise click.UsageError("Give either --role or --user.")

    async def act(tx: Tx, actor: Actor) -> str:
        expires_at = tx.real_now + timedelta(days=expires_days) if expires_days is not None else None
        new = NewToken(name=name, role=role, user=person, expires_at=expires_at)
        return (await service.create_token(tx, actor, new)).token

    click.echo(asyncio.run(_in_tenant(slug, act)))


COMMANDS: list[click.Command] = [user, token]
