"""PostgreSQL's own limit: the captured statements as a script of pgbench, prepared, on as many clients.

pgbench makes each occurrence of a variable a parameter of its own, so that PostgreSQL, which settles on a generic plan for
the application's statement, would plan pgbench's anew each time, and the limit would look lower than it is. So generic
plans are forced wherever the application leaves the choice to PostgreSQL.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

import msgspec

from benchmarks.capture import Statement

CLIENTS = 16
_PARAMETER = re.compile(r"\$(\d+)")
_LITERAL = re.compile(r"'(?:[^']|'')*'")
_GENERIC = "force_generic_plan"
_OPTIONS = {"PGOPTIONS": f"-c plan_cache_mode={_GENERIC}"}
_FRESH_ID = "lpad(to_hex(:{}::bigint), 32, '0')::uuid"


@dataclass(slots=True)
class Script:
    """A script of pgbench that does what one request does: its lines, and the variables given on the command line."""

    lines: list[str] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    """How statements begin whose one row becomes variables, and what the names of these begin with."""

    def variable(self, value: str) -> str:
        """The name of the variable that holds a value."""
        for name, known in self.variables.items():
            if known == value:
                return name
        name = f"v{len(self.variables)}"
        self.variables[name] = value
        return name

    def choose(self, wanted: UUID, among: str, count: int) -> dict[tuple[str, Any], str]:
        """Let each run take another of the `count` ids in the table `among` (see `choices`) for `wanted`."""
        self.lines.append(f"\\set chosen random(1, {count})")
        return {("uuid", wanted): f"(select id from {among} where n = :chosen::int)"}

    def add(
        self, transactions: Iterable[Sequence[Statement]], instead: dict[tuple[str, Any], str] | None = None
    ) -> None:
        """Add the transactions of a request. `instead` gives expressions for values that differ from run to run."""
        for transaction in transactions:
            for statement in transaction:
                prefix = next((name for start, name in self.kept.items() if statement.sql.startswith(start)), None)
                end = ";" if prefix is None else f" \\gset {prefix}"
                self.lines.append(self._filled(statement, instead or {}) + end)

    def _filled(self, statement: Statement, instead: dict[tuple[str, Any], str]) -> str:
        def value(match: re.Match[str]) -> str:
            index = int(match.group(1)) - 1
            given, kind = statement.args[index], statement.types[index]
            if given is None:
                return "null"
            if (expression := instead.get((kind, hashable(given)))) is not None:
                return expression
            return f":{self.variable(literal(given, kind))}"

        sql = _LITERAL.sub(_spelled, statement.sql)
        filled = " ".join(_PARAMETER.sub(value, sql).split())
        return filled.replace("plan_cache_mode = auto", f"plan_cache_mode = {_GENERIC}")


def _spelled(match: re.Match[str]) -> str:
    """A literal whose colons are written as escapes: pgbench takes what follows one for a variable, in literals too."""
    text = match.group()
    return "E" + text.replace("\\", "\\\\").replace(":", "\\x3a") if re.search(r":[A-Za-z_]", text) else text


async def choices(conn: Any, name: str, ids: Sequence[UUID]) -> str:
    """A table of ids by number, for scripts to choose from: a list of thousands would be read anew in each statement."""
    table = f"bench_{name}"
    await conn.execute(f"drop table if exists {table}")
    await conn.execute(f"create table {table} (n int primary key, id uuid not null)")
    await conn.copy_records_to_table(table, records=enumerate(ids, 1))
    await conn.execute(f"grant select on {table} to tocsin_app; analyze {table}")
    return table


def hashable(value: Any) -> Any:
    """What stands for a value as a key."""
    return _document(value) if isinstance(value, dict | list | msgspec.Struct) else value


def _document(value: Any) -> str:
    """A value as the application writes it into a column of JSON."""
    return msgspec.json.encode(value).decode()


def literal(value: Any, kind: str) -> str:
    """A value as PostgreSQL reads it, for a parameter of type `kind`."""
    if kind in ("jsonb", "json"):
        return _document(value)
    if isinstance(value, (list, tuple)):
        return (
            "{"
            + ",".join('"' + literal(item, "").replace("\\", "\\\\").replace('"', '\\"') + '"' for item in value)
            + "}"
        )
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, (bytes, bytearray)):
        return "\\x" + bytes(value).hex()
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)


def made_anew(
    first: list[list[Statement]], second: list[list[Statement]], known: Sequence[UUID] = ()
) -> tuple[list[str], dict[tuple[str, Any], str]]:
    """What differs between two runs of a request must differ in each of pgbench's: its `\\set` lines and expressions.

    Fresh identifiers and reference numbers become random ones; those of `known` things stay. Times, hashes, documents and
    what a NOTIFY tells may stay as they are.
    """
    sets = ["\\set number random(1000000000, 9000000000000000000)"]
    fresh: dict[tuple[str, Any], str] = {}
    for one, two in zip(_flat(first), _flat(second), strict=True):
        if one.sql != two.sql and not (one.sql.startswith("NOTIFY ") and two.sql.startswith("NOTIFY ")):
            raise SystemExit(f"the same request sends different statements:\n{one.sql}\n{two.sql}")
        for kind, a, b in zip(one.types, one.args, two.args, strict=True):
            mark = (kind, hashable(a))
            if a == b or mark in fresh:
                continue
            if isinstance(a, UUID) and a not in known:
                name = f"id{len(sets)}"
                sets.append(f"\\set {name} random(1, 9000000000000000000)")
                fresh[mark] = _FRESH_ID.format(name)
            elif isinstance(a, int):
                fresh[mark] = ":number::bigint" if kind == "int8" else "(:number::bigint % 2000000000)::int"
            elif isinstance(a, str) and re.fullmatch(r"[A-Z0-9]+-\d+", a):
                fresh[mark] = "('INC-' || :number::bigint)"
    return sets, fresh


def _flat(transactions: list[list[Statement]]) -> list[Statement]:
    return [statement for transaction in transactions for statement in transaction]


def run(program: Path, url: str, scripts: Sequence[Script], folder: Path, *, warm_up: int, seconds: int) -> float:
    """Requests per second of some scripts, taken in turn at random, with 16 clients and 2 threads.

    Warm-up and measure are one run (the clients keep their prepared statements): the rates of its last seconds count.
    """
    command = [
        str(program),
        "-n",
        "-M",
        "prepared",
        "-c",
        str(CLIENTS),
        "-j",
        "2",
        "-P",
        "1",
        "-T",
        str(warm_up + seconds),
    ]
    for number, script in enumerate(scripts):
        path = folder / f"script{number}.sql"
        text = re.sub(r":(v\d+)", f":s{number}\\1", "\n".join(script.lines))
        path.write_text(text + "\n", encoding="utf-8")
        command += ["-f", str(path)]
        for name, value in script.variables.items():
            command += ["-D", f"s{number}{name}={value}"]
    done = subprocess.run(
        [*command, *_login(url)],
        capture_output=True,
        text=True,
        env={**os.environ, "PGPASSWORD": unquote(urlsplit(url).password or ""), **_OPTIONS},
        timeout=warm_up + seconds + 60,
        check=False,
    )
    rates = [float(rate) for rate in re.findall(r"^progress: .*?([\d.]+) tps", done.stderr, re.MULTILINE)]
    if done.returncode != 0 or len(rates) <= warm_up or " aborted" in done.stderr:
        raise SystemExit(f"pgbench failed:\n{done.stderr[-2000:]}\n{done.stdout[-500:]}")
    return statistics.mean(rates[warm_up:])


def _login(url: str) -> list[str]:
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    host = parts.hostname or query.get("host", [""])[0]
    port = str(parts.port or query.get("port", ["5432"])[0])
    return ["-h", host, "-p", port, "-U", unquote(parts.username or ""), parts.path.lstrip("/")]
