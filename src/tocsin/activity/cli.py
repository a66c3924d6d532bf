"""`tocsin audit`: proving that the record of events is whole, and taking it elsewhere."""

from __future__ import annotations

import asyncio
import dataclasses
import gc
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import click
import msgspec

from tocsin.activity import adapters, rules, service
from tocsin.activity.model import AnchorView
from tocsin.activity.service import AnchorVerdict, Open, Verdict
from tocsin.base.errors import NotFound
from tocsin.base.settings import Settings, load_settings
from tocsin.jobs.runtime import operator

tenant_option = click.option("--tenant", "slug", required=True, help="The tenant's slug.")
out_option = click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="The file to write; without it: to stdout."
)

PLAIN_EVERY = 100_000
"""Events between two lines of progress where no terminal shows a bar."""


@click.group()
def audit() -> None:
    """Verify the record of events."""


def settings() -> Settings:
    """The settings that the command was started with."""
    context = click.get_current_context().find_root().obj
    return context.settings if context is not None else load_settings(os.environ)


@asynccontextmanager
async def tenant_of(slug: str) -> AsyncIterator[Open]:
    """How transactions of a tenant are opened. Raises `NotFound`."""
    async with operator() as database:
        tenant_id = await service.tenant_of(database, slug)
        if tenant_id is None:
            raise NotFound("There is no tenant {name}.", name=slug)
        yield partial(database.tenant, tenant_id)


def write_out(out: Path | None, work: Callable[[BinaryIO], Coroutine[Any, Any, None]]) -> None:
    """Let `work` write into a file, which is there whole or not at all, or to stdout."""
    if out is None:
        asyncio.run(work(sys.stdout.buffer))
        sys.stdout.buffer.flush()
        return
    fresh = out.with_name(f"{out.name}.part")
    try:
        with fresh.open("wb") as file:
            asyncio.run(work(file))
        fresh.replace(out)
    except OSError as error:
        raise click.ClickException(f"Cannot write {out}: {error.strerror}.") from None
    finally:
        fresh.unlink(missing_ok=True)


# ------------------------------------------------------------------------------------------------------ verifying


@audit.command()
@tenant_option
@click.option(
    "--anchors",
    "exported",
    type=click.File("rb"),
    help="Anchors exported before: each must still be there.",
)
def verify(slug: str, exported: BinaryIO | None) -> None:
    """Check every hash chain of a tenant, and that its record is what its anchors say; exit code 1 where it is not."""
    kept = _read_anchors(exported) if exported is not None else []
    verdict, anchors, name = asyncio.run(_verify(slug, adapters.load_keys(settings(), make=False), kept))
    if verdict.broken is not None:
        broken = verdict.broken
        if verdict.stream is None:
            click.echo(f"{slug}: the order of changes is broken at place {broken.seq}: {broken.why}.")
            sys.exit(1)
        which = f"event {broken.event_id}" if broken.event_id else "the end"
        stream = f"stream {verdict.stream}{f' of {name}' if name else ''}"
        click.echo(f"{slug}: {stream} is broken at number {broken.seq} ({which}): {broken.why}.")
        sys.exit(1)
    if anchors.unfit is not None:
        click.echo(
            f"{slug}: every chain is whole, but anchor {anchors.unfit.number} does not hold: {anchors.unfit.why}."
        )
        sys.exit(1)
    told = f"{slug}: {verdict.events} events in {verdict.streams} streams, every chain is whole"
    if anchors.last is None:
        click.echo(f"{told}; nothing is anchored yet.")
        return
    last = anchors.last
    hold = "the one anchor holds," if anchors.count == 1 else f"all {anchors.count} anchors hold, the last"
    click.echo(f"{told}; {hold} of {last.at:%Y-%m-%d %H:%M} UTC, key {last.key_id}.")


def _read_anchors(file: BinaryIO) -> list[AnchorView]:
    try:
        return [msgspec.json.decode(line, type=AnchorView) for line in file if line.strip()]
    except msgspec.MsgspecError:
        raise click.ClickException(f"{file.name} is no export of anchors.") from None


