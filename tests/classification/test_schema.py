"""The OpenAPI document of one organisation: its custom fields in bodies, shape and list, and nobody else's."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from tests.incidents.steps import MakeClient, make
from tests.incidents.test_custom import define

SCHEMA = "/api/incidents/v1/schema"


def resolver(document: dict[str, Any], name: str) -> Any:
    return jsonschema_rs.Draft202012Validator({**document, "$ref": f"#/components/schemas/{name}"})


async def test_bodies_and_shapes_are_described_with_the_fields(client: MakeClient) -> None:
    admin = await client("admin")
    await define(admin, "site", "choice", choices=["berlin", "paris"], required_at="create")
    await define(admin, "parts", "multi_choice", choices=["fan"], categories=["hardware"])
    await define(admin, "cost", "number", description="In euros")
    await define(admin, "approver", "user")
    document = (await admin.get(SCHEMA)).json()
    create, shape = resolver(document, "CreateIncident"), resolver(document, "IncidentView")
    assert create.is_valid({"title": "x", "custom": {"site": "berlin", "cost": 5, "parts": ["fan"]}})
    for custom in ({"site": "rome"}, {"site": "berlin", "cost": "5"}, {"cost": 5}, {"site": "berlin", "other": 1}):
        assert not create.is_valid({"title": "x", "custom": custom}), custom
    assert resolver(document, "Change").is_valid({"custom": {"cost": None}})
    made = await make(admin, category="hardware", custom={"site": "paris", "parts": ["fan"], "approver": "me"})
    shape.validate(made)
    parameters = {p["name"] for p in document["paths"]["/api/incidents/v1/incidents"]["get"]["parameters"]}
    assert {"custom.site", "custom.cost", "status"} <= parameters
    assert "custom" not in parameters
    assert set(document["paths"]) == {"/api/incidents/v1/incidents", "/api/incidents/v1/incidents/{ref}"}


async def test_the_document_is_the_organisations_own(client: MakeClient, other_tenant: Any) -> None:
    await define(await client("admin"), "site", name="Our site")
    stranger = await client("viewer", of=other_tenant)
    assert "Our site" not in (await stranger.get(SCHEMA)).text
    assert (await stranger.get(SCHEMA, params={"x": "1"})).status_code == 422


@pytest.mark.parametrize("role", ["viewer", "reporter", "agent"])
async def test_every_member_may_read_it(client: MakeClient, role: str) -> None:
    member = await client(role)
    assert (await member.get(SCHEMA)).status_code == 200
