"""Is the engine well? What is overdue, stuck or failed, whether clocks agree, and what it most likely comes from.

`tocsin doctor` shows it. Timers are asked for by the sweeps' own statements, through the role that lists them; whatever
needs a look across tenants at more than ids and times is asked by the role of backups, where its login is known.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tocsin.base.manifest import Sweep
from tocsin.db.roles import connect_as_operator
from tocsin.db.urls import DatabaseUrls

if TYPE_CHECKING:
    from asyncpg import Connection

GRACE = timedelta(minutes=1)
"""A timer this late is overdue: a worker looks every second."""
SKEW = timedelta(seconds=1)
"""Clocks that differ by more are set right."""
MOST_LISTED = 10_000
WORKER = "tocsin worker"
"""What a worker's connections call themselves."""

_WORKERS = "select count(distinct client_port) from pg_stat_activity where application_name = $1 and datname = current_database()"
_SLUGS = "select id, slug from tenants where id = any ($1)"
_STUCK = """
select t.slug, 'escalation of ' || i.reference_code as what, case
    when i.deleted_at is not null or s.pauses_sla then null
    when r.paused_at is not null then 'it waits, and its incident does not'
    else 'it is at work, and its incident is ' || s.name end as why
from escalation_runs r join incidents i on i.tenant_id = r.tenant_id and i.id = r.incident_id
join incident_statuses s on s.tenant_id = i.tenant_id and s.id = i.status_id join tenants t on t.id = r.tenant_id
where r.state = 'running' and t.state = 'active' and i.deleted_at is null
  and (not i.is_open or (r.paused_at is not null and not s.pauses_sla))
order by 1, 2 limit 20
"""
_FAILED = """
select t.slug, d.channel, d.last_error as why, count(*) as n, max(d.created_at) as last
from notification_deliveries d join tenants t on t.id = d.tenant_id
where d.state = 'failed' and d.created_at > $1 group by 1, 2, 3 order by n desc, 1, 2 limit 20
"""


@dataclass(frozen=True, slots=True)
class Symptom:
    """One thing that was looked at. `lines` say what is wrong (none: it is well), `why` what it comes from or what helps.

    A `grave` one means that promises are being broken; any other is to be known.
    """

    name: str
    lines: Sequence[str] = ()
    why: str = ""
    grave: bool = True
    skipped: str = ""


async def examine(urls: DatabaseUrls, sweeps: Iterable[Sweep]) -> list[Symptom]:
    """Look at timers, runs, deliveries and clocks. Raises `SettingError` without a login."""
    app = await connect_as_operator(urls.app)
    try:
        working = int(await app.fetchval(_WORKERS, WORKER) or 0) > 0
        found = [await clock_skew(app), await overdue_timers(app, urls.sweeper, sweeps, working=working)]
    finally:
        await app.close()
    if urls.backup is None:
        missing = "needs the role backup, whose URL is not set"
        return [*found, Symptom("stuck runs", skipped=missing), Symptom("failed deliveries", skipped=missing)]
    backup = await connect_as_operator(urls.backup)
    try:
        return [*found, await stuck_runs(backup), await failed_deliveries(backup)]
    finally:
        await backup.close()


async def clock_skew(conn: Connection[Any]) -> Symptom:
    """Whether this machine's clock and the database's agree: the middle of a round trip against what the server said."""
    best: tuple[timedelta, timedelta] | None = None
    for _ in range(3):
        began, before = time.monotonic(), datetime.now(UTC)
        there = await conn.fetchval("select clock_timestamp()")
        trip = timedelta(seconds=time.monotonic() - began)
        if best is None or trip < best[0]:
            best = trip, there - (before + trip / 2)
    assert best is not None
    trip, skew = best
    if abs(skew) <= SKEW + trip / 2:
        return Symptom("clock skew")
    side = "ahead of" if skew > timedelta() else "behind"
    line = f"the database's clock is {abs(skew).total_seconds():.1f} s {side} this machine's"
    why = "timers come due by the clock of whoever works: let both follow the same time server (NTP)"
    return Symptom("clock skew", [line], why)


async def overdue_timers(app: Connection[Any], sweeper_url: str, sweeps: Iterable[Sweep], *, working: bool) -> Symptom:
    """What was due over a minute ago and still is, by sweep and tenant."""
    now = datetime.now(UTC)
    late: list[tuple[str, Any]] = []
    conn = await connect_as_operator(sweeper_url)
    try:
        for sweep in sweeps:
            late += [(sweep.name, row) for row in await conn.fetch(sweep.due, now - GRACE, MOST_LISTED)]
    finally:
        await conn.close()
    if not late:
        return Symptom("overdue timers")
    names = {row["id"]: row["slug"] for row in await app.fetch(_SLUGS, list({row["tenant_id"] for _, row in late}))}
    counts = Counter((sweep, row["tenant_id"]) for sweep, row in late)
    first = {(sweep, row["tenant_id"]): row["due_at"] for sweep, row in reversed(late)}
    lines = [
        f"{sweep} of {names.get(tenant, tenant)}: {count}{'+' if count == MOST_LISTED else ''}, the oldest due"
        f" {ago(now - first[sweep, tenant])} ago ({first[sweep, tenant]:%Y-%m-%d %H:%M:%S} UTC)"
        for (sweep, tenant), count in counts.most_common(20)
    ]
    return Symptom("overdue timers", lines, _why_late(len(late), working=working))


def _why_late(count: int, *, working: bool) -> str:
    if not working:
        return "no worker is connected: start `tocsin serve` or `tocsin worker`; it catches up by itself"
    if count > 1000:
        return "the worker has more to do than it gets done: it catches up, or start another `tocsin worker`"
    return (
        "a worker is connected and does not get them done: its log says `a due row failed` and why, with tenant and id"
    )


async def stuck_runs(conn: Connection[Any]) -> Symptom:
    """Escalations whose state contradicts their incident's: they would never end, or never go on."""
    rows = [row for row in await conn.fetch(_STUCK) if row["why"] is not None]
    lines = [f"{row['what']} ({row['slug']}): {row['why']}" for row in rows]
    return Symptom("stuck runs", lines, "end the run on the incident's page; please report how it came to it")


async def failed_deliveries(conn: Connection[Any]) -> Symptom:
    """Messages that were given up in the last week, by reason."""
    rows = await conn.fetch(_FAILED, datetime.now(UTC) - timedelta(days=7))
    lines = [
        f"{row['n']} by {row['channel']} ({row['slug']}), the last {ago(datetime.now(UTC) - row['last'])} ago:"
        f" {row['why'] or 'no reason is known'}"
        for row in rows
    ]
    why = (
        "they were tried until it made no sense any more; cure the reason, then try them again under /admin/deliveries"
    )
    return Symptom("failed deliveries", lines, why, grave=False)


def ago(span: timedelta) -> str:
    """A span in its largest unit."""
    seconds = max(0, int(span.total_seconds()))
    for unit, length in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            count = seconds // length
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{seconds} second{'' if seconds == 1 else 's'}"
