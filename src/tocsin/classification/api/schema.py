"""`/schema`: the OpenAPI document of incidents as one organisation's custom fields make it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from tocsin.base.manifest import Endpoint
from tocsin.classification import service
from tocsin.classification.api.catalogue import BASE, MODULE, READ
from tocsin.classification.model import Catalogue
from tocsin.classification.rules.schema import About, with_fields
from tocsin.web.openapi import build
from tocsin.web.routes import Ctx, get

PATHS = (f"{BASE}/incidents", f"{BASE}/incidents/{{ref}}")


@lru_cache(maxsize=4)
def _document(endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    return build(endpoints)


@get(f"{BASE}/schema", module=MODULE, permission=READ)
async def show_schema(ctx: Ctx) -> dict[str, Any]:
    """The OpenAPI document of incidents with your organisation's custom fields in it."""
    wanted = tuple(e for e in ctx.request.app.state.endpoints if e.path in PATHS and not e.console)
    found = await service.catalogue(ctx.tx)
    return with_fields(_document(wanted), _fields(found), {endpoint.path: None for endpoint in wanted})


def _fields(found: Catalogue) -> list[About]:
    return [
        About(
            slug=field.slug,
            name=field.name,
            type=field.type,
            description=field.description,
            choices=field.choices,
            required_at=field.required_at,
            categories=sorted(found.categories[category].slug for category in field.categories),
            is_active=field.is_active,
        )
        for field in found.fields.values()
    ]


ENDPOINTS = (show_schema,)
