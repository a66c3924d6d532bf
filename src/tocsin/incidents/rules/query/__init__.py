"""The query language: `parse` reads a text into a tree, `times` and `seek` say what its values mean. No database."""

from tocsin.incidents.rules.query.fields import FIELDS, HAS, IS, OUTCOMES, Field, find_field, nearest, nearest_field
from tocsin.incidents.rules.query.parse import MOST_CHARACTERS, parse
from tocsin.incidents.rules.query.references import meant_reference
from tocsin.incidents.rules.query.seek import Sought, sought, text_values
from tocsin.incidents.rules.query.spelling import meant
from tocsin.incidents.rules.query.spot import Spot, spot
from tocsin.incidents.rules.query.times import Stretch, days, stretch
from tocsin.incidents.rules.query.tree import (
    AnyValue,
    Between,
    Beyond,
    Clause,
    Either,
    Query,
    QueryError,
    Term,
    Value,
    Words,
    quoted,
)

__all__ = [
    "FIELDS",
    "HAS",
    "IS",
    "MOST_CHARACTERS",
    "OUTCOMES",
    "AnyValue",
    "Between",
    "Beyond",
    "Clause",
    "Either",
    "Field",
    "Query",
    "QueryError",
    "Sought",
    "Spot",
    "Stretch",
    "Term",
    "Value",
    "Words",
    "days",
    "find_field",
    "meant",
    "meant_reference",
    "nearest",
    "nearest_field",
    "parse",
    "quoted",
    "sought",
    "spot",
    "stretch",
    "text_values",
]
