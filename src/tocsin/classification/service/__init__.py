"""Verbs on the catalogue: reading it (cached by the tenant's revision), and changing its entries and custom fields."""

from tocsin.classification.service.catalogue import catalogue, names
from tocsin.classification.service.change import (
    add_category,
    add_priority,
    add_status,
    change_category,
    change_priority,
    change_status,
    remove,
)
from tocsin.classification.service.fields import add_field, change_field, shift_field
from tocsin.classification.service.moves import demand, forbid, set_moves, shift_status
from tocsin.classification.service.seeds import seed

__all__ = [
    "add_category",
    "add_field",
    "add_priority",
    "add_status",
    "catalogue",
    "change_category",
    "change_field",
    "change_priority",
    "change_status",
    "demand",
    "forbid",
    "names",
    "remove",
    "seed",
    "set_moves",
    "shift_field",
    "shift_status",
]
