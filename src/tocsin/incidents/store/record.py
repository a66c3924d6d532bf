"""SQL of the table `incidents`: reading one, locking one, writing one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tocsin.base.ids import parse_id
from tocsin.db.tx import Database, Tx

SHOWN = """
select i.id, i.reference_code, i.title, i.description, i.status_id, i.priority_id, i.category_id, i.reported_via, i.source,
  i.reported_by_user_id, i.reported_by_reporter_id, coalesce(ru.name, rr.name) as reporter_name,
  i.assigned_to_id, i.team_id, tm.name as team_name, i.due_at, i.due_source, i.acknowledged_at, i.resolved_at, i.closed_at,
  i.merged_into_id,
  case when i.merged_into_id is not null then (select m.reference_code from incidents m
      where m.tenant_id = $1 and m.id = i.merged_into_id) end as merged_into_code,
  i.impact, i.metadata, i.custom, i.tags, i.progress_percent, i.public_percent,
  i.version, i.created_at, i.updated_at, i.acknowledged_by_id, i.reopen_count, i.deleted_at,
  s.is_active as has_sla, s.started_at, s.response_target_minutes, s.resolution_target_minutes, s.response_due_at,
  s.resolution_due_at, s.first_response_at, s.resolution_at, s.paused_at, s.response_breached_at, s.resolution_breached_at,
  s.is_breached, s.breached_at, s.original_due_at, s.update_target_minutes, s.update_due_at, s.update_breached_at,
  case when i.assigned_to_id is null and not exists (select 1 from incident_assignments a
      where a.tenant_id = $1 and a.incident_id = i.id and a.is_active) then null
    else (select json_agg(json_build_array(a.assigned_to_id, u.name, a.capacity, a.assigned_at, a.delegated_from_id,
        case when not a.until_passed then a.delegated_until end) order by a.capacity desc, a.assigned_at)
      from incident_assignments a join users u on u.tenant_id = $1 and u.id = a.assigned_to_id
      where a.tenant_id = $1 and a.incident_id = i.id and a.is_active) end as assignees
"""
JOINS = """
left join incident_slas s on s.tenant_id = $1 and s.incident_id = i.id and s.is_active
left join users ru on ru.tenant_id = $1 and ru.id = i.reported_by_user_id
left join incident_reporters rr on rr.tenant_id = $1 and rr.id = i.reported_by_reporter_id
left join teams tm on tm.tenant_id = $1 and tm.id = i.team_id
"""
SHOW_BY_ID = f"{SHOWN} from incidents i {JOINS} where i.tenant_id = $1 and i.id = $2 and i.deleted_at is null"
SHOW_BY_CODE = (
    f"{SHOWN} from incidents i {JOINS} where i.tenant_id = $1 and i.reference_code = $2 and i.deleted_at is null"
)


def _where(ref: str | UUID) -> tuple[str, Any]:
    known = ref if isinstance(ref, UUID) else parse_id(ref)
    return ("id", known) if known is not None else ("reference_code", ref)


async def show(tx: Tx, ref: str | UUID) -> Any:
    """Everything the API shows of an incident, in one statement; None when absent or deleted."""
    column, value = _where(ref)
    return await tx.row(SHOW_BY_ID if column == "id" else SHOW_BY_CODE, tx.tenant_id, value)


async def get(tx: Tx, ref: str | UUID, *, lock: bool = False) -> Any:
    """The row of an incident by id or reference code, deleted or not; locked until the commit when asked."""
    column, value = _where(ref)
    tail = " for update" if lock else ""
    return await tx.row(f"select * from incidents where tenant_id = $1 and {column} = $2{tail}", tx.tenant_id, value)


async def get_many(tx: Tx, ids: list[UUID]) -> list[Any]:
    """The rows of some incidents, deleted or not."""
    return await tx.rows("select * from incidents where tenant_id = $1 and id = any ($2)", tx.tenant_id, ids)


async def lock_present(tx: Tx, ids: list[UUID], *, wait: bool) -> list[UUID]:
    """Lock those of some incidents that are not deleted, in order; without `wait` those that nobody else has locked."""
    rows = await tx.rows(
        "select id from incidents where tenant_id = $1 and id = any ($2) and deleted_at is null order by id for update"
        + ("" if wait else " skip locked"),
        *(tx.tenant_id, ids),
    )
    return [row["id"] for row in rows]


async def description_html(tx: Tx, incident_id: UUID) -> str | None:
    """The description's HTML as it was made when it was written."""
    found: str | None = await tx.value(
        "select description_html from incidents where tenant_id = $1 and id = $2", tx.tenant_id, incident_id
    )
    return found


