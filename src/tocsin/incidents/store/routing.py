"""SQL of `routing_rules` and `team_turns`: the rules in order, and whose turn it is in a team."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from tocsin.base.ids import new_id
from tocsin.db.tx import Tx

_RULES = """
select r.*, t.name as team_name, t.is_active as team_is_active, t.spread, u.name as user_name,
  array(select e.category_id from routing_rule_entries e
    where e.tenant_id = $1 and e.rule_id = r.id and e.category_id is not null order by e.id) as categories,
  array(select e.priority_id from routing_rule_entries e
    where e.tenant_id = $1 and e.rule_id = r.id and e.priority_id is not null order by e.id) as priorities
from routing_rules r
left join teams t on t.tenant_id = $1 and t.id = r.team_id
left join users u on u.tenant_id = $1 and u.id = r.user_id
where r.tenant_id = $1 order by r.position, r.id
"""

# A team's members who may be given work, and who of them had the reporter's last incident. What open work weighs is only
# counted where it matters.
_PEOPLE = """
  (select coalesce(jsonb_agg(jsonb_build_object('id', u.id, 'name', u.name, 'away_until',
      (select max(a.ends_at) from user_absences a
        where a.tenant_id = $1 and a.user_id = u.id and a.starts_at <= $3 and a.ends_at > $3),
      'open_work', case when $4::boolean then (select coalesce(jsonb_object_agg(l.priority_level, l.n), '{}') from (
        select i.priority_level, count(*) as n from incidents i
        where i.tenant_id = $1 and i.assigned_to_id = u.id and i.is_open and i.deleted_at is null and i.assigned_to_id is not null
        group by i.priority_level) l) else '{}'::jsonb end) order by u.id), '[]')
    from team_members m join users u on u.tenant_id = $1 and u.id = m.user_id
    where m.tenant_id = $1 and m.team_id = $2 and u.is_active and u.kind = 'person') as people,
  (select i.assigned_to_id from incidents i join team_members m
      on m.tenant_id = $1 and m.team_id = $2 and m.user_id = i.assigned_to_id
    where i.tenant_id = $1 and i.reported_by_id = $5::uuid and i.assigned_to_id is not null
    order by i.created_at desc, i.id desc limit 1) as previous
"""
_UNSEEN = """
  (select coalesce(jsonb_agg(h), '[]') from jsonb_array_elements(t.handed) h where not exists (
    select 1 from incidents i where i.tenant_id = $1 and i.id = (h->>'incident')::uuid
      and i.assigned_to_id = (h->>'user')::uuid)) as unseen
"""

# The row of the turn is locked until the commit and read as the last holder left it; everything else is as it stood when the
# statement began. What the last holders handed out meanwhile stands in the row, too: `unseen` is what of it is missing here.
TAKE_TURN = f"""
with t as (
  insert into team_turns as r (tenant_id, team_id, turn) values ($1, $2, 1)
  on conflict (tenant_id, team_id) do update set turn = r.turn + 1 returning r.turn, r.handed
)
select t.turn, t.handed, {_UNSEEN}, {_PEOPLE} from t
"""
LOOK_AT_TURN = f"""
with t as (
  select coalesce(max(r.turn), 0) + 1 as turn, coalesce((jsonb_agg(r.handed))->0, '[]') as handed
  from team_turns r where r.tenant_id = $1 and r.team_id = $2
)
select t.turn, t.handed, {_UNSEEN}, {_PEOPLE} from t
"""


async def rules(tx: Tx) -> list[Any]:
    """All rules in their order, with the names of their targets."""
    return await tx.rows(_RULES, tx.tenant_id)


async def names(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, str]:
    """The names of rules."""
    rows = await tx.rows(
        "select id, name from routing_rules where tenant_id = $1 and id = any ($2)", tx.tenant_id, list(ids)
    )
    return {row["id"]: row["name"] for row in rows}


async def turn(tx: Tx, team_id: UUID, reporter_id: UUID | None, *, weighs: bool, take: bool) -> Any:
    """The members of a team and the number of the next turn, which is taken or only looked at.

    Open work is counted when it `weighs`; with a reporter (a member or somebody outside) their last assignee is found.
    """
    sql = TAKE_TURN if take else LOOK_AT_TURN
    return await tx.row(sql, tx.tenant_id, team_id, tx.now, weighs, reporter_id)


async def remember(tx: Tx, team_id: UUID, handed: list[dict[str, Any]]) -> None:
    """Keep with a team's turn what was just handed out of it."""
    await tx.run(
        "update team_turns set handed = $3 where tenant_id = $1 and team_id = $2", tx.tenant_id, team_id, handed
    )


