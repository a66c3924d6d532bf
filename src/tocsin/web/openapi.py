"""The OpenAPI 3.1 document of the API, generated from the endpoints: what is declared is what is described."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from litestar import Response
from msgspec import inspect as types

import tocsin
from tocsin.base.manifest import Endpoint
from tocsin.web.fences import MAX_JSON
from tocsin.web.reply import Reply

Json = dict[str, Any]

JSON = "application/json"
FORM = "multipart/form-data"
PROBLEM = "application/problem+json"
_FEW = 6  # permissions; a route that takes more of them takes any
_PATH = {"type": "string", "minLength": 1, "pattern": "^[^/]+$"}
_REF = "#/components/schemas/{name}"
_ABOUT = """\
Tocsin keeps the incidents of many organisations (tenants) apart in one server.

Send `Authorization: Bearer tcs_…`: the token names its tenant. Browsers use the session cookie and send `X-CSRF-Token` with
whatever changes something. Lists are paged by `limit` and `cursor`; times are RFC 3339 in UTC; references accept an id or a
slug, and an incident's address its reference code. A refusal is a problem document (RFC 9457) whose `type` says why."""


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


_REFUSALS: dict[int, tuple[str, str]] = {
    400: ("Malformed", "The body cannot be parsed: not JSON, not UTF-8, or no multipart form."),
    401: ("Unauthenticated", "No credentials, or bad ones."),
    403: ("Forbidden", "The permission is missing, the module is switched off, or the tenant is suspended."),
    404: ("NotFound", "Absent, or another tenant's: the two are never told apart."),
    408: ("Timeout", "The body did not arrive within 20 seconds."),
    409: ("Refused", "The rules of the domain refuse this in the present state."),
    412: ("Stale", "`If-Match` names a version that is not the current one."),
    413: ("TooLarge", "The body or file is larger than allowed."),
    415: ("UnsupportedMedia", "The content type is not one this address reads."),
    422: ("Invalid", "A value is not acceptable; `errors` names the fields."),
    429: ("RateLimited", "Too many requests; `Retry-After` tells when to come back."),
    503: (
        "Unavailable",
        "A part the server needs is away; nothing was changed. Try again after `Retry-After` seconds.",
    ),
}
_SECURITY: Json = {
    "token": {"type": "http", "scheme": "bearer", "description": "An API token, `tcs_<tenant>_<secret>`."},
    "session": {"type": "apiKey", "in": "cookie", "name": "tcs_session", "description": "A browser's session."},
    "csrf": {
        "type": "apiKey",
        "in": "header",
        "name": "X-CSRF-Token",
        "description": "The session's token, needed beside the cookie for whatever changes something.",
    },
}


def build(endpoints: Sequence[Endpoint], titles: Mapping[str, str] | None = None) -> Json:
    """The OpenAPI document of `endpoints`. `titles` gives each module's readable name, in the order of its tags."""
    refs, components = _schemas(endpoints)
    names = _operation_ids(endpoints)
    paths: Json = {}
    for endpoint in endpoints:
        operation = _operation(endpoint, names[endpoint.method, endpoint.path], refs, components)
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = operation
    used = {schema for endpoint in endpoints for schema in (endpoint.query, endpoint.form) if schema is not None}
    kept = {name: schema for name, schema in components.items() if name not in {refs[t]["$ref"][21:] for t in used}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tocsin",
            "version": tocsin.__version__,
            "summary": "Incident management for many organisations",
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "tags": _tags(endpoints, titles or {}),
        "paths": paths,
        "components": {
            "schemas": dict(sorted(kept.items())),
            "securitySchemes": _SECURITY,
            "responses": {name: _refusal(status, text) for status, (name, text) in _REFUSALS.items()},
        },
    }


def _tags(endpoints: Iterable[Endpoint], titles: Mapping[str, str]) -> list[Json]:
    found = {endpoint.module for endpoint in endpoints}
    order = [name for name in titles if name in found]
    order += sorted(found - set(order))
    return [{"name": name, "description": titles.get(name, name)} for name in order]


def _operation_ids(endpoints: Sequence[Endpoint]) -> dict[tuple[str, str], str]:
    count = Counter(_function(endpoint) for endpoint in endpoints)
    return {
        (e.method, e.path): _function(e) if count[_function(e)] == 1 else f"{e.module}_{_function(e)}"
        for e in endpoints
    }


def _function(endpoint: Endpoint) -> str:
    return str(getattr(endpoint.call, "__name__", "call"))


# ------------------------------------------------------------------------------------------------------------ schemas


def _schemas(endpoints: Iterable[Endpoint]) -> tuple[dict[Any, Json], Json]:
    """A schema (mostly a reference) for each type the endpoints name, and the components these refer to."""
    wanted: list[Any] = [Problem]
    for endpoint in endpoints:
        for kind in (endpoint.body, endpoint.query, endpoint.form, _answer(endpoint)):
            if kind is not None and kind not in wanted:
                wanted.append(kind)
    schemas, components = msgspec.json.schema_components(wanted, ref_template=_REF, schema_hook=_anything)
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


