"""The people of a tenant as ladders see them over a stretch of time: for rehearsals and proofs of reachability."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from uuid import UUID

from tocsin.access import service as access
from tocsin.db.tx import Tx
from tocsin.escalation import store
from tocsin.escalation.rules import Ladder, personal
from tocsin.escalation.rules.people import Absence, People
from tocsin.escalation.service.personal import contact_for, rules_of
from tocsin.notifications import service as notifications
from tocsin.notifications.service import Contact
from tocsin.oncall import service as oncall


async def load_people(tx: Tx, ladder: Ladder, since: datetime, until: datetime, *, verified: bool) -> People:
    """Roles, teams and rotas that the ladder names, and everybody's channels and absences. `verified`: known ones only."""
    actions = [action for step in ladder.steps for action in step.actions]
    roles = {action.ref for action in actions if action.kind == "role"}
    teams = {action.target for action in actions if action.kind == "team" and action.target is not None}
    schedules = {action.target for action in actions if action.kind == "schedule" and action.target is not None}
    shifts = {one: (await oncall.on_call_between(tx, one, since, until))[0] for one in sorted(schedules)}
    return People(
        roles={slug: await access.users_with_role(tx, slug) for slug in sorted(roles)},
        teams={team: await access.team_members(tx, [team]) for team in sorted(teams)},
        managers=await access.all_managers(tx) if any(action.kind == "manager_of" for action in actions) else {},
        shifts={one: [(shift.since, shift.until, shift.user_id) for shift in found] for one, found in shifts.items()},
        absences=await _absences(tx, since, until),
        delays=await _delays(tx, verified=verified),
        last_resort=await store.settings.last_resort(tx),
    )


async def _absences(tx: Tx, since: datetime, until: datetime) -> dict[UUID, list[Absence]]:
    found: dict[UUID, list[Absence]] = defaultdict(list)
    for away in await access.absences_between(tx, since, until):
        found[away.user.id].append((away.starts_at, away.ends_at, away.deputy.id if away.deputy is not None else None))
    return dict(found)


async def _delays(tx: Tx, *, verified: bool) -> dict[UUID, dict[str, timedelta]]:
    """How long until each active person is told, by each channel of an action and by their own rules."""
    people = await access.active_persons(tx)
    contacts = await notifications.contacts(tx, people)
    own = await rules_of(tx, people)
    found = {}
    for person in people:
        known = [one for one in contacts.get(person, []) if one.is_verified or not verified]
        found[person] = _ways(known, own.get(person, personal.DEFAULT), verified=verified)
    return found


def _ways(contacts: list[Contact], rules: tuple[personal.Rule, ...], *, verified: bool) -> dict[str, timedelta]:
    """For a live ladder whoever has any rule that works is told; when, counts only for the proof."""
    ways: dict[str, timedelta] = {one.kind: timedelta() for one in contacts if one.is_primary}
    first = next((rule.after for rule in rules if rule.channel and contact_for(rule, contacts)), None)
    if first is None and not verified and any(rule.user is not None for rule in rules):
        first = min(rule.after for rule in rules if rule.user is not None)
    return {**ways, **({"": first} if first is not None else {})}
