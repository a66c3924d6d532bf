"""Routing: the rules in the order in which they are tried, each in a form, and where a given incident would go."""

from __future__ import annotations

from typing import Any

import msgspec

from tocsin.access import permissions, service as access
from tocsin.access.service import TeamQuery
from tocsin.base.errors import BadValue, Invalid, invalid
from tocsin.base.manifest import Navigation
from tocsin.base.paging import MAX_LIMIT
from tocsin.classification.rules.fields import from_form
from tocsin.incidents import service
from tocsin.incidents.console.common import MODULE, with_catalogue
from tocsin.incidents.console.filters import SOURCE_WORDS
from tocsin.incidents.model import NewIncident, RoutingRule
from tocsin.incidents.service.routing import Route
from tocsin.incidents.service.routing_rules import NewRule, RuleChange
from tocsin.web import admin, pages
from tocsin.web.admin import Choice
from tocsin.web.forms import InUse, NoFields
from tocsin.web.i18n import N_
from tocsin.web.pages import Undo
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action, page

MANAGE = permissions.SETTINGS_MANAGE
ROUTING = "/admin/routing"
FORM = "rule"


class WhereQuery(msgspec.Struct, frozen=True, kw_only=True):
    """An incident to ask about; empty for none."""

    ask: str = ""
    title: str = ""
    category: str = ""
    priority: str = ""
    source: str = ""
    organization: str = ""
    custom: str = ""


