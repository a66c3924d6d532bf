"""Likely duplicates: of what somebody is about to report, and of an incident."""

from __future__ import annotations

import msgspec

from tocsin.access import permissions
from tocsin.incidents import service
from tocsin.incidents.model import Similar
from tocsin.web.routes import Ctx, get, post

BASE = "/api/incidents/v1/incidents"
MODULE = "incidents"


class Likeness(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The title of what may have been reported already."""

    title: str
    limit: int = 5


class Likely(msgspec.Struct, frozen=True, kw_only=True):
    """The most similar ones, as many as were asked for; there is no next page."""

    items: list[Similar]
    next_cursor: None = None


class SimilarQuery(msgspec.Struct, frozen=True, kw_only=True):
    """How many; there are never more than ten."""

    limit: int = 5


@post(f"{BASE}/similar", module=MODULE, permission=permissions.MEMBER)
async def find_similar(ctx: Ctx, data: Likeness) -> Likely:
    """Open incidents of the last half year whose title resembles a new one's, the most similar first."""
    return Likely(items=await service.similar_to(ctx.tx, ctx.actor, data.title, data.limit))


@get(f"{BASE}/{{ref}}/similar", module=MODULE, permission=permissions.MEMBER)
async def list_similar(ctx: Ctx, ref: str, query: SimilarQuery) -> Likely:
    """Other open incidents whose title resembles this one's, the most similar first."""
    return Likely(items=await service.similar_incidents(ctx.tx, ctx.actor, ref, query.limit))


ENDPOINTS = (find_similar, list_similar)
