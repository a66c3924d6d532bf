"""Absences: one's own in the profile, everybody's with the person in the administration, and who is away when."""

from __future__ import annotations

from typing import Any

import msgspec

from tocsin.access import permissions, service
from tocsin.access.console.common import ANYBODY, MODULE
from tocsin.access.service import NewAbsence
from tocsin.web import pages
from tocsin.web.forms import NoFields
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action, page

MANAGE = permissions.USERS_MANAGE
ABSENCES = "/admin/absences"
SHOWN = 20


class AbsenceForm(msgspec.Struct, frozen=True, kw_only=True, rename={"starts": "from", "ends": "to"}):
    """The first and the last day, and who stands in."""

    starts: str = ""
    ends: str = ""
    deputy: str | None = None


async def beside(ctx: Ctx, ref: str) -> dict[str, Any]:
    """What a screen shows of somebody's absences, and who may stand in."""
    person = await service.get_user(ctx.tx, ctx.actor, ref)
    people = await service.people_to_choose(ctx.tx)
    found = await service.list_absences(ctx.tx, ctx.actor, ref, SHOWN, None) if person.kind == "person" else None
    return {
        "absences": found.items if found is not None else [],
        "deputies": [(str(one.id), one.name) for one in people if one.id != person.id],
    }


async def _add(ctx: Ctx, ref: str, data: AbsenceForm, back: str) -> Reply:
    _ = pages.speech(ctx).gettext
    new = NewAbsence(starts=data.starts, ends=data.ends, deputy=data.deputy or None)
    made = await service.add_absence(ctx.tx, ctx.actor, ref, new)
    return pages.back(ctx, back, _("The absence of %(name)s is noted.") % {"name": made.user.name})


async def _remove(ctx: Ctx, ref: str, absence: str, back: str) -> Reply:
    _ = pages.speech(ctx).gettext
    gone = await service.remove_absence(ctx.tx, ctx.actor, ref, absence)
    return pages.back(ctx, back, _("The absence of %(name)s was taken back.") % {"name": gone.user.name})


@action("/profile/absences", module=MODULE, permission=ANYBODY)
async def add_mine(ctx: Ctx, data: AbsenceForm) -> Reply:
    """Note that I will be away."""
    return await _add(ctx, "me", data, "/profile")


@action("/profile/absences/{absence}/remove", module=MODULE, permission=ANYBODY)
async def remove_mine(ctx: Ctx, absence: str, data: NoFields) -> Reply:
    """Take an absence of mine back."""
    return await _remove(ctx, "me", absence, "/profile")


@page(ABSENCES, module=MODULE, permission=MANAGE)
async def show_absences(ctx: Ctx) -> Reply:
    """Who is away now or will be, the soonest first."""
    return pages.render(ctx, "access/absences.html", absences=await service.absences_ahead(ctx.tx))


@action("/admin/people/{person}/absences", module=MODULE, permission=MANAGE)
async def add_absence(ctx: Ctx, person: str, data: AbsenceForm) -> Reply:
    """Note that somebody will be away."""
    return await _add(ctx, person, data, f"/admin/people/{person}")


@action("/admin/people/{person}/absences/{absence}/remove", module=MODULE, permission=MANAGE)
async def remove_absence(ctx: Ctx, person: str, absence: str, data: NoFields) -> Reply:
    """Take an absence of somebody back."""
    return await _remove(ctx, person, absence, f"/admin/people/{person}")


ENDPOINTS = (add_mine, remove_mine, show_absences, add_absence, remove_absence)
