"""Custom values and tags of an incident: checked against the tenant's fields, kept on the record, indexed for lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal
from uuid import UUID

import asyncpg
import msgspec

from tocsin.access import permissions, service as access
from tocsin.base.actor import Actor
from tocsin.base.errors import N_, BadValue, FieldError, Invalid, NotFound, Unavailable, invalid
from tocsin.base.paging import check_limit, decode_cursor, encode_cursor
from tocsin.classification import service as classification
from tocsin.classification.model import Catalogue, Category, Field
from tocsin.classification.rules import clean_tag, clean_tags, fields as rules, tag_beginning
from tocsin.db.tx import Tx
from tocsin.incidents import store
from tocsin.incidents.model import CustomFilter, Incident
from tocsin.incidents.service.access import lock, must_see_some
from tocsin.incidents.service.record import changed, say_updated
from tocsin.incidents.service.searching import index_record

NO_FIELD = N_("There is no such field here.")
NEEDED = N_("{name} is required.")


# ------------------------------------------------------------------------------------------------------------- values


async def read_custom(
    tx: Tx,
    actor: Actor,
    given: Mapping[str, Any],
    category: Category | None,
    held: Mapping[str, Any] | None = None,
    *,
    public_only: bool = False,
) -> dict[str, Any]:
    """Custom values by slug as they are to be kept: those that are `held`, with the given ones over them, null clears.

    Fields are given by slug or id. A value given as it is held already passes, be its field retired or its choice gone by now.
    Raises `Invalid` naming `custom.<slug>` for each value at fault.
    """
    found, flaws = dict(held or {}), []
    catalogue = await classification.catalogue(tx)
    for slug, value in by_slug(catalogue, given).items():
        if slug in found and found[slug] == value and type(found[slug]) is type(value):
            continue
        try:
            found[slug] = await _read(tx, actor, catalogue.find_field(slug), value, category, public_only=public_only)
        except Invalid as error:
            flaws += [FieldError(f"custom.{slug}", each.template, each.values) for each in error.errors]
    if flaws:
        raise Invalid(flaws)
    return {slug: value for slug, value in found.items() if value is not None}


def by_slug(catalogue: Catalogue, given: Mapping[str, Any]) -> dict[str, Any]:
    """What is given of custom fields, by their slugs; what is no field keeps its name."""
    fields = {ref: catalogue.find_field(ref) for ref in given}
    return {field.slug if (field := fields[ref]) is not None else ref: value for ref, value in given.items()}


async def of_fields(tx: Tx, held: Mapping[str, Any]) -> dict[str, Any]:
    """The values among those once held whose fields there still are."""
    catalogue = await classification.catalogue(tx)
    return {slug: value for slug, value in held.items() if catalogue.find_field(slug) is not None}


async def _read(
    tx: Tx, actor: Actor, field: Field | None, value: Any, category: Category | None, *, public_only: bool
) -> Any:
    if field is None or (public_only and not field.is_public):
        raise invalid("", NO_FIELD)
    if value is None:
        return None
    if not field.is_active:
        raise invalid("", "{name} is retired: it takes no new values.", name=field.name)
    if not field.belongs_to(category):
        raise invalid("", "{name} belongs to incidents of other categories.", name=field.name)
    try:
        read = rules.read(field.type, field.choices, value)
    except BadValue as error:
        raise invalid("", error.template, **error.values) from None
    if field.type == "user" and isinstance(read, str):
        return str((await access.find_user(tx, read, "", actor)).id)
    return read


async def wanted_value(tx: Tx, actor: Actor, field: Field, name: str, text: str) -> str:
    """A value that a rule wants of a field, as incidents have it: a choice in its own case, a person by id.

    Raises `Invalid` naming `name` for what no incident can have.
    """
    if field.type == "user":
        return str((await access.find_user(tx, text, name, actor)).id)
    choice = next((one for one in field.choices if one.casefold() == text.casefold()), text)
    try:
        value = rules.read(field.type, field.choices, rules.from_form(field.type, [choice]))
    except BadValue as error:
        raise invalid(name, error.template, **error.values) from None
    return next(iter(rules.to_form(value)), text)


def missing(
    catalogue: Catalogue,
    category: Category | None,
    custom: Mapping[str, Any],
    *,
    at: Literal["create", "resolve"],
    public_only: bool = False,
) -> list[Field]:
    """The required fields without a value; at resolve also those that were to be asked at creation."""
    wanted = ("create",) if at == "create" else ("create", "resolve")
    return [
        field
        for field in catalogue.fields_of(category)
        if field.required_at in wanted and field.slug not in custom and (field.is_public or not public_only)
    ]


def refuse_missing(
    catalogue: Catalogue,
    category: Category | None,
    custom: Mapping[str, Any],
    *,
    at: Literal["create", "resolve"],
    public_only: bool = False,
) -> None:
    """Raises `Invalid` naming each required field without a value."""
    found = missing(catalogue, category, custom, at=at, public_only=public_only)
    if found:
        raise Invalid([FieldError(f"custom.{field.slug}", NEEDED, {"name": field.name}) for field in found])


async def set_custom(tx: Tx, actor: Actor, incident: Incident, given: Mapping[str, Any]) -> Incident:
    """Set custom values of a locked incident; the incident as it is then. Raises `Invalid`, also for clearing a required one."""
    after = await read_custom(tx, actor, given, incident.category, incident.custom)
    touched = sorted(slug for slug in {*incident.custom, *after} if incident.custom.get(slug) != after.get(slug))
    if not touched:
        return incident
    catalogue = await classification.catalogue(tx)
    needed = missing(catalogue, incident.category, after, at="create" if incident.is_open else "resolve")
    cleared = [
        FieldError(f"custom.{field.slug}", NEEDED, {"name": field.name}) for field in needed if field.slug in touched
    ]
    if cleared:
        raise Invalid(cleared)
    await changed(tx, incident, {"custom": after})
    await index_custom(tx, incident.id, incident.custom, after)
    await index_record(tx, incident.id)
    before, now = ({f"custom.{slug}": side.get(slug) for slug in touched} for side in (incident.custom, after))
    say_updated(tx, actor, incident, before, now)
    return msgspec.structs.replace(incident, custom=after)


async def index_custom(tx: Tx, incident_id: UUID, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Let lists find an incident by its custom values as they are now."""
    if before == after:
        return
    catalogue = await classification.catalogue(tx)
    by_slug = {field.slug: field for field in catalogue.fields.values()}
    touched = [by_slug[s] for s in {*before, *after} if s in by_slug and before.get(s) != after.get(s)]
    gone = [field.id for field in touched if field.slug in before]
    if gone:
        await store.labels.drop_values(tx, incident_id, gone)
    found_by = [
        (field.id, text, number)
        for field in touched
        if field.slug in after
        for text, number in rules.keys(field.type, after[field.slug])
    ]
    if not found_by:
        return
    try:
        await store.labels.add_values(tx, incident_id, found_by)
    except (
        asyncpg.ForeignKeyViolationError
    ):  # somebody has just deleted the field, and this process hasn't heard of it yet
        raise Unavailable("The catalogue has just changed; try again in a moment.") from None


