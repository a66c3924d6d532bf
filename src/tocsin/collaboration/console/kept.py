"""What is alike on the screens of what is kept ready: taking something out of use, and back."""

from __future__ import annotations

from tocsin.collaboration.model import CannedReply, Checklist, Macro
from tocsin.web import pages
from tocsin.web.pages import Undo
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx


def switched(ctx: Ctx, path: str, after: Checklist | CannedReply | Macro) -> Reply:
    """Back to the list, with what was done and its undo."""
    _ = pages.speech(ctx).gettext
    said = _("%(name)s is in use again.") if after.is_active else _("%(name)s is out of use.")
    undo = Undo(f"{path}/{after.id}/active", {"is_active": "false" if after.is_active else "true"})
    return pages.back(ctx, path, said % {"name": after.name}, undo)
