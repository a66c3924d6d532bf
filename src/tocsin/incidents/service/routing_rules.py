"""Managing the rules of routing, and asking them where an incident would go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tocsin.access import permissions, service as access
from tocsin.activity.model import before_and_after
from tocsin.base.actor import Actor
from tocsin.base.errors import NotFound, Refused, invalid
from tocsin.base.ids import new_id, parse_id
from tocsin.base.text import clean_line
from tocsin.classification import service as classification
from tocsin.classification.model import Catalogue
from tocsin.db.tx import Tx
from tocsin.incidents import events, store
from tocsin.incidents.model import NewIncident, RoutingRule
from tocsin.incidents.rules.routing import has_word
from tocsin.incidents.service.check import check_new
from tocsin.incidents.service.custom import NO_FIELD, by_slug, read_custom, wanted_value
from tocsin.incidents.service.listing import SOURCES
from tocsin.incidents.service.placing import place
from tocsin.incidents.service.routing import Route, Rule, reread, rules_of
from tocsin.tenancy import service as tenancy

MOST_RULES = 500
MOST_WORDS = 100
Name = Annotated[str, Meta(max_length=200)]
Words = Annotated[list[Annotated[str, Meta(max_length=200)]], Meta(max_length=MOST_WORDS)]
OneOrMore = Words | Name
"""A value, or a list of values of which any one is enough."""


class NewRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new rule: what it wants of an incident, and the team or user (or both) that it sends it to.

    `category` and `priority` are ids or slugs; `organization` is the reporter's; `keyword` a word or phrase of the title
    or description; `custom` holds values by the slug of their field. Each takes one value or several. Without a position it comes last.
    """

    name: Name = ""
    category: OneOrMore | None = None
    priority: OneOrMore | None = None
    source: OneOrMore | None = None
    organization: OneOrMore | None = None
    keyword: OneOrMore | None = None
    custom: dict[str, OneOrMore] | None = None
    team: str | None = None
    user: str | None = None
    position: Annotated[int, Meta(ge=1, le=MOST_RULES)] | None = None
    is_active: bool = True


class RuleChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays; null clears."""

    name: Name | UnsetType = UNSET
    category: OneOrMore | UnsetType | None = UNSET
    priority: OneOrMore | UnsetType | None = UNSET
    source: OneOrMore | UnsetType | None = UNSET
    organization: OneOrMore | UnsetType | None = UNSET
    keyword: OneOrMore | UnsetType | None = UNSET
    custom: dict[str, OneOrMore] | UnsetType | None = UNSET
    team: str | UnsetType | None = UNSET
    user: str | UnsetType | None = UNSET
    position: Annotated[int, Meta(ge=1, le=MOST_RULES)] | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET


async def list_rules(tx: Tx, actor: Actor) -> list[RoutingRule]:
    """The rules in the order in which they are tried."""
    _must_see(actor)
    catalogue = await classification.catalogue(tx)
    return [_view(rule, catalogue) for rule in await rules_of(tx)]


async def rule_names(tx: Tx, ids: Iterable[UUID]) -> dict[UUID, str]:
    """What rules are called."""
    return await store.routing.names(tx, sorted(set(ids)))


async def get_rule(tx: Tx, actor: Actor, ref: str) -> RoutingRule:
    """A rule. Raises `NotFound`."""
    _must_see(actor)
    return _view(_find(await rules_of(tx), ref), await classification.catalogue(tx))


def _must_see(actor: Actor) -> None:
    if not actor.can(permissions.SETTINGS_MANAGE):
        actor.must(permissions.VIEW)


async def add_rule(tx: Tx, actor: Actor, new: NewRule) -> RoutingRule:
    """Add a rule; new incidents follow it at once. Raises `Invalid`, `Refused` for too many."""
    actor.must(permissions.SETTINGS_MANAGE)
    await store.routing.lock(tx)
    known = await reread(tx)
    if len(known) >= MOST_RULES:
        raise Refused("There are {most} rules already; remove one first.", most=MOST_RULES)
    given = {name: value for name in new.__struct_fields__ if (value := getattr(new, name)) is not None}
    values, entries, names = await _read(tx, actor, given)
    if not names:
        raise invalid("team", "Name the team or the user that it sends to.")
    values["name"] = clean_line(new.name) or f"→ {', '.join(names)}"[:200]
    rule_id = new_id()
    await store.routing.insert(tx, rule_id, {**values, "position": len(known) + 1})
    for column, entry_ids in entries.items():
        await store.routing.set_entries(tx, rule_id, column, entry_ids)
    if new.position is not None:
        await _move(tx, [rule.id for rule in known], rule_id, new.position)
    return await _changed(tx, actor, rule_id, events.RoutingRuleCreated, {})


async def change_rule(tx: Tx, actor: Actor, ref: str, change: RuleChange) -> RoutingRule:
    """Change a rule, or its place among the others. Raises `NotFound`, `Invalid`."""
    actor.must(permissions.SETTINGS_MANAGE)
    await store.routing.lock(tx)
    known = await reread(tx)
    rule = _find(known, ref)
    given = {name: value for name in change.__struct_fields__ if (value := getattr(change, name)) is not UNSET}
    before = _view(rule, await classification.catalogue(tx))
    values, entries, _ = await _read(tx, actor, given, rule)
    if change.name is not UNSET:
        values["name"] = clean_line(change.name)
        if not values["name"]:
            raise invalid("name", "Give a name of 1 to 200 characters.")
    targets = {"team_id": rule.team.id if rule.team else None, "user_id": rule.user.id if rule.user else None}
    if not any({**targets, **values}[name] for name in targets):
        raise invalid("team", "Name the team or the user that it sends to.")
    await store.routing.update(tx, rule.id, values)
    for column, entry_ids in entries.items():
        await store.routing.set_entries(tx, rule.id, column, entry_ids)
    if change.position is not UNSET:
        await _move(tx, [each.id for each in known], rule.id, change.position)
    return await _changed(tx, actor, rule.id, events.RoutingRuleChanged, {"fields": sorted(given)}, before)


async def remove_rule(tx: Tx, actor: Actor, ref: str) -> None:
    """Remove a rule. Raises `NotFound`."""
    actor.must(permissions.SETTINGS_MANAGE)
    await store.routing.lock(tx)
    known = await reread(tx)
    rule = _find(known, ref)
    await store.routing.delete(tx, rule.id)
    await store.routing.place(tx, [each.id for each in known if each.id != rule.id])
    tx.emit(events.RoutingRuleDeleted(actor=actor, facts={"rule": rule.id}, texts={"name": rule.name}))
    await tenancy.configuration_changed(tx)
    await reread(tx)


async def _move(tx: Tx, order: Sequence[UUID], rule_id: UUID, position: int) -> None:
    others = [each for each in order if each != rule_id]
    others.insert(position - 1, rule_id)
    await store.routing.place(tx, others)


async def _changed(
    tx: Tx, actor: Actor, rule_id: UUID, kind: type[Any], facts: dict[str, Any], before: RoutingRule | None = None
) -> RoutingRule:
    rule = _find(await reread(tx), str(rule_id))
    view = _view(rule, await classification.catalogue(tx))
    now = {name: getattr(view, name) for name in ("position", "is_active", "category", "priority", "source")}
    targets = {"team": rule.team.id if rule.team else None, "user": rule.user.id if rule.user else None}
    texts: dict[str, Any] = {"name": rule.name, "organization": view.organization, "keyword": view.keyword}
    if before is not None:
        texts |= before_and_after(before, view, facts["fields"])
    tx.emit(kind(actor=actor, facts={"rule": rule.id, **facts, **now, **targets}, texts=texts))
    await tenancy.configuration_changed(tx)
    return view


def _find(known: Iterable[Rule], ref: str) -> Rule:
    wanted = parse_id(ref)
    found = next((rule for rule in known if rule.id == wanted), None)
    if found is None:
        raise NotFound
    return found


async def _read(
    tx: Tx, actor: Actor, given: dict[str, Any], rule: Rule | None = None
) -> tuple[dict[str, Any], dict[str, list[UUID]], list[str]]:
    """The columns and entries of what is given, and the names of the targets among it. Raises `Invalid`.

    What the rule has already passes, be it inactive or no choice any more.
    """
    catalogue = await classification.catalogue(tx)
    categories, priorities = (rule.categories, rule.priorities) if rule is not None else ((), ())
    held = rule.conditions.custom if rule is not None else {}
    values: dict[str, Any] = {}
    entries: dict[str, list[UUID]] = {}
    if "category" in given:
        entries["category_id"] = _each(
            given["category"], _entry(catalogue.find_category, catalogue.category, categories)
        )
    if "priority" in given:
        entries["priority_id"] = _each(
            given["priority"], _entry(catalogue.find_priority, catalogue.priority, priorities)
        )
    if "source" in given:
        values["sources"] = _each(given["source"], _source)
    for field, column in (("organization", "organizations"), ("keyword", "keywords")):
        if field in given:
            values[column] = _words(field, given[field])
    if "custom" in given:
        custom = by_slug(catalogue, given["custom"] or {})
        read = {slug: await _custom(tx, actor, catalogue, slug, each, held) for slug, each in custom.items()}
        values["custom"] = {slug: wanted for slug, wanted in read.items() if wanted}
    names = []
    if "team" in given:
        team = await access.find_team(tx, given["team"], "team") if given["team"] is not None else None
        values["team_id"] = team.id if team is not None else None
        names += [team.name] if team is not None else []
    if "user" in given:
        user = await access.find_user(tx, given["user"], "user", actor) if given["user"] is not None else None
        values["user_id"] = user.id if user is not None else None
        names += [user.name] if user is not None else []
    if "is_active" in given:
        values["is_active"] = given["is_active"]
    return values, entries, names


def _entry(find: Callable[[str], Any], need: Callable[[str], Any], held: Sequence[UUID]) -> Callable[[str], UUID]:
    """How an entry of the catalogue is read: an active one, or one that is held already."""

    def read(ref: str) -> UUID:
        found = find(ref)
        entry: UUID = found.id if found is not None and found.id in held else need(ref).id
        return entry

    return read


def _each(given: list[str] | str | None, read: Any) -> list[Any]:
    texts = [given] if isinstance(given, str) else given or []
    return list(dict.fromkeys(read(text) for text in texts))


async def _custom(
    tx: Tx, actor: Actor, catalogue: Catalogue, slug: str, wanted: list[str] | str, held: Mapping[str, Sequence[str]]
) -> list[str]:
    field, name = catalogue.find_field(slug), f"custom.{slug}"
    if field is None:
        raise invalid(name, NO_FIELD)
    lines = _words(name, wanted)
    read = [line if line in held.get(slug, ()) else await wanted_value(tx, actor, field, name, line) for line in lines]
    return list(dict.fromkeys(read))


def _words(field: str, given: list[str] | str | None) -> list[str]:
    """The lines of a condition. Raises `Invalid` for an empty one: left out, it would let the rule take every incident."""
    lines: list[str] = _each(given, clean_line)
    if field == "keyword" and not all(has_word(line) for line in lines):
        raise invalid(field, "Give words with letters or digits.")
    if not all(lines):
        raise invalid(field, "Leave no value empty.")
    return lines


def _source(text: str) -> str:
    if text not in SOURCES:
        raise invalid("source", "Use {names}.", names=", ".join(SOURCES))
    return text


def _view(rule: Rule, catalogue: Catalogue) -> RoutingRule:
    return RoutingRule(
        **{name: getattr(rule, name) for name in ("id", "name", "position", "is_active", "created_at", "updated_at")},
        category=[catalogue.categories[one].slug for one in rule.categories],
        priority=[catalogue.priorities[one].slug for one in rule.priorities],
        source=list(rule.sources),
        organization=list(rule.conditions.organizations),
        keyword=list(rule.conditions.keywords),
        custom={slug: list(values) for slug, values in rule.conditions.custom.items()},
        team=rule.team,
        user=rule.user,
    )


async def preview(tx: Tx, actor: Actor, new: NewIncident) -> Route:
    """Where an incident would go and why, without taking anybody's turn. Raises `Invalid`, `Forbidden` as `create` does,
    but for what is left out: nobody need be asked for a required field to know where something goes.
    """
    if not actor.can(permissions.SETTINGS_MANAGE):
        actor.must(permissions.CREATE)
    if new.assigned_to is not None or new.team is not None:
        actor.must(permissions.ASSIGN)
    await check_new(tx, actor, msgspec.structs.replace(new, title=new.title or "…"), complete=False)
    catalogue = await classification.catalogue(tx)
    category = catalogue.category(new.category) if new.category is not None else None
    priority = catalogue.priority(new.priority) if new.priority is not None else catalogue.default_priority
    owner = await access.find_user(tx, new.assigned_to, "assigned_to", actor) if new.assigned_to is not None else None
    team = await access.find_spreading_team(tx, new.team, "team") if new.team is not None else None
    values = {
        "id": new_id(),
        "title": new.title,
        "description": new.description,
        "category_id": category.id if category is not None else None,
        "priority_id": priority.id,
        "priority_level": priority.level,
        "source": new.source,
        "custom": await read_custom(tx, actor, new.custom, category),
        "reported_by_user_id": actor.id,
        "reported_by_reporter_id": None,
    }
    return await place(tx, actor, new, values, owner, team, catalogue, take=False)
