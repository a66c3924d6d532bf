"""JSON Schema of custom fields, and an OpenAPI document with the fields of one tenant in it."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tocsin.classification.rules.fields import MOST_NUMBER, RANGED, TEXT_LIMIT, FieldType

Json = dict[str, Any]
BODIES = ("CreateIncident", "Change")
SHAPE = "IncidentView"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a schema says of a custom field. `categories` are slugs, none for all."""

    slug: str
    name: str
    type: FieldType
    description: str | None = None
    choices: Sequence[str] = ()
    required_at: str | None = None
    categories: Sequence[str] = ()
    is_active: bool = True


def value_schema(about: About, *, written: bool) -> Json:
    """The schema of a value: as a request may `write` it, or as an answer holds it (choices may be gone by now)."""
    kinds: dict[str, Json] = {
        "text": {"type": "string", "maxLength": TEXT_LIMIT},
        "number": {"type": "number", "minimum": -MOST_NUMBER, "maximum": MOST_NUMBER},
        "date": {"type": "string", "format": "date"},
        "boolean": {"type": "boolean"},
        "choice": {"type": "string", "enum": list(about.choices)} if written else {"type": "string"},
        "multi_choice": {
            "type": "array",
            "items": {"type": "string", "enum": list(about.choices)} if written else {"type": "string"},
        },
        "user": {"type": "string"} if written else {"type": "string", "format": "uuid"},
        "url": {"type": "string", "format": "uri", "maxLength": TEXT_LIMIT},
    }
    said = [about.description or ""]
    said += ["Of incidents in: " + ", ".join(about.categories) + "."] if about.categories else []
    said += [f"Required at {about.required_at}."] if about.required_at else []
    shown = {**kinds[about.type], "title": about.name}
    text = " ".join(part for part in said if part)
    return {**shown, "description": text} if text else shown


def with_fields(document: Json, fields: Sequence[About], paths: Iterable[str]) -> Json:
    """A document of some paths in which `custom` is what a tenant's fields make of it, in bodies, shape and list."""
    found = copy.deepcopy({**document, "paths": {path: document["paths"][path] for path in paths}})
    schemas = found["components"]["schemas"]
    for name in BODIES:
        if name in schemas:
            schemas[name]["properties"]["custom"] = _body(fields, name)
    if SHAPE in schemas:
        held = {about.slug: value_schema(about, written=False) for about in fields}
        schemas[SHAPE]["properties"]["custom"] = {"type": "object", "properties": held, "additionalProperties": False}
    for operations in found["paths"].values():
        for operation in operations.values():
            operation["parameters"] = _parameters(operation.get("parameters", []), fields)
    return found


def _body(fields: Sequence[About], name: str) -> Json:
    active = [about for about in fields if about.is_active]
    values: Json = {about.slug: {"anyOf": [value_schema(about, written=True), {"type": "null"}]} for about in active}
    shown: Json = {"type": "object", "properties": values, "additionalProperties": False}
    required = [about.slug for about in active if about.required_at == "create" and not about.categories]
    if name == "CreateIncident" and required:
        for slug in required:
            values[slug] = values[slug]["anyOf"][0]
        return {**shown, "required": required}
    return {"anyOf": [shown, {"type": "null"}]}


def _parameters(parameters: Sequence[Json], fields: Sequence[About]) -> list[Json]:
    found = [parameter for parameter in parameters if parameter["name"] != "custom"]
    if len(found) == len(parameters):
        return found
    return found + [
        {
            "name": f"custom.{about.slug}",
            "in": "query",
            "required": False,
            "description": f"{about.name}: {'a value, several, or a range such as 1..5' if about.type in RANGED else 'a value'}.",
            "schema": {"type": "string"},
        }
        for about in fields
    ]
