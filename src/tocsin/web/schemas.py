"""JSON Schemas of the types that endpoints take and answer."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any

import msgspec
from litestar import Response
from msgspec import inspect as types

from tocsin.base.manifest import Endpoint
from tocsin.web.reply import Reply

Json = dict[str, Any]

REF = "#/components/schemas/{name}"


class ProblemError(msgspec.Struct, frozen=True):
    """One field that is not valid, and why."""

    field: str
    message: str


class Problem(msgspec.Struct, frozen=True):
    """Why a request was refused (RFC 9457). `type` is `urn:tocsin:problem:<slug>`; `errors` comes with 422,
    and with 409 where a field asks for what the rules refuse.
    """

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    errors: list[ProblemError] | msgspec.UnsetType = msgspec.UNSET


def schemas_of(endpoints: Iterable[Endpoint]) -> tuple[dict[Any, Json], Json]:
    """A schema (mostly a reference) for each type the endpoints name, and the components these refer to."""
    wanted: list[Any] = [Problem]
    for endpoint in endpoints:
        for kind in (endpoint.body, endpoint.query, endpoint.form, answer_of(endpoint)):
            if kind is not None and kind not in wanted:
                wanted.append(kind)
    schemas, components = msgspec.json.schema_components(wanted, ref_template=REF, schema_hook=_anything)
    _mark_times(wanted, components)
    for component in components.values():
        if "description" in component:
            component["description"] = inspect.cleandoc(component["description"])
    return dict(zip(wanted, schemas, strict=True)), components


def _anything(kind: type) -> Json:
    """A field annotated `object` takes any value. Raises `NotImplementedError` for types msgspec cannot describe."""
    if kind is object:
        return {}
    raise NotImplementedError(f"{kind.__name__} has no JSON Schema: use a Struct or a plain type in the API")


def answer_of(endpoint: Endpoint) -> Any:
    """The type of the answer's body, or None where there is none to describe."""
    answer = endpoint.answer
    origin = getattr(answer, "__origin__", answer)
    is_raw = isinstance(origin, type) and issubclass(origin, Response | Reply)
    return None if answer is None or answer is type(None) or is_raw else answer


def _mark_times(wanted: Iterable[Any], components: Json) -> None:
    """Give times their format: msgspec leaves it out where a time's zone is optional."""
    seen: set[Any] = set()

    def visit(info: Any) -> None:
        if isinstance(info, types.StructType) and info.cls not in seen:
            seen.add(info.cls)
            title = info.cls.__name__ if not hasattr(info.cls, "__origin__") else None
            component = components.get(title or "")
            for field in info.fields:
                if component is not None and _is_time(field.type):
                    _set_format(component["properties"].get(field.encode_name, {}))
                visit(field.type)
        for name in ("types", "item_types"):
            for part in getattr(info, name, ()):
                visit(part)
        for name in ("item_type", "value_type", "type"):
            if (part := getattr(info, name, None)) is not None and isinstance(part, types.Type):
                visit(part)

    for info in types.multi_type_info(wanted):
        visit(info)


def _is_time(info: Any) -> bool:
    parts = info.types if isinstance(info, types.UnionType) else (info,)
    return any(isinstance(part, types.DateTimeType) for part in parts) and not any(
        isinstance(part, types.StrType) for part in parts
    )


def _set_format(schema: Json) -> None:
    for part in schema.get("anyOf", [schema]):
        if part.get("type") == "string":
            part.setdefault("format", "date-time")


def without_null(schema: Json) -> Json:
    """A query parameter is left out, never null."""
    options = [part for part in schema.get("anyOf", ()) if part.get("type") != "null"]
    rest = {key: value for key, value in schema.items() if key != "anyOf" and not (key == "default" and value is None)}
    if not options:
        return rest
    return {**rest, **options[0]} if len(options) == 1 else {**rest, "anyOf": options}


def form_schema(schema: Json) -> Json:
    """A form's schema: msgspec shows bytes as base64 text, in a form they are the file itself."""
    shown = {}
    for name, given in schema["properties"].items():
        is_file = any(part.get("contentEncoding") == "base64" for part in given.get("anyOf", [given]))
        file = {"type": "string", "contentMediaType": "application/octet-stream", "format": "binary"}
        shown[name] = file if is_file else without_null(given)
    return {"type": "object", "properties": shown, "required": schema.get("required", [])}


def resolve(schema: Json, components: Json) -> Json:
    """A schema with its outermost reference followed."""
    name = schema.get("$ref", "").rpartition("/")[2]
    found: Json = components[name] if name else schema
    return found
