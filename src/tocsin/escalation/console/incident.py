"""What escalation puts on an incident's page: the button and its form, the runs at work, how it was escalated before."""

from __future__ import annotations

import msgspec

from tocsin.access import permissions
from tocsin.base.manifest import Slot
from tocsin.escalation import service
from tocsin.escalation.console.words import STOP_NAMES
from tocsin.incidents.console.acts import ONE, done
from tocsin.incidents.console.subject import IncidentPage, choices
from tocsin.web import pages
from tocsin.web.forms import NoFields
from tocsin.web.i18n import N_
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action

MODULE = "escalation"
SHOWN = 20
ACTIONS = {
    "notify": N_("tells somebody"),
    "raise_priority": N_("raises the priority"),
    "reassign": N_("hands it on"),
    "declare_major": N_("declares a major incident"),
}
ENDED = {
    "done": N_("all steps were taken"),
    "acknowledged": N_("it was acknowledged"),
    "assigned": N_("it was assigned"),
    "resolved": N_("it was resolved"),
    "conditions": N_("its conditions no longer held"),
    "policy": N_("the policy was switched off"),
    "updated": N_("somebody has worked on it"),
    "in_time": N_("the time was kept, or moved away"),
    "lowered": N_("the priority was lowered again"),
    "escalated": N_("it was escalated by hand"),
    "by_hand": N_("somebody ended it"),
}


class EscalateForm(msgspec.Struct, frozen=True, kw_only=True):
    """A more urgent priority and/or who takes over, and why."""

    reason: str = ""
    priority: str | None = None
    user: str | None = None
    team: str | None = None


async def draw_act(ctx: Ctx, page: IncidentPage) -> str:
    """The button, where escalating makes sense."""
    return pages.text(ctx, "escalation/act.html", page=page) if page.incident.is_open else ""


async def draw_dialog(ctx: Ctx, page: IncidentPage) -> str:
    """The form, where the address asks for it."""
    if page.do != "escalate" or not page.incident.is_open:
        return ""
    level = page.incident.priority.level
    urgent = [
        (one.slug, one.name)
        for one in sorted(page.catalogue.priorities.values(), key=lambda one: one.level)
        if one.is_active and one.level <= level and one.id != page.incident.priority.id
    ]
    choice = await choices(ctx, page)
    return pages.text(ctx, "escalation/escalate.html", page=page, urgent=urgent, choice=choice)


async def draw_side(ctx: Ctx, page: IncidentPage) -> str:
    """Policies at work with the next step and when, and what was escalated so far; nothing where there is neither."""
    _ = pages.speech(ctx).gettext
    runs = await service.runs(
        ctx.tx, ctx.actor, incident=str(page.incident.id), policy=None, state=None, limit=SHOWN, cursor=None
    )
    past = await service.escalations(ctx.tx, ctx.actor, str(page.incident.id), limit=SHOWN, cursor=None)
    told = await service.alerts(ctx.tx, ctx.actor, str(page.incident.id), limit=SHOWN, cursor=None)
    if not runs.items and not past.items:
        return ""
    return pages.text(
        ctx,
        "escalation/side.html",
        page=page,
        runs=[run for run in runs.items if run.state == "running"],
        ended=[run for run in runs.items if run.state != "running"],
        past=past.items,
        telling=[alert for alert in told.items if alert.state == "running"],
        actions=ACTIONS,
        facts_of=lambda run: _(" or ").join(_(STOP_NAMES[fact]) for fact in run.stop_on if fact in STOP_NAMES),
        ended_because=ENDED,
    )


@action(f"{ONE}/escalate", module=MODULE, permission=permissions.ESCALATE)
async def escalate(ctx: Ctx, ref: str, data: EscalateForm) -> Reply:
    """Raise the priority and/or hand it over, with a reason."""
    _ = pages.speech(ctx).gettext
    await service.escalate_manually(
        ctx.tx, ctx.actor, ref, priority=data.priority, user=data.user, team=data.team, reason=data.reason
    )
    return done(ctx, ref, _("%(ref)s is escalated", ref=ref))


@action(f"{ONE}/runs/{{run}}/advance", module=MODULE, permission=permissions.ESCALATE)
async def advance_run(ctx: Ctx, ref: str, run: str, data: NoFields) -> Reply:
    """Do the next step now."""
    _ = pages.speech(ctx).gettext
    await service.hurry(ctx.tx, ctx.actor, run, ref)
    return done(ctx, ref, _("The next step is taken now"))


@action(f"{ONE}/runs/{{run}}/stop", module=MODULE, permission=permissions.ESCALATE)
async def stop_run(ctx: Ctx, ref: str, run: str, data: NoFields) -> Reply:
    """End a run."""
    _ = pages.speech(ctx).gettext
    await service.end_run(ctx.tx, ctx.actor, run, ref)
    return done(ctx, ref, _("The ladder was ended"))


ENDPOINTS = (escalate, advance_run, stop_run)
SLOTS = (
    Slot("incident.acts", draw_act, (permissions.ESCALATE,), MODULE),
    Slot("incident.do", draw_dialog, (permissions.ESCALATE,), MODULE),
    Slot("incident.side", draw_side, (permissions.VIEW,), MODULE, order=30),
)
