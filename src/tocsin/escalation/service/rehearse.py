"""Rehearsing a policy: its ladder is played against the incidents of the past, and nothing is touched."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import UNSET

from tocsin.access import permissions, service as access
from tocsin.access.model import Named
from tocsin.activity import service as activity
from tocsin.base.actor import Actor
from tocsin.base.clock import check_moment
from tocsin.base.errors import invalid
from tocsin.classification import service as classification
from tocsin.classification.model import Catalogue as Entries
from tocsin.db.tx import Tx
from tocsin.escalation import store
from tocsin.escalation.model import (
    BreachSeen,
    Rehearsal,
    RehearsedStep,
    Tally,
    ToldOften,
    ladder_from,
)
from tocsin.escalation.rules import Hours, Ladder
from tocsin.escalation.rules.lives import KNOWN, Fact, without_own
from tocsin.escalation.rules.people import People
from tocsin.escalation.rules.rehearsal import Catalogue, Played, play
from tocsin.escalation.service.draft import Draft, check_whole
from tocsin.escalation.service.find import existing
from tocsin.escalation.service.hours import business_hours, hours_of
from tocsin.escalation.service.known import Fits, past_conditions
from tocsin.escalation.service.people import load_people
from tocsin.escalation.service.policies import checked
from tocsin.incidents.model import IncidentName
from tocsin.tenancy import service as tenancy

LONGEST = timedelta(days=400)
MOST_INCIDENTS = 50_000
MOST_SHOWN = 500
NIGHT = (22, 6)
"""From and until which hour people are woken, by the organisation's clock."""
_BATCH = 1000


async def rehearse(
    tx: Tx, actor: Actor, ref: str, since: datetime, until: datetime, draft: Draft | None = None
) -> Rehearsal:
    """What a policy would have done between two moments, or with `draft` as it would be changed. Nothing is written.

    A policy at work is played as it was: it counts from its activation, and imports start nothing. Any other is taken to
    have been at work all along. Raises `NotFound`, `Invalid`.
    """
    actor.must(permissions.ESCALATION_MANAGE)
    row = await existing(tx, ref)
    _check_span(tx, since, until)
    changed = draft is not None and any(getattr(draft, name) is not UNSET for name in draft.__struct_fields__)
    values = {**dict(row), **(await checked(tx, draft) if draft is not None else {})}
    ladder = ladder_from(values, await business_hours(tx))
    check_whole(ladder)
    as_it_was = row["is_active"] and not changed
    stage = await _Stage.set(tx, actor, row["id"], ladder, since, until, row["activated_at"] if as_it_was else None)
    ids = await store.record.alive_between(tx, since, until, MOST_INCIDENTS + 1)
    if len(ids) > MOST_INCIDENTS:
        raise invalid("from", "More than {most} incidents; ask for a shorter time.", most=MOST_INCIDENTS)
    for start in range(0, len(ids), _BATCH):
        await stage.play_some(tx, ids[start : start + _BATCH])
    return await stage.report(tx, len(ids), changed=changed)


def _check_span(tx: Tx, since: datetime, until: datetime) -> None:
    check_moment(since, "from")
    check_moment(until, "to")
    if until <= since:
        raise invalid("to", "The end lies before the beginning.")
    if until - since > LONGEST:
        raise invalid("to", "Ask for at most {days} days.", days=LONGEST.days)
    if since > tx.now:
        raise invalid("from", "This time is still to come; a rehearsal plays what has happened.")