async def reference_codes(tx: Tx, ids: list[UUID]) -> dict[UUID, str]:
    """The reference codes of incidents by id."""
    rows = await tx.rows(
        "select id, reference_code from incidents where tenant_id = $1 and id = any ($2)", tx.tenant_id, ids
    )
    return {row["id"]: row["reference_code"] for row in rows}


async def next_number(database: Database, tenant_id: UUID) -> int:
    """The next reference number, taken in a transaction of its own (`research/sql.md` section 7).

    The short transaction keeps creators from queueing behind each other's work. It need not wait for the disk: the
    incident's own commit, which follows, flushes it; a failure in between leaves a gap.
    """
    async with database.aside(tenant_id) as tx:
        number = await tx.value(
            "insert into incident_counters as c (tenant_id, last_no) values ($1, 1)"
            " on conflict (tenant_id) do update set last_no = c.last_no + 1 returning last_no",
            tenant_id,
        )
    return int(number)


@dataclass(frozen=True, slots=True)
class Handing:
    """What a team's turn remembers of work that was just handed out, for those who cannot see it yet."""

    team_id: UUID
    handed: list[dict[str, Any]]


async def insert(
    tx: Tx, values: dict[str, Any], assignments: Sequence[dict[str, Any]] = (), handing: Handing | None = None
) -> None:
    """Write a new incident with who works on it, in one statement. Column names come from the code, never from a client."""
    args: list[Any] = [tx.tenant_id]

    def row(table: str, columns: dict[str, Any]) -> str:
        marks = ", ".join(f"${len(args) + n + 1}" for n in range(len(columns)))
        args.extend(columns.values())
        return f"insert into {table} (tenant_id, {', '.join(columns)}) values ($1, {marks})"

    main = row("incidents", values)
    beside = [f"a{n} as ({row('incident_assignments', columns)})" for n, columns in enumerate(assignments)]
    if handing is not None:
        args.extend((handing.team_id, handing.handed))
        mine = f"tenant_id = $1 and team_id = ${len(args) - 1}"
        beside.append(f"t as (update team_turns set handed = ${len(args)} where {mine})")
    await tx.run(f"with {', '.join(beside)} {main}" if beside else main, *args)


async def update(tx: Tx, incident_id: UUID, values: dict[str, Any]) -> None:
    """Set columns of a locked incident; version and updated_at move with every change.

    `tx.memo["versions"]` tells which version each incident has come to in this transaction.
    """
    sets = "".join(f", {name} = ${n + 4}" for n, name in enumerate(values))
    tx.wrote = True
    version = await tx.value(
        f"update incidents set version = version + 1, updated_at = $3{sets} where tenant_id = $1 and id = $2"
        " returning version",
        tx.tenant_id,
        incident_id,
        tx.now,
        *values.values(),
    )
    tx.memo.setdefault("versions", {})[incident_id] = version


_MIRROR = (
    "update incidents set due_at = $3, next_due_at = $4, is_breached = $5 where tenant_id = $1 and id = $2"
    " and (due_at, next_due_at, is_breached) is distinct from ($3, $4, $5)"
)


async def mirror_clock(tx: Tx, incident_id: UUID, due_at: Any, next_due_at: Any, is_breached: bool) -> None:
    """Copy what lists filter and sort by from the clocks, without a change of the record's version."""
    await tx.run(_MIRROR, tx.tenant_id, incident_id, due_at, next_due_at, is_breached)


async def mirror_clocks(tx: Tx, mirrored: list[tuple[UUID, Any, Any, bool]]) -> None:
    """As `mirror_clock`, for some incidents: id, due_at, next_due_at, is_breached of each."""
    await tx.run_many(_MIRROR, [(tx.tenant_id, *one) for one in mirrored])


async def set_level(tx: Tx, priority_id: UUID, level: int, limit: int) -> int:
    """Write a priority's level to some of its incidents that hold another; how many. Who is changing one is waited for."""
    return await tx.run(
        "update incidents set priority_level = $3 where tenant_id = $1 and id in"
        " (select id from incidents where tenant_id = $1 and priority_id = $2 and priority_level <> $3 limit $4 for update)",
        *(tx.tenant_id, priority_id, level, limit),
    )