def _answer(endpoint: Endpoint) -> Any:
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


# --------------------------------------------------------------------------------------------------------- operations


def _operation(endpoint: Endpoint, name: str, refs: Mapping[Any, Json], components: Json) -> Json:
    operation: Json = {
        "operationId": name,
        "tags": [endpoint.module],
        "summary": endpoint.summary.rstrip("."),
        "description": describe(endpoint),
        "security": _security(endpoint),
        "x-module": endpoint.module,
        "x-access": endpoint.access,
    }
    if endpoint.permissions:
        operation["x-permission"] = list(endpoint.permissions)
    parameters = [*_path_parameters(endpoint), *_query_parameters(endpoint, refs, components), *_headers(endpoint)]
    if parameters:
        operation["parameters"] = parameters
    if (body := _body(endpoint, refs, components)) is not None:
        operation["requestBody"] = body
    operation["responses"] = {str(success_status(endpoint)): _success(endpoint, refs)}
    if endpoint.etag and endpoint.method == "GET":
        operation["responses"]["304"] = {"description": "Nothing is another than `If-None-Match` says."}
    for status in refusals(endpoint):
        operation["responses"][str(status)] = _refused(endpoint, status)
    return operation


def success_status(endpoint: Endpoint) -> int:
    """The status when nothing was refused: 201 for a function that calls `ctx.created`."""
    code = getattr(endpoint.call, "__code__", None)
    return 201 if code is not None and endpoint.status == 200 and "created" in code.co_names else endpoint.status


def describe(endpoint: Endpoint) -> str:
    """The docstring past its first line, and the permission that lets a member in."""
    lines = inspect.cleandoc(endpoint.call.__doc__ or "").split("\n", 1)
    parts = [lines[1].strip()] if len(lines) > 1 and lines[1].strip() else []
    if len(endpoint.permissions) > _FEW:
        parts.append("Open to every member who holds any permission at all.")
    elif endpoint.permissions:
        parts.append("Needs the permission " + " or ".join(f"`{name}`" for name in endpoint.permissions) + ".")
    elif endpoint.access == "public":
        parts.append("Open to the public of a tenant that has this module on.")
    else:
        parts.append("Needs no login.")
    return "\n\n".join(parts)


def _security(endpoint: Endpoint) -> list[Json]:
    if endpoint.access == "open":
        return []
    if endpoint.access == "public":
        return [{}, {"token": []}]
    return [{"token": []}, {"session": []} if endpoint.method == "GET" else {"session": [], "csrf": []}]


def _path_parameters(endpoint: Endpoint) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "description": _about(name), "schema": dict(_PATH)}
        for name in endpoint.path_params
    ]


def _about(name: str) -> str:
    if name == "ref":
        return "The id, or the reference code or slug."
    thing = name.removesuffix("_id").removesuffix("Id").replace("_", " ")
    return "The id." if thing == "id" else f"The {thing}, by id (or slug or code where it has one)."


