"""`tocsin rehearse`: what an escalation policy would have done with the incidents of the past."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import click
import msgspec

from tocsin.base.actor import system_actor
from tocsin.base.errors import NotFound
from tocsin.db.tx import Tx
from tocsin.escalation import service
from tocsin.escalation.model import Rehearsal
from tocsin.jobs.runtime import operator
from tocsin.tenancy import service as tenancy

MOST = 200
BAR = 40


@click.command()
@click.argument("policy")
@click.option("--tenant", "slug", required=True, help="The tenant's slug.")
@click.option("--from", "since", required=True, type=click.DateTime(), help="From when (UTC).")
@click.option("--to", "until", required=True, type=click.DateTime(), help="Until when (UTC).")
@click.option("--draft", type=click.File("rb"), help="JSON with the fields of the policy as they would be changed.")
@click.option("--json", "as_json", is_flag=True, help="The whole answer as JSON.")
def rehearse(policy: str, slug: str, since: datetime, until: datetime, draft: Any, *, as_json: bool) -> None:
    """Play POLICY (its name or id) against what happened; nothing is changed, nobody is told."""
    changes = _read(draft.read()) if draft is not None else None
    found = asyncio.run(_rehearse(policy, slug, since.replace(tzinfo=UTC), until.replace(tzinfo=UTC), changes))
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
        return
    _print(found)


def _read(text: bytes) -> service.Draft:
    try:
        return msgspec.json.decode(text, type=service.Draft)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise click.UsageError(f"The draft cannot be read: {error}") from None


async def _rehearse(policy: str, slug: str, since: datetime, until: datetime, draft: service.Draft | None) -> Rehearsal:
    async with operator() as database:
        found = await tenancy.find(database, slug)
        async with database.tenant(found.id) as tx:
            await tenancy.current(tx)
            actor = system_actor(found.id, "cli")
            return await service.rehearse(tx, actor, await _find(tx, policy), since, until, draft)


async def _find(tx: Tx, policy: str) -> str:
    """The id of a policy by name; what is no name is left as it is."""
    actor, cursor = system_actor(tx.tenant_id, "cli"), None
    while True:
        page = await service.policies(tx, actor, is_active=None, limit=MOST, cursor=cursor)
        for one in page.items:
            if policy in (one.name, str(one.id)):
                return str(one.id)
        if (cursor := page.next_cursor) is None:
            raise NotFound("There is no policy {name}.", name=policy)


def _print(found: Rehearsal) -> None:
    would, was = found.would, found.recorded
    click.echo(f"{found.incidents} incidents, {found.since:%Y-%m-%d %H:%M} to {found.until:%Y-%m-%d %H:%M} UTC")
    rows = (
        ("ladders started", would.runs, was.runs),
        ("steps taken", would.steps, was.steps),
        ("notices", would.notices, was.notices),
        ("notices at night", would.notices_at_night, was.notices_at_night),
        ("people woken", would.people_woken, was.people_woken),
    )
    click.echo(f"{'':20}{'would be':>10}{'was':>10}")
    for name, would_be, before in rows:
        click.echo(f"{name:20}{would_be:>10}{before:>10}")
    click.echo(f"breaches told of in time: {found.breaches_in_time} of {found.breaches}")
    most = max([*would.by_hour, 1])
    for hour, count in enumerate(would.by_hour):
        click.echo(f"{hour:02}:00 {'#' * round(count * BAR / most):{BAR}} {count}")
    for person in found.people:
        click.echo(f"{person.user.name}: {person.notices}, {person.at_night} at night")


COMMANDS: list[click.Command] = [rehearse]
