"""Fields edited in place, watchers, and who else looks at an incident."""

from __future__ import annotations

from typing import Literal

import msgspec

from tocsin.access.permissions import UPDATE, VIEW
from tocsin.incidents import service
from tocsin.incidents.console import moments
from tocsin.incidents.console.acts import ONE, NoFields, done
from tocsin.incidents.console.common import MODULE
from tocsin.web import pages
from tocsin.web.pages import Undo
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action


class EditForm(msgspec.Struct, frozen=True, kw_only=True):
    """One field, its new value (empty clears), and what the page it was edited in had seen of it."""

    field: Literal["title", "description", "category", "impact", "due_at"]
    version: int
    seen: str
    value: str | None = None


class WatchForm(msgspec.Struct, frozen=True, kw_only=True):
    """One of a member, a team, or an outside address."""

    user: str | None = None
    team: str | None = None
    email: str | None = None


@action(f"{ONE}/edit", module=MODULE, permission=UPDATE)
async def edit(ctx: Ctx, ref: str, data: EditForm) -> Reply:
    """Change one field; when somebody else changed it meanwhile, both are shown to choose from."""
    _ = pages.speech(ctx).gettext
    value = data.value
    if data.field == "due_at" and (moment := moments.from_field(ctx, value, "value")) is not None:
        value = moment.isoformat()
    if data.field == "title" and value is None:
        value = ""
    await service.amend(ctx.tx, ctx.actor, ref, data.field, value, version=data.version, seen=data.seen)
    return done(ctx, ref, _("Saved"))


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