async def was_routed(tx: Tx, incident_id: UUID) -> bool:
    """Whether an incident's team has it by a rule of routing, and nobody's choice since."""
    because = await tx.value(
        "select e.facts->>'because' from events e where e.tenant_id = $1 and e.stream = $2 and e.type = 'TeamChanged'"
        " order by e.seq desc limit 1",
        *(tx.tenant_id, incident_id),
    )
    return bool(because == "routing")


async def workload(tx: Tx, team_id: UUID, pausing: list[UUID]) -> list[Any]:
    """The active members of a team: open incidents of the team's that each owns, by priority level, the overdue among them,
    and until when they are away.
    """
    return await tx.rows(
        "select u.id, u.name, m.is_lead, (select max(a.ends_at) from user_absences a where a.tenant_id = $1 and a.user_id = u.id"
        "   and a.starts_at <= $3 and a.ends_at > $3) as away_until, count(i.id) as open,"
        " count(i.id) filter (where i.due_at < $3 and i.status_id <> all ($4::uuid[])) as overdue,"
        " coalesce(array_agg(i.priority_level) filter (where i.id is not null), '{}') as levels"
        " from team_members m join users u on u.tenant_id = $1 and u.id = m.user_id"
        " left join incidents i on i.tenant_id = $1 and i.assigned_to_id = u.id and i.team_id = $2 and i.is_open"
        "   and i.deleted_at is null and i.assigned_to_id is not null"
        " where m.tenant_id = $1 and m.team_id = $2 and u.is_active and u.kind = 'person'"
        " group by u.id, u.name, m.is_lead order by u.name, u.id",
        *(tx.tenant_id, team_id, tx.now, pausing),
    )


async def queues(tx: Tx, pausing: list[UUID]) -> list[Any]:
    """The open incidents of each team, those that nobody owns and those overdue among them: one pass over what is open."""
    await tx.plan("custom")
    return await tx.rows(
        "select i.team_id, count(*) as open, count(*) filter (where i.assigned_to_id is null) as waiting,"
        " count(*) filter (where i.due_at < $2 and i.status_id <> all ($3::uuid[])) as overdue from incidents i"
        " where i.tenant_id = $1 and i.is_open and i.deleted_at is null and i.team_id is not null group by i.team_id",
        *(tx.tenant_id, tx.now, pausing),
    )


async def lock(tx: Tx) -> None:
    """Let one change of the rules at a time through, until the commit."""
    await tx.rows(
        "select pg_advisory_xact_lock(hashtextextended('incidents.routing:' || $1::text, 0))", str(tx.tenant_id)
    )


async def insert(tx: Tx, rule_id: UUID, values: dict[str, Any]) -> None:
    """Add a rule. Column names come from the code, never from a client."""
    columns = ["tenant_id", "id", *values, "created_at", "updated_at"]
    marks = ", ".join(f"${n + 1}" for n in range(len(columns)))
    sql = f"insert into routing_rules ({', '.join(columns)}) values ({marks})"
    await tx.run(sql, tx.tenant_id, rule_id, *values.values(), tx.now, tx.now)


async def update(tx: Tx, rule_id: UUID, values: dict[str, Any]) -> None:
    """Set columns of a rule. Column names come from the code, never from a client."""
    sets = "".join(f", {name} = ${n + 4}" for n, name in enumerate(values))
    sql = f"update routing_rules set updated_at = $3{sets} where tenant_id = $1 and id = $2"
    await tx.run(sql, tx.tenant_id, rule_id, tx.now, *values.values())


async def set_entries(tx: Tx, rule_id: UUID, column: str, entry_ids: Sequence[UUID]) -> None:
    """Replace the categories or priorities that a rule wants; `column` is `category_id` or `priority_id`."""
    await tx.run(
        f"delete from routing_rule_entries where tenant_id = $1 and rule_id = $2 and {column} is not null",
        *(tx.tenant_id, rule_id),
    )
    await tx.run_many(
        f"insert into routing_rule_entries (tenant_id, id, rule_id, {column}) values ($1, $2, $3, $4)",
        [(tx.tenant_id, new_id(), rule_id, entry_id) for entry_id in entry_ids],
    )


async def place(tx: Tx, rule_ids: Sequence[UUID]) -> None:
    """Number rules anew in the given order."""
    await tx.run(
        "update routing_rules r set position = n.place from unnest($2::uuid[]) with ordinality n (id, place)"
        " where r.tenant_id = $1 and r.id = n.id and r.position <> n.place",
        *(tx.tenant_id, list(rule_ids)),
    )


async def delete(tx: Tx, rule_id: UUID) -> None:
    """Remove a rule."""
    await tx.run("delete from routing_rules where tenant_id = $1 and id = $2", tx.tenant_id, rule_id)