async def _verify(slug: str, keys: adapters.Keys, kept: list[AnchorView]) -> tuple[Verdict, AnchorVerdict, str]:
    from tocsin.jobs.progress import progress

    gc.freeze()  # what is loaded by now stays: looking through it again and again would take a sixth of the time
    with progress("Verifying events", "Verified {count} of {total} events", PLAIN_EVERY) as told:
        async with tenant_of(slug) as open_:
            async with open_() as tx:
                total = await service.count(tx)
            return await _verify_in(open_, keys, kept, lambda done: told(done, total))


async def _verify_in(
    open_: Open, keys: adapters.Keys, kept: list[AnchorView], told: Callable[[int], None]
) -> tuple[Verdict, AnchorVerdict, str]:
    """What verifying found, and the reference of the incident whose stream is broken; empty for the tenant's own."""
    await service.number_all(
        open_
    )  # what is verified now is missed by the next verification, should it be gone by then
    async with open_() as tx:
        verdict = await service.verify(tx, told)
        if verdict.broken is None:
            anchors = await service.verify_anchors(tx, keys, kept)
            if anchors.unfit is None:
                verdict = dataclasses.replace(verdict, broken=await service.verify_places(tx))
            return verdict, anchors, ""
        names = await service.names_of(tx, "incident", [verdict.stream] if verdict.stream else [])
        return verdict, AnchorVerdict(0, None, None), next(iter(names.values()), "")


@audit.command()
@click.argument("file", type=click.File("rb"))
@click.option(
    "--key", "key", help="The key it must be signed by: its name (`tocsin audit key`), or the first digits of it."
)
def check(file: BinaryIO, key: str | None) -> None:
    """Check a proof file, without a database; exit code 1 and what is wrong with it when it proves nothing."""
    try:
        proven = rules.check(file.read(), adapters.is_signed)
    except rules.Unproven as error:
        click.echo(f"{file.name} proves nothing. {error}")
        sys.exit(1)
    if key is not None and not (key and proven.key_id.startswith(key.lower())):
        click.echo(f"{file.name} proves nothing. It is signed by the key {proven.key_id}, not by {key}.")
        sys.exit(1)
    shown = f", {proven.values} values shown" if proven.values else ""
    click.echo(
        f"{proven.reference_code}: these {proven.events} events{shown}, no others, were recorded when the record was"
        f" anchored at {proven.anchored_at:%Y-%m-%d %H:%M:%S} UTC under the key {proven.key_id}."
    )
    if key is None:
        click.echo(
            "That this is the operator's key, only the operator can tell: compare its name, or give it by --key."
        )


# -------------------------------------------------------------------------------------------------------- anchors


@audit.command()
@tenant_option
def anchor(slug: str) -> None:
    """Sign what is recorded by now, instead of waiting for the night."""
    keys = adapters.load_keys(settings())

    async def work() -> rules.Anchor:
        async with tenant_of(slug) as open_:
            return await service.anchor(open_, keys)

    made = asyncio.run(work())
    click.echo(f"{slug}: anchor {made.number} covers {made.position} events in {made.size} streams, key {made.key_id}.")


@audit.command()
@tenant_option
@out_option
def anchors(slug: str, out: Path | None) -> None:
    """Export the anchors as lines of JSON, to be kept where the database's administrators have no say."""

    async def work(file: BinaryIO) -> None:
        async with tenant_of(slug) as open_, open_() as tx:
            async for one in service.all_anchors(tx):
                file.write(msgspec.json.encode(one) + b"\n")

    write_out(out, work)


@audit.command()
def key() -> None:
    """Print the public key that anchors are signed with, and its name."""
    own = adapters.load_keys(settings()).own
    click.echo(f"{rules.key_id(own)}\n{adapters.as_pem(own)}", nl=False)


@audit.command()
@tenant_option
@out_option
def export(slug: str, out: Path | None) -> None:
    """Export all events of a tenant as lines of JSON, in the order in which they were committed."""

    async def work(file: BinaryIO) -> None:
        async with tenant_of(slug) as open_:
            async for lines in service.export(open_):
                file.write(lines)

    write_out(out, work)


COMMANDS: list[click.Command] = [audit]
