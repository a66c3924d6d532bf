"""Escalating an incident by hand, escalation policies, and their runs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from tocsin.access import permissions
from tocsin.base.paging import ActiveQuery, Page, PageQuery
from tocsin.escalation import service
from tocsin.escalation.model import (
    Alert,
    Escalation,
    Hours,
    OnManual,
    Policy,
    Reach,
    Rehearsal,
    Run,
    Step,
    Stop,
    Trigger,
)
from tocsin.escalation.service import Draft, EscalationSettings, PersonalRule, RulesView, SettingsChange
from tocsin.escalation.service.many import Escalate
from tocsin.incidents.api import ONE, answer
from tocsin.incidents.model import IncidentView
from tocsin.web.routes import Ctx, Nothing, delete, get, post, put

POLICIES = "/api/escalation/v1/policies"
RUNS = "/api/escalation/v1/runs"
SETTINGS = "/api/escalation/v1/settings"
RULES = "/api/escalation/v1/notification-rules"
MODULE = "escalation"


class NewPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new policy. Without `stop_on` the trigger's own contrary stops it; being resolved always does.

    `hours`: around the clock, or in the organisation's business hours. `on_manual`: whether escalating by hand stops a
    run, or only gets ahead of it.
    """

    name: Annotated[str, Meta(max_length=200)]
    trigger: Trigger
    steps: Annotated[list[Step], Meta(max_length=50)]
    is_active: bool = True
    conditions: Annotated[str, Meta(max_length=2000)] = ""
    repeat: Annotated[int, Meta(ge=0, le=100)] = 0
    stop_on: Annotated[list[Stop], Meta(max_length=10)] | msgspec.UnsetType = msgspec.UNSET
    hours: Hours = "24x7"
    on_manual: OnManual = "outrun"


class RunQuery(PageQuery, frozen=True, kw_only=True):
    """`incident`: an id or reference code; `policy`: an id; `state`: running, finished or stopped."""

    incident: str | None = None
    policy: str | None = None
    state: str | None = None


@post(f"{ONE}/escalate", module=MODULE, permission=permissions.ESCALATE)
async def escalate_incident(ctx: Ctx, ref: str, data: Escalate) -> IncidentView:
    """Raise the priority and/or hand it over, with a reason."""
    incident_id = await service.escalate_manually(
        ctx.tx, ctx.actor, ref, priority=data.priority, user=data.user, team=data.team, reason=data.reason
    )
    return await answer(ctx, incident_id)


@get(f"{ONE}/escalations", module=MODULE, permission=permissions.VIEW)
async def list_escalations(ctx: Ctx, ref: str, query: PageQuery) -> Page[Escalation]:
    """How it was escalated, by hand and by policies, oldest first."""
    return await service.escalations(ctx.tx, ctx.actor, ref, limit=query.limit, cursor=query.cursor)


@get(POLICIES, module=MODULE, permission=permissions.ESCALATION_MANAGE)
async def list_policies(ctx: Ctx, query: ActiveQuery) -> Page[Policy]:
    """Escalation policies, by name."""
    return await service.policies(ctx.tx, ctx.actor, is_active=query.active, limit=query.limit, cursor=query.cursor)


@post(POLICIES, module=MODULE, permission=permissions.ESCALATION_MANAGE, status=201)
async def add_policy(ctx: Ctx, data: NewPolicy) -> Policy:
    """Add an escalation policy; an active one counts open incidents from now."""
    draft = service.Draft(**{name: getattr(data, name) for name in data.__struct_fields__})
    policy = await service.add_policy(ctx.tx, ctx.actor, draft)
    ctx.created(f"{POLICIES}/{policy.id}")
    return policy


@get(f"{POLICIES}/{{policy}}", module=MODULE, permission=permissions.ESCALATION_MANAGE)
async def get_policy(ctx: Ctx, policy: str) -> Policy:
    """One escalation policy."""
    return await service.get_policy(ctx.tx, ctx.actor, policy)


@put(f"{POLICIES}/{{policy}}", module=MODULE, permission=permissions.ESCALATION_MANAGE)
async def change_policy(ctx: Ctx, policy: str, data: service.Draft) -> Policy:
    """Change the given fields; runs that have started keep their ladder."""
    return await service.change_policy(ctx.tx, ctx.actor, policy, data)


@delete(f"{POLICIES}/{{policy}}", module=MODULE, permission=permissions.ESCALATION_MANAGE)
async def remove_policy(ctx: Ctx, policy: str) -> None:
    """Delete an escalation policy, or deactivate it when it ever ran."""
    await service.remove_policy(ctx.tx, ctx.actor, policy)


