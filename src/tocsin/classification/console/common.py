"""What the screens of the catalogue share: finding an entry by its address."""

from __future__ import annotations

import msgspec

from tocsin.base.errors import NotFound
from tocsin.classification import service
from tocsin.classification.model import Catalogue
from tocsin.web import pages
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx

MODULE = "incidents"


class Direction(msgspec.Struct, frozen=True):
    """Which way in an order: earlier or later."""

    way: str = ""


def found(entry: object | None) -> None:
    """Raises `NotFound` for nothing."""
    if entry is None:
        raise NotFound


async def removed(ctx: Ctx, kind: str, ref: str, back: str) -> Reply:
    """Delete an entry that nothing uses, else deactivate it, and say which of the two it was."""
    _ = pages.speech(ctx).gettext
    catalogue = await service.catalogue(ctx.tx)
    name = _name(catalogue, kind, ref)
    gone = await service.remove(ctx.tx, ctx.actor, kind, ref)
    said = _("%(name)s was deleted.") if gone else _("%(name)s is in use, so it was deactivated instead.")
    return pages.redirect(ctx, back, said % {"name": name})


def _name(catalogue: Catalogue, kind: str, ref: str) -> str:
    entry = getattr(catalogue, f"find_{kind}")(ref)
    found(entry)
    return str(entry.name)
