"""Moments in forms: `datetime-local` fields hold wall times of the reader's zone."""

from __future__ import annotations

from datetime import datetime

from tocsin.base.errors import invalid
from tocsin.web import pages
from tocsin.web.routes import Ctx


def to_field(ctx: Ctx, at: datetime | None) -> str:
    """A moment as a `datetime-local` field holds it."""
    return at.astimezone(pages.speech(ctx).zone).strftime("%Y-%m-%dT%H:%M") if at is not None else ""


def from_field(ctx: Ctx, text: str | None, field: str) -> datetime | None:
    """The moment in a `datetime-local` field; one that says its zone itself is taken as it is. Raises `Invalid`."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise invalid(field, "This is not a date and time.") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=pages.speech(ctx).zone)