@get(RUNS, module=MODULE, permission=(permissions.ESCALATION_MANAGE, permissions.VIEW))
async def list_runs(ctx: Ctx, query: RunQuery) -> Page[Run]:
    """Policies at work on incidents, with the next step and when; newest first."""
    return await service.runs(
        ctx.tx,
        ctx.actor,
        incident=query.incident,
        policy=query.policy,
        state=query.state,
        limit=query.limit,
        cursor=query.cursor,
    )


@post(f"{RUNS}/{{run}}/advance", module=MODULE, permission=permissions.ESCALATE)
async def advance_run(ctx: Ctx, run: str, data: Nothing) -> Run:
    """Do the next step of a run now instead of at its time."""
    await service.hurry(ctx.tx, ctx.actor, run)
    return await service.get_run(ctx.tx, ctx.actor, run)


@post(f"{RUNS}/{{run}}/stop", module=MODULE, permission=permissions.ESCALATE)
async def stop_run(ctx: Ctx, run: str, data: Nothing) -> Run:
    """End a run."""
    await service.end_run(ctx.tx, ctx.actor, run)
    return await service.get_run(ctx.tx, ctx.actor, run)


@get(SETTINGS, module=MODULE, permission=permissions.ESCALATION_MANAGE)
async def get_settings(ctx: Ctx) -> EscalationSettings:
    """What is set for all policies."""
    return await service.settings(ctx.tx, ctx.actor)


@put(SETTINGS, module=MODULE, permission=permissions.ESCALATION_MANAGE)
async def change_settings(ctx: Ctx, data: SettingsChange) -> EscalationSettings:
    """Set who is told when a ladder has reached nobody."""
    return await service.change_settings(ctx.tx, ctx.actor, data)


class Rehearse(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"since": "from", "until": "to"}
):
    """From when until when; `draft` holds the fields of the policy as they would be changed."""

    since: datetime
    until: datetime
    draft: Draft | None = None


@post(f"{POLICIES}/{{policy}}/rehearse", module=MODULE, permission=permissions.ESCALATION_MANAGE)
async def rehearse_policy(ctx: Ctx, policy: str, data: Rehearse) -> Rehearsal:
    """What the policy would have done with the incidents of the past. Nothing is changed, nobody is told."""
    return await service.rehearse(ctx.tx, ctx.actor, policy, data.since, data.until, data.draft)


class ReachQuery(msgspec.Struct, frozen=True, kw_only=True):
    """How many days ahead, and the promised time (an ISO 8601 duration; left out: until the ladder's last step)."""

    days: int = 30
    within: str | None = None


@get(f"{POLICIES}/{{policy}}/reach", module=MODULE, permission=permissions.ESCALATION_MANAGE)
async def reach_of_policy(ctx: Ctx, policy: str, query: ReachQuery) -> Reach:
    """Whether the policy reaches somebody at every instant to come, else the exact gaps."""
    return await service.reach(ctx.tx, ctx.actor, policy, query.days, query.within)


class NewRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One's rules, all of them; null: to be told as everybody is, by e-mail at once."""

    rules: Annotated[list[PersonalRule], Meta(max_length=20)] | None


@get(f"{RULES}/{{user}}", module=MODULE, permission=permissions.ALL)
async def get_notification_rules(ctx: Ctx, user: str) -> RulesView:
    """How somebody (`me`, or by id or e-mail) is told of escalations."""
    return await service.get_rules(ctx.tx, ctx.actor, user)


@put(f"{RULES}/{{user}}", module=MODULE, permission=permissions.ALL)
async def set_notification_rules(ctx: Ctx, user: str, data: NewRules) -> RulesView:
    """Say how one (`me`), or somebody else, is told of escalations."""
    return await service.set_rules(ctx.tx, ctx.actor, user, data.rules)


@get(f"{ONE}/alerts", module=MODULE, permission=permissions.VIEW)
async def list_alerts(ctx: Ctx, ref: str, query: PageQuery) -> Page[Alert]:
    """Who is or was being told of its escalations, the latest first."""
    return await service.alerts(ctx.tx, ctx.actor, ref, limit=query.limit, cursor=query.cursor)


ENDPOINTS = (
    *(escalate_incident, list_escalations),
    *(list_policies, add_policy, get_policy, change_policy, remove_policy, list_runs),
    *(advance_run, stop_run, get_settings, change_settings),
    *(rehearse_policy, reach_of_policy),
    *(get_notification_rules, set_notification_rules, list_alerts),
)
