"""The API's readable pages: `/api/openapi.json` for programs, `/api/docs` for people (plain HTML, no script, no CDN)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from markupsafe import Markup, escape

from tocsin.base.manifest import Endpoint
from tocsin.web import static
from tocsin.web.openapi import FORM, JSON, build
from tocsin.web.schemas import Json, resolve

TEMPLATES = Path(__file__).parent / "templates"
_DEPTH = 4  # how deep nested fields are spelt out before a link to the shape takes over


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter or field as a table's row. `where` is empty for body fields."""

    name: str
    kind: Markup
    required: bool
    about: Markup
    where: str = ""


@dataclass(frozen=True, slots=True)
class Body:
    """What a route takes, in one media type."""

    media: str
    fields: list[Field]


@dataclass(frozen=True, slots=True)
class Answer:
    """One status a route may answer."""

    status: str
    about: Markup
    kind: Markup


@dataclass(frozen=True, slots=True)
class Route:
    """A route as the page shows it."""

    id: str
    method: str
    path: str
    summary: str
    about: Markup
    permissions: list[str]
    access: str
    parameters: list[Field]
    bodies: list[Body]
    answers: list[Answer]
    refusals: list[Answer]
    curl: str


def handlers(endpoints: Sequence[Endpoint], titles: Mapping[str, str] | None = None) -> list[HTTPRouteHandler]:
    """The routes of the document and of the page; and of the files the page needs.

    Both are made of `endpoints` when first asked for, and then kept: a start must not wait for them.
    """

    @cache
    def document() -> Json:
        return build(endpoints, titles)

    @cache
    def content() -> tuple[bytes, str]:
        encoded = msgspec.json.encode(document())
        return encoded, static.entity_tag(encoded)

    @cache
    def page() -> tuple[bytes, str]:
        rendered = render(document()).encode()
        return rendered, static.entity_tag(rendered)

    @get("/api/openapi.json", name="openapi")
    async def openapi(request: Request) -> Response[bytes]:  # type: ignore[type-arg]
        body, tag = content()
        return static.answer(request, body, JSON, tag, max_age=0)

    @get("/api/docs", name="docs")
    async def docs(request: Request) -> Response[bytes]:  # type: ignore[type-arg]
        body, tag = page()
        return static.answer(request, body, "text/html", tag, max_age=0)

    return [openapi, docs, *static.handlers()]


def render(document: Json) -> str:
    """The page of an OpenAPI document, as HTML."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    components = document["components"]["schemas"]
    sections = [(tag, _routes(document, tag["name"])) for tag in document["tags"]]
    shapes = [
        (name, shape_name(name), prose(schema.get("description", "")), _fields(schema, components))
        for name, schema in components.items()
    ]
    return environment.get_template("docs.html").render(
        info=document["info"],
        about=[prose(part) for part in document["info"]["description"].split("\n\n")],
        sections=sections,
        shapes=shapes,
        style=static.url("docs.css"),
        count=sum(len(routes) for _, routes in sections),
    )


def _routes(document: Json, tag: str) -> list[Route]:
    return [
        _route(document, path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if tag in operation["tags"]
    ]


def _route(document: Json, path: str, method: str, operation: Json) -> Route:
    components, responses = document["components"]["schemas"], document["components"]["responses"]
    answers, refusals = [], []
    for status, given in operation["responses"].items():
        if status.startswith(("4", "5")):
            shown = responses[given["$ref"].rpartition("/")[2]] if "$ref" in given else given
            kind = Markup('<a href="#shape-Problem">Problem</a>') if "$ref" in given else Markup("a page")
            refusals.append(Answer(status, prose(shown["description"]), kind))
        else:
            content = next(iter(given.get("content", {}).values()), None)
            shape = kind_of(content["schema"]) if content and content["schema"] else Markup()
            answers.append(Answer(status, prose(given["description"]), shape))
    return Route(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        about=prose(operation["description"]),
        permissions=operation.get("x-permission", []),
        access=operation["x-access"],
        parameters=[_parameter(parameter) for parameter in operation.get("parameters", ())],
        bodies=[
            Body(media, _fields(resolve(content["schema"], components), components))
            for media, content in operation.get("requestBody", {}).get("content", {}).items()
        ],
        answers=answers,
        refusals=refusals,
        curl=curl(path, method.upper(), operation, components),
    )


def _parameter(given: Json) -> Field:
    about = prose(given.get("description", ""))
    return Field(given["name"], kind_of(given["schema"]), given["required"], about, given["in"])


def _fields(schema: Json, components: Json, prefix: str = "", depth: int = 0) -> list[Field]:
    """A row for each field, those of nested objects below their own, named by dots."""
    found = []
    for name, given in schema.get("properties", {}).items():
        path, required = prefix + name, name in schema.get("required", ())
        found.append(Field(path, kind_of(given), required, prose(given.get("description", ""))))
        inner = given.get("items", given)
        if "properties" in inner and depth < _DEPTH:
            mark = "[]." if inner is not given else "."
            found += _fields(inner, components, path + mark, depth + 1)
    return found


# ---------------------------------------------------------------------------------------------------------- in words


def prose(text: str) -> Markup:
    """Escaped text in which `code` stands as code."""
    parts = str(text).split("`")
    return Markup().join(
        Markup("<code>{}</code>").format(part) if index % 2 and index < len(parts) - 1 else escape(part)
        for index, part in enumerate(parts)
    )


def shape_name(name: str) -> str:
    """A component's name for readers: `Page_Task_` is a page of Task."""
    outer, _, inner = name.rstrip("_").partition("_")
    return f"{outer} of {inner}" if name.endswith("_") else name


