"""The refusals that an endpoint may answer, as the OpenAPI document tells them."""

from __future__ import annotations

from tocsin.base.manifest import Endpoint
from tocsin.web.schemas import REF, Json

PROBLEM = "application/problem+json"
_ALL: dict[int, tuple[str, str]] = {
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


def responses() -> Json:
    """Every refusal there is, by its name."""
    return {name: _refusal(status, text) for status, (name, text) in _ALL.items()}


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


def refused(endpoint: Endpoint, status: int) -> Json:
    """A refusal of an endpoint: pages tell people in a page, and programs that ask them for something else in a problem."""
    name, text = _ALL[status]
    if not endpoint.produces.startswith("text/html"):
        return {"$ref": f"#/components/responses/{name}"}
    problem = _refusal(status, text)
    return {**problem, "content": {endpoint.produces: {"schema": {"type": "string"}}, **problem["content"]}}


def _refusal(status: int, text: str) -> Json:
    shown: Json = {"description": text, "content": {PROBLEM: {"schema": {"$ref": REF.format(name="Problem")}}}}
    if status in (429, 503):
        shown["headers"] = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}
    return shown
