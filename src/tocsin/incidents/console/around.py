"""Fields edited in place, watchers, and who else looks at an incident."""

from __future__ import annotations

from typing import Any

import msgspec

from tocsin.access.permissions import UPDATE, VIEW
from tocsin.base.errors import BadValue, invalid
from tocsin.classification.model import Catalogue
from tocsin.classification.rules.fields import from_form
from tocsin.incidents import service
from tocsin.incidents.console import moments
from tocsin.incidents.console.acts import ONE, done
from tocsin.incidents.console.common import MODULE, with_catalogue
from tocsin.incidents.console.subject import EDITABLE
from tocsin.incidents.service import CUSTOM
from tocsin.web import pages
from tocsin.web.forms import NoFields
from tocsin.web.pages import Undo
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action


class EditForm(msgspec.Struct, frozen=True, kw_only=True):
    """One field, its new value (empty clears), and what the page it was edited in had seen of it.

    A custom field is named `custom-<slug>`.
    """

    field: str
    version: int
    seen: str
    value: list[str] = []


class WatchForm(msgspec.Struct, frozen=True, kw_only=True):
    """One of a member, a team, or an outside address."""

    user: str | None = None
    team: str | None = None
    email: str | None = None


@action(f"{ONE}/edit", module=MODULE, permission=UPDATE)
async def edit(ctx: Ctx, ref: str, data: EditForm) -> Reply:
    """Change one field; when somebody else changed it meanwhile, both are shown to choose from."""
    _ = pages.speech(ctx).gettext
    value: Any = data.value[-1] if data.value else None
    if data.field not in EDITABLE and not data.field.startswith(CUSTOM):
        raise invalid("field", "There is no such field here.")
    if data.field.startswith(CUSTOM):
        value = _custom(await with_catalogue(ctx), data.field.removeprefix(CUSTOM), data.value)
    if data.field == "tags":
        value = [tag for tag in (value or "").split(",") if tag.strip()]
    if data.field == "due_at" and (moment := moments.from_field(ctx, value, "value")) is not None:
        value = moment.isoformat()
    if data.field == "title" and value is None:
        value = ""
    await service.amend(ctx.tx, ctx.actor, ref, data.field, value, version=data.version, seen=data.seen)
    return done(ctx, ref, _("Saved"))


def _custom(catalogue: Catalogue, slug: str, texts: list[str]) -> Any:
    field = catalogue.find_field(slug)
    if field is None:
        raise invalid("field", "There is no such field here.")
    try:
        return from_form(field.type, texts)
    except BadValue as error:
        raise invalid("value", error.template, **error.values) from None


@action(f"{ONE}/watchers", module=MODULE, permission=UPDATE)
async def watch(ctx: Ctx, ref: str, data: WatchForm) -> Reply:
    """Add a watcher."""
    _ = pages.speech(ctx).gettext
    row = await service.add_watcher(ctx.tx, ctx.actor, ref, user=data.user, team=data.team, email=data.email)
    who = row["user_name"] or row["team_name"] or row["email"]
    code = (await service.see(ctx.tx, ctx.actor, ref)).reference_code
    undo = Undo(f"/incidents/{code}/watchers/{row['id']}/remove")
    return done(ctx, code, _("%(who)s watches %(ref)s", who=who, ref=code), undo)


@action(f"{ONE}/watchers/{{watcher}}/remove", module=MODULE, permission=UPDATE)
async def unwatch(ctx: Ctx, ref: str, watcher: str, data: NoFields) -> Reply:
    """Take a watcher off."""
    _ = pages.speech(ctx).gettext
    row = await service.get_watcher(ctx.tx, ctx.actor, ref, watcher) if ctx.actor.can(VIEW) else None
    await service.remove_watcher(ctx.tx, ctx.actor, ref, watcher)
    code = (await service.see(ctx.tx, ctx.actor, ref)).reference_code
    if row is None:
        return done(ctx, code, _("The watcher was taken off"))
    fields = {name: str(row[f"{name}_id"]) for name in ("user", "team") if row[f"{name}_id"] is not None}
    undo = Undo(f"/incidents/{code}/watchers", fields or {"email": row["email"]})
    who = row["user_name"] or row["team_name"] or row["email"]
    return done(ctx, code, _("%(who)s no longer watches %(ref)s", who=who, ref=code), undo)


@action(f"{ONE}/presence", module=MODULE, permission=VIEW)
async def look_in(ctx: Ctx, ref: str, data: NoFields) -> Reply:
    """Say that one has it open, and hear who else has."""
    others = await service.look_in(ctx.tx, ctx.actor, ref)
    return pages.render(ctx, "incidents/presence.html", others=others)


@action(f"{ONE}/presence/leave", module=MODULE, permission=VIEW)
async def look_away(ctx: Ctx, ref: str, data: NoFields) -> None:
    """Say that one has closed it."""
    await service.look_away(ctx.tx, ctx.actor, ref)


ENDPOINTS = (edit, watch, unwatch, look_in, look_away)
