"""The phone's "More": every screen one may see, the account, help."""

from __future__ import annotations

from tocsin.access import permissions
from tocsin.web import pages
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, page


@page("/menu", module="access", permission=permissions.ALL)
async def show_menu(ctx: Ctx) -> Reply:
    """All there is to go to."""
    return pages.render(ctx, "web/menu.html")


ENDPOINTS = (show_menu,)