async def custom_filters(tx: Tx, actor: Actor, catalogue: Catalogue, given: Mapping[str, str]) -> list[CustomFilter]:
    """What `custom.<slug>=…` of a list asks for; people by id, e-mail or `me`. Raises `Invalid` naming the parameter."""
    found = []
    for slug, text in given.items():
        field = catalogue.find_field(slug)
        if field is None:
            raise invalid(f"custom.{slug}", NO_FIELD)
        try:
            wanted = rules.read_filter(field.type, text)
        except BadValue as error:
            raise invalid(f"custom.{slug}", error.template, **error.values) from None
        values = wanted.values
        if field.type == "user":
            members = [await access.find_member_id(tx, ref, f"custom.{slug}", actor) for ref in values]
            values = tuple(str(member) for member in members)
        found.append(
            CustomFilter(
                field=field.id,
                values=values,
                low=wanted.low,
                high=wanted.high,
                is_number=field.type == "number",
                unset=wanted.unset,
            )
        )
    return found


# --------------------------------------------------------------------------------------------------------------- tags


def read_tags(given: Iterable[str], field: str = "tags") -> list[str]:
    """Tags as they are kept: in one spelling, each once, in order. Raises `Invalid`."""
    try:
        return clean_tags(given)
    except BadValue as error:
        raise invalid(field, error.template, **error.values) from None


