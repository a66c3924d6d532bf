"""The command `tocsin`. Loads only what the given command needs, so that `--help` is quick."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

import tocsin
from tocsin.base.errors import SettingError, TocsinError
from tocsin.base.text import is_storable

# The name, where it is defined (its COMMANDS), and the line that `--help` shows without loading it.
_FEATURES: dict[str, tuple[str, str]] = {
    "audit": ("tocsin.incidents.cli", "Verify the record of events, sign it, prove and export it."),
    "db": ("tocsin.db.cli", "Set up, migrate and reach the database."),
    "import": ("tocsin.intake.cli", "Import incidents from other systems."),
    "module": ("tocsin.modules.cli", "Switch modules of a tenant on and off."),
    "rehearse": ("tocsin.escalation.cli", "Play an escalation policy against the past."),
    "reports": ("tocsin.reports.cli", "Count the days of reports anew, or check them."),
    "tenant": ("tocsin.tenancy.cli", "Create, list, suspend and resume tenants."),
    "token": ("tocsin.access.cli", "Create API tokens."),
    "user": ("tocsin.access.cli", "Create users."),
}


class Commands(click.Group):
    """The commands of this file, and those that features bring along in their `cli.COMMANDS`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names; a feature that is not there is left out."""
        return sorted([*self.commands, *(name for name, (module, _) in _FEATURES.items() if _exists(module))])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, loading the feature that has it."""
        if cmd_name not in _FEATURES:
            return super().get_command(ctx, cmd_name)
        module = _FEATURES[cmd_name][0]
        if not _exists(module):
            return None
        found: dict[str | None, click.Command] = {command.name: command for command in import_module(module).COMMANDS}
        return found.get(cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without loading any feature."""
        rows = []
        for name in self.list_commands(ctx):
            own = self.commands.get(name)
            rows.append((name, own.get_short_help_str(80) if own is not None else _FEATURES[name][1]))
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _exists(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


_ANYWHERE = ["audit", "check"]
"""A proof is checked by whoever has it, whatever settings there are around."""


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(tocsin.__version__, prog_name="tocsin")
@click.pass_context
def root(ctx: click.Context) -> None:
    """Tocsin: incident management for many organisations on one PostgreSQL.

    Settings are environment variables TOCSIN_…; docs/settings.md lists them.
    """
    if ctx.resilient_parsing or any(flag in sys.argv[1:] for flag in ("-h", "--help")) or sys.argv[1:3] == _ANYWHERE:
        return
    from tocsin.base import logs
    from tocsin.base.settings import load_settings
    from tocsin.db.session import OperatorContext
    from tocsin.jobs import runtime

    settings = load_settings(os.environ)
    logs.configure(settings.log_level, settings.log_format)
    ctx.obj = OperatorContext(settings, _wire)
    runtime.register(ctx.obj.database)


def _wire() -> Any:
    """Load every feature; what writes their events."""
    import_module("tocsin.wiring").modules()
    return import_module("tocsin.activity.service").record


_host = click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
_port = click.option("--port", default=8420, show_default=True, type=click.IntRange(0, 65535), help="0: a free port.")


@root.command()
@_host
@_port
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 256), help="Web processes.")
@click.option("--no-worker", is_flag=True, help="Without the worker: run `tocsin worker` elsewhere.")
@click.pass_obj
def serve(context: Any, host: str, port: int, workers: int, *, no_worker: bool) -> None:
    """Serve the API and the pages, and run the worker."""
    from tocsin.serving import run

    run(context.settings, host=host, port=port, workers=workers, worker=not no_worker)


@root.command()
def worker() -> None:
    """Run the worker: jobs, timers, notifications."""
    from tocsin.worker import main as work

    sys.exit(work())


@root.command()
@_host
@_port
@click.option("--json", "as_json", is_flag=True, help="One line of JSON on stdout when ready, with logins and tokens.")
@click.pass_obj
def demo(context: Any, host: str, port: int, *, as_json: bool) -> None:
    """Serve two example organisations on the embedded database."""
    from tocsin.serving import run_demo

    run_demo(context.settings, host=host, port=port, as_json=as_json)


@root.command()
@click.pass_obj
def doctor(context: Any) -> None:
    """Prove that tenants are sealed off and the engine is well.

    Says what is overdue, stuck or failed and what it comes from; exit code 1 when something is not as it must be.
    """
    from tocsin.db.session import database_urls

    with database_urls(context.settings) as urls:
        sys.exit(0 if _is_well(context.settings, urls) else 1)


def _is_well(settings: Any, urls: Any) -> bool:
    """Show every check; whether all is well."""
    import asyncio

    from tocsin.db.doctor import ADVICE, CHECKS, examine
    from tocsin.db.migrate import status as find

    found = asyncio.run(find(urls.app))
    if found.pending:
        _tell("FAIL", "schema", f"at {found.revision or 'none'}, this version needs {found.head} (`tocsin db migrate`)")
        return False
    _tell("ok", "schema", f"revision {found.revision}")
    well = True
    for finding in asyncio.run(examine(urls, (*CHECKS, *ADVICE))):
        grave = finding.check not in ADVICE
        skipped = f"needs the role {finding.check.role}, whose URL is not set" if finding.skipped else ""
        well = _show(finding.check.name, finding.rows, finding.check.why, skipped, grave=grave) and well
    for symptom in asyncio.run(_symptoms(settings, urls)):
        well = _show(symptom.name, symptom.lines, symptom.why, symptom.skipped, grave=symptom.grave) and well
    return well


async def _symptoms(settings: Any, urls: Any) -> list[Any]:
    """How the engine is, and what each feature looks at itself."""
    from tocsin import wiring
    from tocsin.jobs import health

    found = await health.examine(urls, wiring.sweeps())
    for checkup in wiring.checkups():
        found += await checkup(settings, urls)
    return found


def _show(name: str, lines: Sequence[str], why: str, skipped: str, *, grave: bool) -> bool:
    """Show one check; whether it found nothing grave."""
    if skipped:
        _tell("skip", name, skipped)
        return True
    _tell("ok" if not lines else "FAIL" if grave else "note", name, why if lines else "")
    for line in lines:
        click.echo(f"        {line}")
    return not (lines and grave)


def _tell(word: str, name: str, text: str) -> None:
    click.echo(f"{word:5} {name}" + (f": {text}" if text else ""))


def _refuse_bytes(arguments: Sequence[str]) -> None:
    """Refuse what is not UTF-8, as which Python hands on half surrogates. A file may have any name."""
    for text in arguments:
        if not is_storable(text) and not Path(text).exists():
            shown = text.encode("utf-8", "backslashreplace").decode()
            raise SettingError(f"The argument {shown} is not UTF-8 text.")


def main() -> int:
    """The entry point: refusals become one line on stderr; wrong settings and usage are exit code 2, refused acts 1."""
    try:
        _refuse_bytes(sys.argv[1:])
        root.main(prog_name="tocsin", standalone_mode=False)
    except click.exceptions.Exit as ending:
        return ending.exit_code
    except click.Abort:
        return 130
    except click.ClickException as error:
        error.show(sys.stderr)
        return error.exit_code
    except SettingError as error:
        sys.stderr.write(f"tocsin: {error}\n")
        return 2
    except TocsinError as error:
        sys.stderr.write(f"tocsin: {error.detail}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0
