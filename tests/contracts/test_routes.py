"""Every route that the application answers is declared: by a feature's endpoint, which the other suites walk, or here."""

from __future__ import annotations

import pytest

from tests.contracts.docs import endpoints
from tocsin.asgi import build

pytestmark = pytest.mark.contract

WITHOUT_TENANT = {
    "GET /api/docs": "the API's page, the same for all",
    "GET /api/openapi.json": "the API's document, the same for all",
    "GET /favicon.ico": "the mark, the same for all",
    "GET /health/live": "tells nothing but that the process lives",
    "GET /health/ready": "tells nothing but that the database answers",
    "GET /metrics": "figures by route and status, behind a token or on loopback",
    "GET /static/{name}": "a file of the pages, the same for all",
}
"""Routes that know no tenant, and why they may be open. Everything else belongs into a feature's `module.py`."""


def test_every_route_is_declared(app_settings):
    answered = {
        f"{method} {route.path_format}"
        for route in build(app_settings).routes
        for method in route.methods
        if method != "OPTIONS"
    }
    declared = {f"{endpoint.method} {endpoint.path}" for endpoint in endpoints()}
    assert answered - declared == set(WITHOUT_TENANT)
    assert declared <= answered