async def set_tags(tx: Tx, actor: Actor, incident: Incident, tags: list[str]) -> Incident:
    """Replace the tags of a locked incident; the incident as it is then."""
    if set(incident.tags) == set(tags):
        return incident
    await changed(tx, incident, {"tags": tags})
    await index_tags(tx, incident.id, incident.tags, tags)
    await index_record(tx, incident.id)
    say_updated(tx, actor, incident, {"tags": incident.tags}, {"tags": tags})
    return msgspec.structs.replace(incident, tags=tags)


async def index_tags(tx: Tx, incident_id: UUID, before: Iterable[str], after: Iterable[str]) -> None:
    """Let lists find an incident by its tags as they are now."""
    gone, come = sorted(set(before) - set(after)), sorted(set(after) - set(before))
    if gone:
        await store.labels.drop_tags(tx, incident_id, gone)
    if come:
        await store.labels.add_tags(tx, incident_id, come)


async def add_tags(tx: Tx, actor: Actor, ref: str | UUID, tags: Iterable[str]) -> UUID:
    """Put tags on an incident; those it has already change nothing. Raises `NotFound`, `Invalid`."""
    actor.must(permissions.UPDATE)
    incident = await lock(tx, actor, ref)
    await set_tags(tx, actor, incident, read_tags([*incident.tags, *read_tags(tags)]))
    return incident.id


async def change_tags(tx: Tx, actor: Actor, ref: str | UUID, *, add: Iterable[str], remove: Iterable[str]) -> UUID:
    """Put tags on an incident and take others off; what is so already changes nothing. Raises `NotFound`, `Invalid`."""
    actor.must(permissions.UPDATE)
    come, gone = read_tags(add, "add"), set(read_tags(remove, "remove"))
    if not come and not gone:
        raise invalid("add", "Name a tag.")
    incident = await lock(tx, actor, ref)
    kept = [tag for tag in incident.tags if tag not in gone]
    await set_tags(tx, actor, incident, read_tags([*kept, *come], "add"))
    return incident.id


async def remove_tag(tx: Tx, actor: Actor, ref: str | UUID, tag: str) -> UUID:
    """Take a tag off an incident. Raises `NotFound`, also when it has no such tag."""
    actor.must(permissions.UPDATE)
    incident = await lock(tx, actor, ref)
    try:
        known = clean_tag(tag)
    except BadValue:
        raise NotFound from None
    if known not in incident.tags:
        raise NotFound
    await set_tags(tx, actor, incident, [each for each in incident.tags if each != known])
    return incident.id


async def list_tags(
    tx: Tx, actor: Actor, beginning: str, limit: int, cursor: str | None = None, *, by_use: bool = False
) -> tuple[list[str], str | None]:
    """A page of the tags in use that begin so, in order or the most used first, and the cursor of the next: for who sees
    only what they reported themselves, the tags on that. Raises `Invalid`.
    """
    must_see_some(actor)
    own = None if actor.can(permissions.VIEW) else await store.labels.tags_of(tx, actor.id, tag_beginning(beginning))
    size = check_limit(limit)
    begins = tag_beginning(beginning)
    question = [str(tx.tenant_id), "tags", begins, by_use]
    if by_use:
        last = decode_cursor(cursor, question, tuple[int, str]) if cursor is not None else None
        used = await store.labels.tags_by_use(tx, begins, last, size + 1) if own is None else _used(own, last)
        more = encode_cursor(question, used[size - 1]) if len(used) > size else None
        return [tag for _n, tag in used[:size]], more
    after = decode_cursor(cursor, question, tuple[str])[0] if cursor is not None else None
    found = (
        await store.labels.tags(tx, begins, after, size + 1)
        if own is None
        else [tag for _n, tag in own if after is None or tag > after]
    )
    return found[:size], encode_cursor(question, [found[size - 1]]) if len(found) > size else None


def _used(own: list[tuple[int, str]], last: tuple[int, str] | None) -> list[tuple[int, str]]:
    """The most used first, those behind the last one."""
    return sorted(
        (use for use in own if last is None or (-use[0], use[1]) > (-last[0], last[1])),
        key=lambda use: (-use[0], use[1]),
    )