class RuleForm(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as the form has it: words and organisations separated by commas, `custom` a line for each field."""

    name: str = ""
    category: list[str] = []
    priority: list[str] = []
    source: list[str] = []
    organization: str = ""
    keyword: str = ""
    custom: str = ""
    team: str | None = None
    user: str | None = None


class Shift(msgspec.Struct, frozen=True):
    """Which way in the order: `earlier` or `later`."""

    way: str = "earlier"


@page(ROUTING, module=MODULE, permission=MANAGE)
async def show_routing(ctx: Ctx, query: WhereQuery) -> Reply:
    """The rules in order, and where an incident would go."""
    catalogue = await with_catalogue(ctx)
    _ = pages.speech(ctx).gettext
    found, wrong = await _ask(ctx, query)
    return pages.render(
        ctx,
        "incidents/routing.html",
        rules=await service.list_rules(ctx.tx, ctx.actor),
        query=query,
        found=found,
        wrong=wrong,
        say=pages.speech(ctx).say,
        names=_names(catalogue),
        sources={key: _(word) for key, word in SOURCE_WORDS.items()},
        categories=[(c.slug, c.name) for c in catalogue.categories.values() if c.is_active],
        fields=[field.slug for field in catalogue.fields.values() if field.is_active],
        field_names={field.slug: field.name for field in catalogue.fields.values()},
        priorities=[
            (p.slug, p.name) for p in sorted(catalogue.priorities.values(), key=lambda p: p.level) if p.is_active
        ],
    )


async def _ask(ctx: Ctx, query: WhereQuery) -> tuple[Route | None, str]:
    """Where the incident of an address would go, or what is wrong with it."""
    if not query.ask:
        return None, ""
    catalogue = await with_catalogue(ctx)
    try:
        new = NewIncident(
            title=query.title,
            category=query.category or None,
            priority=query.priority or None,
            source=query.source or "api",
            organization=query.organization or None,
            custom={slug: _value(catalogue, slug, values) for slug, values in _lines(query.custom).items()},
        )
        return await service.preview_route(ctx.tx, ctx.actor, new), ""
    except Invalid as error:
        flaw = error.errors[0]
        return None, f"{flaw.field}: {pages.speech(ctx).say(flaw.template, flaw.values)}"


def _names(catalogue: Any) -> dict[str, str]:
    entries = (*catalogue.categories.values(), *catalogue.priorities.values())
    return {entry.slug: entry.name for entry in entries}


@page(f"{ROUTING}/new", module=MODULE, permission=MANAGE)
async def show_new_rule(ctx: Ctx) -> Reply:
    """The form for a new rule."""
    return await _form(ctx, None)


@page(f"{ROUTING}/{{rule}}", module=MODULE, permission=MANAGE)
async def show_rule(ctx: Ctx, rule: str) -> Reply:
    """A rule, ready to be changed."""
    return await _form(ctx, await service.get_rule(ctx.tx, ctx.actor, rule))


async def _form(ctx: Ctx, rule: RoutingRule | None) -> Reply:
    catalogue = await with_catalogue(ctx)
    _ = pages.speech(ctx).gettext
    used = {*(rule.category if rule else ()), *(rule.priority if rule else ())}
    categories = sorted(catalogue.categories.values(), key=lambda c: c.name.casefold())
    priorities = sorted(catalogue.priorities.values(), key=lambda p: p.level)
    people = await access.people_to_choose(ctx.tx)
    teams = (await access.list_teams(ctx.tx, TeamQuery(limit=MAX_LIMIT))).items
    return pages.render(
        ctx,
        "incidents/routing_rule.html",
        rule=rule,
        categories=[Choice(c.slug, c.name) for c in categories if c.is_active or c.slug in used],
        priorities=[Choice(p.slug, p.name) for p in priorities if p.is_active or p.slug in used],
        sources=[Choice(key, _(word)) for key, word in SOURCE_WORDS.items()],
        people=_with([(str(one.id), one.name) for one in people], rule.user if rule else None),
        teams=_with([(str(one.id), one.name) for one in teams], rule.team if rule else None),
        custom="\n".join(f"{slug}: {', '.join(values)}" for slug, values in rule.custom.items()) if rule else "",
        fields=[field.slug for field in catalogue.fields.values() if field.is_active],
    )


def _with(known: list[tuple[str, str]], chosen: Any) -> list[tuple[str, str]]:
    """The choices, and what is chosen already though it may not be chosen anew."""
    if chosen is None or any(key == str(chosen.id) for key, _ in known):
        return known
    return [*known, (str(chosen.id), chosen.name)]


def _lines(text: str) -> dict[str, list[str]]:
    """Values by the slug of their field. Raises `Invalid`."""
    custom: dict[str, list[str]] = {}
    for line in text.splitlines():
        slug, colon, values = line.partition(":")
        if line.strip() and not colon:
            raise invalid("custom", "Write a line for each field, such as site: berlin, paris.")
        if line.strip():
            custom[slug.strip()] = _words(values)
    return custom


def _value(catalogue: Any, slug: str, texts: list[str]) -> Any:
    """What an incident has in a field, of the words of a form; of an unknown field, or a wrong value, the words themselves."""
    field = catalogue.find_field(slug)
    try:
        return from_form(field.type, texts) if field is not None else texts
    except BadValue:
        return texts


def _given(data: RuleForm) -> dict[str, Any]:
    return {
        "category": list(data.category),
        "priority": list(data.priority),
        "source": list(data.source),
        "organization": _words(data.organization),
        "keyword": _words(data.keyword),
        "custom": _lines(data.custom),
        "team": data.team or None,
        "user": data.user or None,
    }


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


@action(ROUTING, module=MODULE, permission=MANAGE)
async def add_rule(ctx: Ctx, data: RuleForm) -> Reply:
    """Add a rule, behind the others."""
    _ = pages.speech(ctx).gettext
    try:
        made = await service.add_rule(ctx.tx, ctx.actor, NewRule(name=data.name, **_given(data)))
    except Invalid as error:
        raise _about(error) from None
    return pages.redirect(ctx, ROUTING, _("The rule %(name)s is at work.") % {"name": made.name})


@action(f"{ROUTING}/{{rule}}", module=MODULE, permission=MANAGE)
async def change_rule(ctx: Ctx, rule: str, data: RuleForm) -> Reply:
    """Change a rule."""
    _ = pages.speech(ctx).gettext
    before = await service.get_rule(ctx.tx, ctx.actor, rule)
    given = _given(data)
    for name in ("team", "user"):
        held = getattr(before, name)
        if held is not None and given[name] == str(held.id):
            del given[name]
    try:
        after = await service.change_rule(ctx.tx, ctx.actor, rule, RuleChange(name=data.name, **given))
    except Invalid as error:
        raise _about(error) from None
    return pages.redirect(ctx, ROUTING, _("The rule %(name)s was saved.") % {"name": after.name})


def _about(error: Invalid) -> Invalid:
    """A flaw of a custom field, as a flaw of the lines that name it."""
    return admin.renamed(error, **{flaw.field: "custom" for flaw in error.errors if flaw.field.startswith("custom.")})


@action(f"{ROUTING}/{{rule}}/active", module=MODULE, permission=MANAGE)
async def set_rule_active(ctx: Ctx, rule: str, data: InUse) -> Reply:
    """Let a rule work, or rest."""
    _ = pages.speech(ctx).gettext
    after = await service.change_rule(ctx.tx, ctx.actor, rule, RuleChange(is_active=data.is_active))
    said = _("The rule %(name)s is at work.") if after.is_active else _("The rule %(name)s rests.")
    undo = Undo(f"{ROUTING}/{after.id}/active", {"is_active": "false" if data.is_active else "true"})
    return pages.back(ctx, ROUTING, said % {"name": after.name}, undo)


@action(f"{ROUTING}/{{rule}}/shift", module=MODULE, permission=MANAGE)
async def shift_rule(ctx: Ctx, rule: str, data: Shift) -> Reply:
    """Try a rule earlier, or later."""
    before = await service.get_rule(ctx.tx, ctx.actor, rule)
    step = 1 if data.way == "later" else -1
    last = len(await service.list_rules(ctx.tx, ctx.actor))
    place = min(max(1, before.position + step), last)
    await service.change_rule(ctx.tx, ctx.actor, rule, RuleChange(position=place))
    return pages.back(ctx, ROUTING, None)


@action(f"{ROUTING}/{{rule}}/delete", module=MODULE, permission=MANAGE)
async def delete_rule(ctx: Ctx, rule: str, data: NoFields) -> Reply:
    """Remove a rule."""
    _ = pages.speech(ctx).gettext
    before = await service.get_rule(ctx.tx, ctx.actor, rule)
    await service.remove_rule(ctx.tx, ctx.actor, rule)
    return pages.redirect(ctx, ROUTING, _("The rule %(name)s was removed.") % {"name": before.name})


ENDPOINTS = (
    *(show_routing, show_new_rule, show_rule),
    *(add_rule, change_rule, set_rule_active, shift_rule, delete_rule),
)
NAVIGATION = (Navigation(N_("Routing"), ROUTING, icon="route", permissions=(MANAGE,), place="admin", order=36),)