class _Stage:
    """Everything that a rehearsal plays with, and what came of it so far."""

    def __init__(
        self,
        policy_id: UUID,
        ladder: Ladder,
        span: tuple[datetime, datetime],
        activated_at: datetime | None,
        catalogue: Catalogue,
        people: People,
        hours: Hours,
        fits: Fits,
        zone: ZoneInfo,
    ) -> None:
        self.policy_id, self.ladder, self.span, self.activated_at = policy_id, ladder, span, activated_at
        self.catalogue, self.people, self.hours, self.fits, self.zone = catalogue, people, hours, fits, zone
        self.steps: list[tuple[UUID, Played]] = []
        self.breaches: list[BreachSeen] = []
        self.names: dict[UUID, str] = {}

    @classmethod
    async def set(
        cls,
        tx: Tx,
        actor: Actor,
        policy_id: UUID,
        ladder: Ladder,
        since: datetime,
        until: datetime,
        activated_at: datetime | None,
    ) -> _Stage:
        """Read what is needed."""
        entries = await classification.catalogue(tx)
        end = min(until, tx.now)
        return cls(
            policy_id,
            ladder,
            (since, end),
            activated_at,
            _catalogue(entries),
            await load_people(tx, ladder, since, end + timedelta(seconds=1), verified=False),
            await hours_of(tx, ladder),
            await past_conditions(tx, actor, ladder.conditions, entries),
            ZoneInfo((await tenancy.current(tx)).time_zone),
        )

    async def play_some(self, tx: Tx, ids: Sequence[tuple[UUID, str]]) -> None:
        """Play the lives of some incidents."""
        self.names |= ids
        lives: dict[UUID, list[Fact]] = defaultdict(list)
        for row in await activity.histories(tx, [one for one, _ in ids], sorted(KNOWN)):
            imported = row["source"] == "import"
            fact = Fact(row["type"], row["at"], row["recorded_at"], row["actor_id"], row["facts"], imported)
            lives[row["stream"]].append(fact)
        since, until = self.span
        for incident_id, life in lives.items():
            played = play(
                self.ladder,
                without_own(life, str(self.policy_id)),
                self.catalogue,
                self.people,
                self.hours,
                self.fits(incident_id),
                until=until,
                since=self.activated_at,
            )
            mine = [step for step in played if step.at >= since]
            self.steps += [(incident_id, step) for step in mine]
            self._see_breaches(incident_id, life, played)

    def _see_breaches(self, incident_id: UUID, life: Sequence[Fact], played: Sequence[Played]) -> None:
        """Which recorded breaches somebody would have been told of before they came."""
        since, until = self.span
        for fact in life:
            if fact.name == "SlaBreached" and since <= fact.at <= until:
                due = datetime.fromisoformat(fact.facts["due_at"])
                told = next((step.at for step in played if (step.told or step.reassigned) and step.at < due), None)
                name = IncidentName(incident_id, self.names[incident_id])
                self.breaches.append(BreachSeen(name, fact.facts["clock"], due, told))

    async def report(self, tx: Tx, count: int, *, changed: bool) -> Rehearsal:
        """What came of it, beside what was recorded of this policy."""
        steps = sorted(self.steps, key=lambda one: (one[1].at, one[0], one[1].round, one[1].step))
        tally = self._tally([(incident, one.run, one.at, one.told) for incident, one in steps])
        rows = await store.record.of_policy(tx, self.policy_id, *self.span)
        recorded = [(row["incident_id"], row["run_id"], row["escalated_at"], _told(row["outcome"])) for row in rows]
        often = Counter(person for _, one in steps for person in one.told)
        at_night = Counter(person for _, one in steps for person in one.told if self._is_night(one.at))
        names = await access.names(tx, often)
        return Rehearsal(
            since=self.span[0],
            until=self.span[1],
            incidents=count,
            is_draft=changed,
            would=tally,
            recorded=self._tally(recorded),
            people=[
                ToldOften(Named(person, names.get(person, "")), often[person], at_night[person])
                for person in sorted(often, key=lambda one: (-often[one], names.get(one, ""), one))
            ],
            breaches=len(self.breaches),
            breaches_in_time=sum(one.told_at is not None for one in self.breaches),
            breaches_seen=sorted(self.breaches, key=lambda one: one.due_at)[:MOST_SHOWN],
            steps=[self._shown(incident, one) for incident, one in steps[:MOST_SHOWN]],
            is_cut=len(steps) > MOST_SHOWN or len(self.breaches) > MOST_SHOWN,
        )

    def _shown(self, incident_id: UUID, one: Played) -> RehearsedStep:
        name = IncidentName(incident_id, self.names[incident_id])
        return RehearsedStep(name, one.run, one.round, one.step, one.at, list(one.told))

    def _tally(self, steps: Sequence[tuple[UUID, Any, datetime, Sequence[UUID]]]) -> Tally:
        by_hour = [0] * 24
        woken: set[UUID] = set()
        for _incident, _run, at, told in steps:
            by_hour[at.astimezone(self.zone).hour] += len(told)
            if self._is_night(at):
                woken.update(told)
        return Tally(
            runs=len({(incident, run) for incident, run, _at, _told_ in steps}),
            steps=len(steps),
            notices=sum(by_hour),
            notices_at_night=sum(by_hour[NIGHT[0] :]) + sum(by_hour[: NIGHT[1]]),
            people_woken=len(woken),
            by_hour=by_hour,
        )

    def _is_night(self, at: datetime) -> bool:
        hour = at.astimezone(self.zone).hour
        return hour >= NIGHT[0] or hour < NIGHT[1]


def _told(outcome: Sequence[dict[str, Any]]) -> list[UUID]:
    """Whom a recorded step told, each once."""
    return list(dict.fromkeys(UUID(user) for done in outcome for user in done.get("users", ())))


def _catalogue(entries: Entries) -> Catalogue:
    raised = {one.slug: entries.raised(one) for one in entries.priorities.values()}
    return Catalogue(
        levels={one.slug: one.level for one in entries.priorities.values()},
        raised={slug: higher.slug for slug, higher in raised.items() if higher is not None},
        pausing=frozenset(one.slug for one in entries.statuses.values() if one.pauses_sla),
    )
