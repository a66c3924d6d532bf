"""`custom.<slug>:…`: what a query asks of the tenant's own fields."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tocsin.access import service as access
from tocsin.base.actor import Actor
from tocsin.base.errors import N_, BadValue, Invalid
from tocsin.base.ids import parse_id
from tocsin.classification.model import Catalogue, Field as CustomField
from tocsin.classification.rules import fields as rules
from tocsin.db.tx import Tx
from tocsin.incidents.model import Condition, CustomFilter
from tocsin.incidents.rules.query import AnyValue, Between, Beyond, Clause, Field, QueryError, Value, days, nearest

_DAY = timedelta(days=1)


async def custom_condition(
    tx: Tx, actor: Actor, catalogue: Catalogue, clause: Clause, field: Field, zone: ZoneInfo
) -> Condition:
    """The condition of a clause on a custom field. Raises `QueryError` at the field or the value at fault.

    Each value is a filter and one that takes its own end out again: `>5` is from 5 on, but not 5.
    """
    slug = clause.part or ""
    known = catalogue.find_field(slug) or catalogue.find_field(slug.lower())
    if known is None:
        raise _no_field(catalogue, clause, slug)
    pairs: list[tuple[CustomFilter, CustomFilter | None]] = []
    for value in clause.values:
        if isinstance(value, Value) and not value.is_quoted and value.text.lower() == "none":
            pairs.append((CustomFilter(field=known.id, unset=True), None))
            continue
        try:
            pairs.append(await _pair(tx, actor, known, value, zone))
        except (BadValue, Invalid) as error:
            if isinstance(error, QueryError):
                raise
            raise QueryError(
                value.at, N_("{shown} is no value of {field}."), _hint(known), **_about(known, value)
            ) from None
    return Condition(name="custom", values=pairs, is_negated=clause.is_negated)


def _no_field(catalogue: Catalogue, clause: Clause, slug: str) -> QueryError:
    there = [one.slug for one in catalogue.fields.values() if one.is_active]
    meant = nearest(slug, there)
    hint = N_("Did you mean custom.{meant}?") if meant else N_("Define it among the custom fields, or leave it out.")
    position = clause.at + clause.is_negated + len("custom.")
    return QueryError(position, N_("There is no custom field {shown}."), hint, shown=slug[:80], meant=meant)


def _hint(known: CustomField) -> str:
    return {
        "number": N_("Give a number such as {field}:5, or a range such as {field}:>5 or {field}:1..5."),
        "date": N_("Give a day such as {field}:2026-01-31 or {field}:today, or a range such as {field}:>=2026-01-31."),
        "boolean": N_("Say {field}:true or {field}:false."),
        "user": N_("Give me, an e-mail address or an id, such as {field}:me."),
    }.get(known.type, N_("Only dates and numbers have more and less; put other values into quotation marks."))


def _about(known: CustomField, value: AnyValue) -> dict[str, str]:
    return {"shown": (value.text if isinstance(value, Value) else str(value))[:80], "field": f"custom.{known.slug}"}


async def _pair(
    tx: Tx, actor: Actor, known: CustomField, value: AnyValue, zone: ZoneInfo
) -> tuple[CustomFilter, CustomFilter | None]:
    if known.type == "date":
        return _filter(known, rules.read_filter("date", _in_days(value, tx.now, zone))), None
    if isinstance(value, Value):
        text = await _person(tx, actor, value) if known.type == "user" else value.text
        return _filter(known, rules.read_filter(known.type, text)), None
    if known.type not in rules.RANGED:
        raise BadValue("ranges")
    if not isinstance(value, Beyond):
        return _filter(known, rules.read_filter(known.type, str(value))), None
    end = value.value.text
    reach = rules.read_filter(known.type, f"{end}.." if value.sign.startswith(">") else f"..{end}")
    without = None if value.sign.endswith("=") else _filter(known, rules.read_filter(known.type, end))
    return _filter(known, reach), without


def _in_days(value: AnyValue, now: datetime, zone: ZoneInfo) -> str:
    """What a query wants of a date, as a list's parameter says it: a day, or a range. Raises `BadValue`."""

    def named(one: Value) -> tuple[date, date]:
        try:
            return days(one, now, zone)
        except ValueError:
            raise BadValue("days") from None

    if isinstance(value, Between):
        return f"{named(value.low)[0] if value.low else ''}..{named(value.high)[1] if value.high else ''}"
    first, last = named(value.value if isinstance(value, Beyond) else value)
    if isinstance(value, Value):
        return f"{first}..{last}" if first < last else f"{first}"
    if value.sign == ">=":
        return f"{first}.."
    if value.sign == "<=":
        return f"..{last}"
    try:
        return f"{last + _DAY}.." if value.sign == ">" else f"..{first - _DAY}"
    except OverflowError:  # beyond the last day, or the first, lies none
        return f"{date.max}..{date.min}"


def _filter(known: CustomField, wanted: rules.Wanted) -> CustomFilter:
    return CustomFilter(
        field=known.id,
        values=wanted.values,
        low=wanted.low,
        high=wanted.high,
        is_number=known.type == "number",
        unset=wanted.unset,
    )


async def _person(tx: Tx, actor: Actor, value: Value) -> str:
    """A member as custom values name them: by id. Raises `Invalid` for nobody."""
    if not value.is_quoted and value.text.lower() == "me":
        return str(actor.id) if actor.kind == "person" else "nobody"
    known = parse_id(value.text)
    return str(known if known is not None else await access.find_member_id(tx, value.text, "custom", actor))
