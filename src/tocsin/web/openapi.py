"""The OpenAPI 3.1 document of the API, generated from the endpoints: what is declared is what is described."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import tocsin
from tocsin.base.manifest import Endpoint
from tocsin.web.fences import MAX_JSON
from tocsin.web.refusals import refusals, refused, responses
from tocsin.web.schemas import Json, answer_of, form_schema, resolve, schemas_of, without_null

JSON = "application/json"
FORM = "multipart/form-data"
_FEW = 6  # permissions; a route that takes more of them takes any
_PATH = {"type": "string", "minLength": 1, "pattern": "^[^/]+$"}
_ABOUT = """\
Tocsin keeps the incidents of many organisations (tenants) apart in one server.

Send `Authorization: Bearer tcs_…`: the token names its tenant. Browsers use the session cookie and send `X-CSRF-Token` with
whatever changes something. Lists are paged by `limit` and `cursor`; times are RFC 3339 in UTC; references accept an id or a
slug, and an incident's address its reference code. A refusal is a problem document (RFC 9457) whose `type` says why."""


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
    refs, components = schemas_of(endpoints)
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
            "responses": responses(),
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
        operation["responses"][str(status)] = refused(endpoint, status)
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
        shown = without_null(given)
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
        content[FORM] = {"schema": form_schema(resolve(refs[endpoint.form], components))}
    elif endpoint.reads_stream and not content:
        content[FORM] = {"schema": {"type": "object", "additionalProperties": True}}
    if not content:
        return None
    described = [refs[kind] for kind in (endpoint.body, endpoint.form) if kind is not None]
    required = any(resolve(schema, components).get("required") for schema in described) or endpoint.reads_stream
    limit = "" if endpoint.reads_stream else f"At most {MAX_JSON // 1024} KiB, nested at most 100 deep."
    return {"required": bool(required), "content": content} | ({"description": limit} if limit else {})


def _success(endpoint: Endpoint, refs: Mapping[Any, Json]) -> Json:
    status = success_status(endpoint)
    shown: Json = {
        "description": {200: "Done.", 201: "Made.", 202: "Accepted.", 204: "Done; no body."}.get(status, "Done.")
    }
    answer = answer_of(endpoint)
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
