"""What code declares is documented: settings, permissions, events; and every route stands in the OpenAPI document."""

from __future__ import annotations

import dataclasses

import pytest

from tests.contracts import docs
from tocsin import wiring
from tocsin.access import permissions
from tocsin.base.settings import Settings
from tocsin.web.openapi import build

pytestmark = pytest.mark.contract


@pytest.mark.parametrize("name", docs.PAGES)
def test_page_is_up_to_date(name):
    path = docs.DOCS / name
    assert path.exists(), f"docs/{name} is missing: run python -m tests.contracts.docs"
    assert path.read_text(encoding="utf-8") == docs.PAGES[name](), (
        f"docs/{name} is old: run python -m tests.contracts.docs"
    )


@pytest.mark.parametrize("field", dataclasses.fields(Settings), ids=lambda f: f.name)
def test_setting_says_what_it_is(field):
    assert field.metadata.get("about", "").strip(), f"say what the setting {field.name} is (metadata about)"


def test_every_permission_is_described():
    assert set(docs.PERMISSIONS) == set(permissions.ALL), "describe each permission in tests/contracts/docs.py"


def test_modules_name_known_permissions_only():
    for module in wiring.modules():
        assert set(module.permissions) <= set(permissions.ALL), (
            f"{module.name} names permissions that access doesn't know"
        )
    named = {name for endpoint in docs.documented() for name in endpoint.permissions}
    assert named <= set(permissions.ALL)


EVENTS = [(module.name, event) for module in wiring.modules() for event in module.events]


@pytest.mark.parametrize("module, event", EVENTS, ids=[event.__name__ for _, event in EVENTS])
def test_event_says_what_it_is(module, event):
    own = event.__dict__.get("__doc__")
    assert own, f"give {event.__name__} a docstring: what happened, facts, texts"


def test_event_names_are_unique():
    names = [event.__name__ for _, event in EVENTS]
    assert len(names) == len(set(names))


def test_handlers_listen_to_events_that_exist():
    names = {event.__name__ for _, event in EVENTS}
    for module in wiring.modules():
        heard = {handler.event for handler in module.handlers} | {reaction.event for reaction in module.reactions}
        assert heard <= names, f"{module.name} listens to {heard - names}, which nobody declares"


def test_every_route_is_in_the_openapi_document():
    paths = build(docs.documented())["paths"]
    for endpoint in docs.documented():
        operation = paths[endpoint.path][endpoint.method.lower()]
        assert operation["summary"].strip()
        assert operation["summary"] != endpoint.call.__name__, f"{endpoint.method} {endpoint.path}: write a docstring"
