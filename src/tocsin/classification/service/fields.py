"""Custom fields: adding, changing, retiring. One that incidents hold values of is retired, never dropped."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tocsin.base.actor import Actor
from tocsin.base.errors import N_, BadValue, NotFound, Refused, invalid
from tocsin.classification import events, store
from tocsin.classification.model import Catalogue, Field
from tocsin.classification.rules import fields as rules
from tocsin.classification.service.catalogue import reread
from tocsin.classification.service.change import RIGHTS, add_entry, change_entry
from tocsin.classification.service.moves import call_field
from tocsin.db.tx import Tx
from tocsin.tenancy import service as tenancy

MOST_FIELDS = 100
STEP = 10
"""Between the places of two fields after they were ordered anew."""


async def add_field(tx: Tx, actor: Actor, values: dict[str, Any], categories: list[str]) -> Field:
    """Add a custom field for incidents of some categories (none: of all). Raises `Invalid`, `Refused` for a slug in use."""
    actor.must(RIGHTS["field"])
    await store.lock(tx, "field")
    found = await reread(tx)
    _check_number(found, adds=values.get("is_active", True))
    chosen = _categories(found, categories, ())
    values = {**values, "choices": _choices(values["type"], values.get("choices") or [])}
    _check_public(values["type"], is_public=values.get("is_public", False))
    field_id = await add_entry(tx, actor, "field", values)
    await store.set_field_categories(tx, field_id, chosen)
    return (await reread(tx)).fields[field_id]


async def change_field(
    tx: Tx, actor: Actor, ref: str, values: dict[str, Any], categories: list[str] | None = None
) -> Field:
    """Change a custom field. Values that incidents hold stay, also of a choice that is taken out.

    Raises `NotFound`, `Invalid`, and `Refused` for another slug or type of a field that incidents hold values of.
    """
    actor.must(RIGHTS["field"])
    await store.lock(tx, "field")
    found = await reread(tx)
    field = found.find_field(ref)
    if field is None:
        raise NotFound
    kind = values.get("type", field.type)
    if "choices" in values or kind != field.type:
        same = field.choices if kind in rules.CHOOSING else []
        values = {**values, "choices": _choices(kind, values.get("choices", same))}
    _check_public(kind, is_public=values.get("is_public", field.is_public))
    _check_number(found, adds=values.get("is_active", False) and not field.is_active)
    chosen = _categories(found, categories, field.categories) if categories is not None else field.categories
    moved = sorted(chosen) != sorted(field.categories)
    await change_entry(tx, actor, "field", str(field.id), values, extra=["categories"] if moved else [])
    if moved:
        await store.set_field_categories(tx, field.id, chosen)
    changed = (await reread(tx)).fields[field.id]
    if changed.slug != field.slug:
        await call_field(tx, found, field.slug, changed.slug)
    return (await reread(tx)).fields[field.id]


async def shift_field(tx: Tx, actor: Actor, ref: str, *, earlier: bool) -> Field:
    """Move a field in use one place earlier or later. Raises `NotFound`, `Refused` at the end."""
    actor.must(RIGHTS["field"])
    await store.lock(tx, "field")
    found = await reread(tx)
    field = found.find_field(ref)
    if field is None:
        raise NotFound
    order = [one for one in found.fields.values() if one.is_active == field.is_active]
    place = order.index(field)
    other = place - 1 if earlier else place + 1
    if not 0 <= other < len(order):
        first, last = N_("{name} is first already."), N_("{name} is last already.")
        raise Refused(first if earlier else last, name=field.name)
    order[place], order[other] = order[other], order[place]
    for number, each in enumerate(order, 1):
        if each.sort_order != number * STEP:
            await store.update(tx, "field", each.id, {"sort_order": number * STEP})
    facts = {"field": field.id, "slug": field.slug, "fields": ["sort_order"]}
    facts |= {"from": {"place": place + 1}, "to": {"place": other + 1}}
    tx.emit(events.CustomFieldChanged(actor=actor, facts=facts, texts={"name": field.name}))
    await tenancy.configuration_changed(tx)
    return (await reread(tx)).fields[field.id]


def _check_number(found: Catalogue, *, adds: bool) -> None:
    if adds and sum(field.is_active for field in found.fields.values()) >= MOST_FIELDS:
        raise Refused("There are {limit} custom fields already; retire one first.", limit=MOST_FIELDS)


def _check_public(kind: str, *, is_public: bool) -> None:
    if is_public and kind == "user":
        raise invalid("is_public", "The public doesn't get to know your members: ask for a text instead.")


def _choices(kind: Any, given: list[str]) -> list[str]:
    try:
        return rules.read_choices(kind, given)
    except BadValue as error:
        raise invalid("choices", error.template, **error.values) from None


def _categories(found: Catalogue, refs: list[str], kept: list[UUID] | tuple[()]) -> list[UUID]:
    """The categories of references; an inactive one may stay where it is listed already, anew it can't be chosen."""
    chosen = []
    for ref in dict.fromkeys(refs):
        known = found.find_category(ref)
        chosen.append(known.id if known is not None and known.id in kept else found.category(ref, "categories").id)
    return list(dict.fromkeys(chosen))
