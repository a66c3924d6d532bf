"""`/routing`: the rules by which new incidents find their team and person, and asking them beforehand."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from tocsin.access import permissions
from tocsin.access.model import Named
from tocsin.base.paging import Page, PageQuery, page_of
from tocsin.incidents import service
from tocsin.incidents.model import NewIncident, RoutingRule
from tocsin.incidents.service.routing import Route
from tocsin.incidents.service.routing_rules import NewRule, RuleChange
from tocsin.web.routes import Ctx, delete, get, post, put

BASE = "/api/incidents/v1/routing"
RULES = f"{BASE}/rules"
MODULE = "incidents"
READ = (permissions.VIEW, permissions.SETTINGS_MANAGE)
MANAGE = permissions.SETTINGS_MANAGE


class WouldBe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An incident's body, and the reporter's organisation. What is left out is as a new incident has it."""

    title: str = ""
    description: str | None = None
    category: str | None = None
    priority: str | None = None
    status: str | None = None
    assigned_to: str | None = None
    team: str | None = None
    impact: str | None = None
    metadata: dict[str, Any] | None = None
    custom: dict[str, Any] | None = None
    tags: list[str] | None = None
    due_at: datetime | None = None
    source: Literal["email", "web", "api", "import", "alert"] = "api"
    organization: str | None = None


class Because(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that was asked: whether it takes the incident, and why or why not."""

    rule: Named
    matched: bool
    why: str


class Possible(msgspec.Struct, frozen=True, kw_only=True):
    """A member of the team who was looked at: until when they are away, what their open work weighs, whether they get it."""

    id: UUID
    name: str
    away_until: datetime | None
    load: int
    chosen: bool


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """Where an incident would go: the rules that were tried, in order, and what each said."""

    team: Named | None
    user: Named | None
    because: list[Because]
    candidates: list[Possible]


@get(RULES, module=MODULE, permission=READ)
async def list_rules(ctx: Ctx, query: PageQuery) -> Page[RoutingRule]:
    """The rules in the order in which they are tried."""
    found = await service.list_rules(ctx.tx, ctx.actor)
    order = (lambda rule: (rule.position, rule.id)), tuple[int, UUID]
    return page_of(found, *order, ["routing", ctx.tx.tenant_id], limit=query.limit, cursor=query.cursor)


@post(RULES, module=MODULE, permission=MANAGE, status=201)
async def add_rule(ctx: Ctx, data: NewRule) -> RoutingRule:
    """Add a rule; the first that fits takes a new incident."""
    rule = await service.add_rule(ctx.tx, ctx.actor, data)
    ctx.created(f"{RULES}/{rule.id}")
    return rule


@get(f"{RULES}/{{rule}}", module=MODULE, permission=READ)
async def get_rule(ctx: Ctx, rule: str) -> RoutingRule:
    """One rule."""
    return await service.get_rule(ctx.tx, ctx.actor, rule)


@put(f"{RULES}/{{rule}}", module=MODULE, permission=MANAGE)
async def change_rule(ctx: Ctx, rule: str, data: RuleChange) -> RoutingRule:
    """Change a rule, or its place among the others."""
    return await service.change_rule(ctx.tx, ctx.actor, rule, data)


@delete(f"{RULES}/{{rule}}", module=MODULE, permission=MANAGE)
async def remove_rule(ctx: Ctx, rule: str) -> None:
    """Remove a rule."""
    await service.remove_rule(ctx.tx, ctx.actor, rule)


@post(f"{BASE}/preview", module=MODULE, permission=(permissions.CREATE, MANAGE))
async def preview(ctx: Ctx, data: WouldBe) -> Destination:
    """Say where an incident would go and why; nothing is kept, and nobody's turn is taken."""
    values = ((name, getattr(data, name)) for name in data.__struct_fields__)
    new = NewIncident(**{name: value for name, value in values if value is not None})
    return _destination(await service.preview_route(ctx.tx, ctx.actor, new))


def _destination(found: Route) -> Destination:
    last = found.way[-1] if found.way else None
    return Destination(
        team=found.team,
        user=Named(last.user_id, last.name) if last is not None else None,
        because=[
            Because(rule=one.rule, matched=one.matched, why=" ".join(said.text for said in one.because))
            for one in found.tried
        ],
        candidates=[
            Possible(
                id=one.id,
                name=one.name,
                away_until=one.away_until,
                load=load,
                chosen=last is not None and one.id == last.user_id,
            )
            for one, load in found.candidates
        ],
    )


ENDPOINTS = (list_rules, add_rule, get_rule, change_rule, remove_rule, preview)
