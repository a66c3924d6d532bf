"""The demo's content holds together: whoever and whatever it names exists, and its times are in order."""

from importlib.resources import files
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from tocsin.base.text import is_slug
from tocsin.intake.rules import demo
from tocsin.intake.rules.demo import TENANTS, DemoIncident, DemoTenant
from tocsin.intake.rules.servicenow import read_log

ROLES = {"admin", "manager", "agent", "viewer", "reporter"}
INCIDENTS = [pytest.param(t, i, id=f"{t.slug}: {i.title[:40]}") for t in TENANTS for i in t.incidents]


@pytest.mark.parametrize("tenant", TENANTS, ids=lambda t: t.slug)
def test_tenant(tenant: DemoTenant):
    ZoneInfo(tenant.time_zone)
    assert {p.role for p in tenant.people} == ROLES
    assert all(p.email == f"{p.key}@{tenant.slug}.example" for p in tenant.people)
    assert len({p.key for p in tenant.people}) == len(tenant.people)
    assert sum(p.is_active and p.role in {"admin", "manager", "agent"} for p in tenant.people) >= 5
    slugs = [t.slug for t in tenant.teams] + [c.slug for c in tenant.categories]
    assert all(map(is_slug, slugs))
    assert len(set(slugs)) == len(slugs)
    assert {team for p in tenant.people for team in p.teams} == {t.slug for t in tenant.teams}


@pytest.mark.parametrize("tenant", TENANTS, ids=lambda t: t.slug)
def test_every_state_is_shown_and_at_least_ten_are_open(tenant: DemoTenant):
    states = [i.status for i in tenant.incidents]
    assert set(states) == {"open", "triaged", "in-progress", "waiting", "resolved", "closed"}
    assert states.count("open") >= 10
    assert len(states) >= 30
    assert len({i.title for i in tenant.incidents}) == len(states)
    assert {i.priority for i in tenant.incidents} == {"critical", "high", "medium", "low"}
    assert {i.category for i in tenant.incidents} == {c.slug for c in tenant.categories}


def test_the_tenants_share_nobody():
    first, second = TENANTS
    assert not {p.name for p in first.people} & {p.name for p in second.people}
    assert not {c.slug for c in first.categories} & {c.slug for c in second.categories}


@pytest.mark.parametrize(("tenant", "incident"), INCIDENTS)
def test_incident_names_only_what_exists(tenant: DemoTenant, incident: DemoIncident):
    workers = {p.key for p in tenant.people if p.is_active and p.role in {"admin", "manager", "agent"}}
    assert incident.team in {None, *(t.slug for t in tenant.teams)}
    named = {*incident.collaborators, *(t.assigned_to for t in incident.tasks if t.assigned_to)}
    named |= {incident.owner} if incident.owner else set()
    assert named <= workers
    assert {c.by for c in incident.comments} <= workers
    assert set(incident.watchers) <= {p.key for p in tenant.people if p.is_active}
    may_create = workers | {p.key for p in tenant.people if p.is_active and p.role == "reporter"}
    assert not isinstance(incident.reporter, str) or incident.reporter in may_create
    assert {t.status for t in incident.tasks} <= {"open", "in_progress", "done", "cancelled"}
    assert incident.source in {"web", "email", "api"}
    assert 1 <= len(incident.title) <= 200


@pytest.mark.parametrize(("tenant", "incident"), INCIDENTS)
def test_incident_happens_in_order(tenant: DemoTenant, incident: DemoIncident):
    milestones = (incident.acknowledged_after, incident.waiting_after, incident.resolved_after, incident.closed_after)
    times = [0, *(m for m in milestones if m is not None), incident.age]
    assert all(a <= b for a, b in pairwise(times))
    assert all(0 < c.after <= incident.age for c in incident.comments)
    assert list(incident.comments) == sorted(incident.comments, key=lambda c: c.after)
    assert (incident.resolved_after is not None) == (incident.status in {"resolved", "closed"})
    assert (incident.resolution is not None) == (incident.status in {"resolved", "closed"})
    assert (incident.closed_after is not None) == (incident.status == "closed")
    assert (incident.waiting_after is not None) == (incident.status == "waiting")
    assert incident.status not in {"in-progress", "waiting", "resolved", "closed"} or incident.owner
    done = all(t.status in {"done", "cancelled"} for t in incident.tasks)
    assert done or incident.status not in {"resolved", "closed"}
    # Only somebody else than the reporter can acknowledge: the owner, else the first to comment.
    if incident.acknowledged_after is not None:
        assert (incident.owner or incident.comments[0].by) != incident.reporter
    # A public reply of a member is a first response: it may not come before the acknowledgement.
    replies = [c.after for c in incident.comments if not c.is_internal and c.by != incident.reporter]
    assert not replies or (incident.acknowledged_after or 0) <= min(replies)


def test_excerpt_of_the_real_log_is_readable():
    text = (files(demo) / demo.EXCERPT).read_text(encoding="utf-8")
    reading = read_log(text.splitlines(keepends=True))
    assert (len(reading.incidents), reading.refused) == (25, ())
    assert {i.state.priority for i in reading.incidents} == {"critical", "high", "medium", "low"}
    licence = (files(demo) / "README.txt").read_text(encoding="utf-8")
    assert "CC BY 4.0" in licence