def _query_parameters(endpoint: Endpoint, refs: Mapping[Any, Json], components: Json) -> list[Json]:
    if endpoint.query is None:
        return []
    schema = resolve(refs[endpoint.query], components)
    found = []
    for name, given in schema["properties"].items():
        shown = _without_null(given)
        if "additionalProperties" in shown:
            found.append(_family(name, shown))
            continue
        parameter = {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": shown}
        if "description" in shown:
            parameter["description"] = shown.pop("description")
        found.append(parameter)
    return found


def _family(name: str, schema: Json) -> Json:
    """Parameters that share the beginning of their name: `custom.site`, `custom.floor`, …"""
    values = schema["additionalProperties"]
    shown = {"type": "object", "patternProperties": {rf"^{name}\..+$": values}, "additionalProperties": False}
    return {"name": name, "in": "query", "required": False, "style": "form", "explode": True, "schema": shown}


def _without_null(schema: Json) -> Json:
    """A query parameter is left out, never null."""
    options = [part for part in schema.get("anyOf", ()) if part.get("type") != "null"]
    rest = {key: value for key, value in schema.items() if key != "anyOf" and not (key == "default" and value is None)}
    if not options:
        return rest
    return {**rest, **options[0]} if len(options) == 1 else {**rest, "anyOf": options}


def _headers(endpoint: Endpoint) -> list[Json]:
    found = []
    if endpoint.access == "public":
        text = "The tenant's slug. Not needed with a token or under the tenant's own host; a token wins over it."
        found.append(_header("X-Tenant", text))
    if endpoint.method == "POST" and endpoint.access == "member":
        text = "The same key and body replays the first answer for 24 hours; the same key with another body is 422."
        found.append(_header("Idempotency-Key", text, {"type": "string", "pattern": "^[ -~]{1,255}$"}))
    if endpoint.etag and endpoint.method in ("PUT", "DELETE"):
        found.append(_header("If-Match", "The `ETag` you last saw: the change is refused when somebody was faster."))
    if endpoint.etag and endpoint.method == "GET":
        found.append(_header("If-None-Match", "The `ETag` you last saw: the answer is 304 while it still holds."))
    return found


def _header(name: str, text: str, schema: Json | None = None) -> Json:
    return {
        "name": name,
        "in": "header",
        "required": False,
        "description": text,
        "schema": schema or {"type": "string", "pattern": "^[!-~]+$"},
    }


def _body(endpoint: Endpoint, refs: Mapping[Any, Json], components: Json) -> Json | None:
    content: Json = {}
    if endpoint.body is not None:
        content[JSON] = {"schema": refs[endpoint.body]}
    if endpoint.form is not None:
        content[FORM] = {"schema": _form_schema(resolve(refs[endpoint.form], components))}
    elif endpoint.reads_stream and not content:
        content[FORM] = {"schema": {"type": "object", "additionalProperties": True}}
    if not content:
        return None
    described = [refs[kind] for kind in (endpoint.body, endpoint.form) if kind is not None]
    required = any(resolve(schema, components).get("required") for schema in described) or endpoint.reads_stream
    limit = "" if endpoint.reads_stream else f"At most {MAX_JSON // 1024} KiB, nested at most 100 deep."
    return {"required": bool(required), "content": content} | ({"description": limit} if limit else {})


def _form_schema(schema: Json) -> Json:
    """A form's schema: msgspec shows bytes as base64 text, in a form they are the file itself."""
    shown = {}
    for name, given in schema["properties"].items():
        is_file = any(part.get("contentEncoding") == "base64" for part in given.get("anyOf", [given]))
        file = {"type": "string", "contentMediaType": "application/octet-stream", "format": "binary"}
        shown[name] = file if is_file else _without_null(given)
    return {"type": "object", "properties": shown, "required": schema.get("required", [])}


def resolve(schema: Json, components: Json) -> Json:
    """A schema with its outermost reference followed."""
    name = schema.get("$ref", "").rpartition("/")[2]
    found: Json = components[name] if name else schema
    return found


def _success(endpoint: Endpoint, refs: Mapping[Any, Json]) -> Json:
    status = success_status(endpoint)
    shown: Json = {
        "description": {200: "Done.", 201: "Made.", 202: "Accepted.", 204: "Done; no body."}.get(status, "Done.")
    }
    answer = _answer(endpoint)
    if answer is not None:
        shown["content"] = {endpoint.produces: {"schema": refs[answer]}}
    elif status != 204 and endpoint.answer is not type(None):
        media = "*/*" if endpoint.produces == JSON else endpoint.produces
        shown["content"] = {media: {"schema": {}}}
    headers = {}
    if endpoint.etag and endpoint.method != "DELETE":
        headers["ETag"] = {
            "description": "The version and content, for `If-Match` and `If-None-Match`.",
            "schema": {"type": "string"},
        }
    if status == 201:
        headers["Location"] = {"description": "The address of what was made.", "schema": {"type": "string"}}
    return shown | ({"headers": headers} if headers else {})


def refusals(endpoint: Endpoint) -> list[int]:
    """The statuses of problem documents that an endpoint may answer, ascending."""
    found = {422, 503}
    if endpoint.access != "open":
        found |= {401, 403}
    if endpoint.path_params or endpoint.access == "public":
        found.add(404)
    if endpoint.body is not None or endpoint.reads_stream:
        found |= {400, 408, 413, 415}
    if endpoint.method in ("POST", "PUT"):
        found |= {404, 408, 409, 413}
    if endpoint.method == "DELETE":
        found |= {404, 409}
    if endpoint.etag and endpoint.method in ("PUT", "DELETE"):
        found.add(412)
    if endpoint.access != "member":
        found |= {401, 429}
    return sorted(found)


def _refused(endpoint: Endpoint, status: int) -> Json:
    """A refusal of an endpoint: pages tell people in a page, and programs that ask them for something else in a problem."""
    name, text = _REFUSALS[status]
    if not endpoint.produces.startswith("text/html"):
        return {"$ref": f"#/components/responses/{name}"}
    problem = _refusal(status, text)
    return {**problem, "content": {endpoint.produces: {"schema": {"type": "string"}}, **problem["content"]}}


def _refusal(status: int, text: str) -> Json:
    shown: Json = {"description": text, "content": {PROBLEM: {"schema": {"$ref": _REF.format(name="Problem")}}}}
    if status in (429, 503):
        shown["headers"] = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}
    return shown
