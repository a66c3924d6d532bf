"""`tocsin audit prove`: a proof file of one incident, beside the commands of the record itself."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import click

from tocsin.activity import adapters
from tocsin.activity.cli import audit, out_option, settings, tenant_of, tenant_option, write_out
from tocsin.base.actor import system_actor
from tocsin.incidents import service


@audit.command()
@click.argument("ref")
@tenant_option
@out_option
@click.option("--values", is_flag=True, help="With the free texts and personal values, so that they are proven too.")
def prove(ref: str, slug: str, out: Path | None, *, values: bool) -> None:
    """Write a proof file of an incident's events, which `tocsin audit check` verifies anywhere; anchors first if needed."""
    keys = adapters.load_keys(settings())

    async def work(file: BinaryIO) -> None:
        async with tenant_of(slug) as open_:
            async with open_() as tx:
                actor = system_actor(tx.tenant_id, "cli")
            file.write(await service.prove(open_, actor, ref, keys, values=values))

    write_out(out, work)
    if out is not None:
        click.echo(f"Wrote {out}. Whoever has it can check it: tocsin audit check {out}")


COMMANDS: list[click.Command] = [audit]