def kind_of(schema: Json) -> Markup:
    """A schema in words, as HTML: `text, 1 to 200 characters`, `list of` a linked shape, `… or null`."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return Markup('<a href="#shape-{0}">{1}</a>').format(name, shape_name(name))
    if "anyOf" in schema:
        words = [kind_of(part) for part in schema["anyOf"]]
        return Markup(" or ").join(dict.fromkeys(words)) + _default(schema)
    if "enum" in schema:
        codes = [Markup("<code>{}</code>").format(value) for value in schema["enum"]]
        return Markup("one of ") + Markup(" ").join(codes) + _default(schema)
    return escape(_plain(schema)) + _inner(schema) + _default(schema)


_WORDS = {"boolean": "true or false", "null": "null", "number": "number", "integer": "whole number"}
_FORMATS = {
    "uuid": "id (UUID)",
    "date-time": "time (RFC 3339)",
    "date": "date",
    "binary": "file",
    "duration": "duration (ISO 8601)",
}


def _plain(schema: Json) -> str:
    kind = schema.get("type")
    if kind == "string":
        word = _FORMATS.get(schema.get("format", ""), "text")
        return ", ".join([word, *_bounds(schema, "minLength", "maxLength", " characters"), *_pattern(schema)])
    if kind in ("integer", "number"):
        return ", ".join([_WORDS[kind], *_bounds(schema, "minimum", "maximum", "")])
    if kind == "array":
        return ", ".join(["list", *_bounds(schema, "minItems", "maxItems", " items")]) + (
            " of " if schema.get("items") else ""
        )
    if kind == "object":
        return "object"
    return _WORDS.get(kind or "", "any value")


def _bounds(schema: Json, low: str, high: str, unit: str) -> list[str]:
    least, most = schema.get(low), schema.get(high)
    if least is not None and most is not None:
        return [f"{least} to {most}{unit}"]
    if least is not None:
        return [f"at least {least}{unit}"] if (low, least) != ("minLength", 1) else []
    return [f"at most {most}{unit}"] if most is not None else []


def _pattern(schema: Json) -> list[str]:
    pattern = schema.get("pattern")
    return [f"like {pattern}"] if pattern and pattern not in ("^[^/]+$", "^[!-~]+$", "^[ -~]{1,255}$") else []


def _inner(schema: Json) -> Markup:
    return kind_of(schema["items"]) if schema.get("type") == "array" and schema.get("items") else Markup()


def _default(schema: Json) -> Markup:
    default = schema.get("default")
    if default in (None, [], {}, ""):
        return Markup()
    return Markup("; default <code>{}</code>").format(msgspec.json.encode(default).decode().strip('"'))


def curl(path: str, method: str, operation: Json, components: Json) -> str:
    """An example call for a shell: addresses and tokens are variables, the body holds what is required."""
    for name in (p["name"] for p in operation.get("parameters", ()) if p["in"] == "path"):
        path = path.replace("{" + name + "}", "INC-000001" if name == "ref" else f"${name.upper()}")
    lines = ["curl" + ("" if method == "GET" else f" -X {method}") + f' "$TOCSIN{path}"']
    if operation["x-access"] == "member":
        lines.append('-H "Authorization: Bearer $TOKEN"')
    elif operation["x-access"] == "public":
        lines.append("-H 'X-Tenant: acme'")
    content = operation.get("requestBody", {}).get("content", {})
    if JSON in content:
        body = msgspec.json.encode(example(content[JSON]["schema"], components)).decode()
        lines += ["-H 'Content-Type: application/json'", "-d '" + body.replace("'", "'\\''") + "'"]
    elif FORM in content:
        lines.append("-F file=@photo.png")
    return " \\\n  ".join(lines)


def example(schema: Json, components: Json, depth: int = 0) -> Any:
    """A value that fits a schema: required fields only, or the first one where none is required."""
    schema = resolve(schema, components)
    if "anyOf" in schema:
        return example(next(part for part in schema["anyOf"] if part.get("type") != "null"), components, depth)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        names = schema.get("required") or list(schema.get("properties", {}))[:1]
        inner = schema.get("properties", {})
        return {name: example(inner[name], components, depth + 1) for name in names if depth < _DEPTH}
    if kind == "array":
        return [example(schema["items"], components, depth + 1)] if schema.get("items") else []
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    if kind == "boolean":
        return True
    samples = {
        "date-time": "2026-12-24T09:00:00Z",
        "uuid": "01890a5d-ac96-774b-bcce-b302099a8057",
        "date": "2026-12-24",
    }
    return samples.get(schema.get("format", ""), "…")
