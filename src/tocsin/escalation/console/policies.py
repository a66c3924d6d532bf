"""Escalation policies: the list, and each one as a ladder in a form that works without scripts."""

from __future__ import annotations

import re

import msgspec
from msgspec import UNSET

from tocsin.access import permissions, service as access
from tocsin.access.service import TeamQuery
from tocsin.base.durations import parse_duration
from tocsin.base.errors import invalid
from tocsin.base.manifest import Navigation, Slot
from tocsin.base.paging import MAX_LIMIT, PageQuery
from tocsin.escalation import service
from tocsin.escalation.console import ladder, rehearsal
from tocsin.escalation.console.words import CLOCK_NAMES, GAPS, HOURS_NAMES, MANUAL_NAMES, words
from tocsin.escalation.model import Policy, Rehearsal, Trigger
from tocsin.escalation.rules import DEFAULT_STOPS, STOPS, TRIGGERS, WITH_CLOCK
from tocsin.escalation.service import SettingsChange
from tocsin.oncall import service as oncall
from tocsin.web import admin, pages
from tocsin.web.admin import Card, Choice
from tocsin.web.forms import InUse, NoFields
from tocsin.web.i18n import N_, Tongue
from tocsin.web.pages import Undo
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action, page

MODULE = "escalation"
MANAGE = permissions.ESCALATION_MANAGE
POLICIES = "/admin/escalation"
FORM = "policy"


class PolicyForm(msgspec.Struct, frozen=True, kw_only=True):
    """A policy as the form has it: see `ladder`. `more` is the button that changes the form itself instead of saving."""

    name: str = ""
    on: str = ""
    after: str = "0"
    after_unit: str = "m"
    clock: str | None = None
    times: int | None = None
    hours: str = "24x7"
    on_manual: str = "outrun"
    conditions: str = ""
    wait: list[str] = []
    unit: list[str] = []
    step: list[str] = []
    do: list[str] = []
    whom: list[str] = []
    channel: list[str] = []
    repeat: int | None = None
    stop_on: list[str] = []
    more: str | None = None


class LastResortForm(msgspec.Struct, frozen=True):
    """Who is told when nobody else is reached; empty for nobody."""

    last_resort: str | None = None


@page(POLICIES, module=MODULE, permission=MANAGE)
async def show_policies(ctx: Ctx) -> Reply:
    """The policies, by name."""
    found = await service.policies(ctx.tx, ctx.actor, is_active=None, limit=MAX_LIMIT, cursor=None)
    return pages.render(
        ctx,
        "escalation/policies.html",
        policies=found.items,
        warnings={policy.id: _warnings(ctx, policy) for policy in found.items},
        names=await _names(ctx),
        people=await _people(ctx),
        settings=await service.settings(ctx.tx, ctx.actor),
        **words(pages.speech(ctx)),
    )


async def _people(ctx: Ctx) -> list[tuple[str, str]]:
    found = await access.people_to_choose(ctx.tx)
    return [(str(person.id), person.name) for person in found]


@action(f"{POLICIES}/last-resort", module=MODULE, permission=MANAGE)
async def set_last_resort(ctx: Ctx, data: LastResortForm) -> Reply:
    """Say who is told when a ladder has reached nobody."""
    _ = pages.speech(ctx).gettext
    after = await service.change_settings(ctx.tx, ctx.actor, SettingsChange(last_resort=data.last_resort))
    if after.last_resort is None:
        return pages.back(ctx, POLICIES, _("Nobody is the last resort."))
    return pages.back(ctx, POLICIES, _("%(name)s is the last resort.") % {"name": after.last_resort.name})


@page(f"{POLICIES}/new", module=MODULE, permission=MANAGE)
async def show_new_policy(ctx: Ctx) -> Reply:
    """The form for a new policy."""
    return await _form(ctx, None)


@page(f"{POLICIES}/{{policy}}", module=MODULE, permission=MANAGE)
async def show_policy(ctx: Ctx, policy: str) -> Reply:
    """A policy, ready to be changed."""
    return await _form(ctx, await service.get_policy(ctx.tx, ctx.actor, policy))


async def _form(
    ctx: Ctx,
    policy: Policy | None,
    sent: dict[str, list[str]] | None = None,
    wish: str = "",
    played: Rehearsal | None = None,
) -> Reply:
    """The form: as it was sent when it was refused or asked for more rows, else as the policy stands."""
    if ctx.failed is not None and ctx.failed.form.name == FORM:
        sent = ctx.failed.form.values
    values = sent if sent is not None else _stored(policy)
    steps = ladder.rows_from(values) if sent is not None else ladder.rows_of(policy) if policy else [ladder.StepRow()]
    errors = ctx.failed.errors if ctx.failed is not None else {}
    warnings = _warnings(ctx, policy) if policy is not None and sent is None else []
    return pages.render(
        ctx,
        "escalation/policy.html",
        policy=policy,
        values=values,
        wish=wish,
        steps=steps,
        wrong=[_at(errors, f"steps[{n}]") for n in range(len(steps))],
        warned=[[said for at, said in warnings if at == n] for n in range(len(steps))],
        whom=await _whom(ctx, [row.whom for step in steps for row in step.actions]),
        proof=await rehearsal.prove(ctx, policy) if policy is not None else None,
        gap_words=GAPS,
        played=played,
        drawing=rehearsal.chart(played) if played is not None else None,
        figures=rehearsal.figures(played) if played is not None else [],
        **words(pages.speech(ctx)),
    )


def _stored(policy: Policy | None) -> dict[str, list[str]]:
    if policy is None:
        return {"on": ["unassigned"], "after": ["15"], "after_unit": ["m"], "repeat": ["0"], "times": ["1"]}
    wait, unit = ladder.wait_of(policy.trigger.after)
    return {
        "name": [policy.name],
        "on": [policy.trigger.on],
        "clock": [policy.trigger.clock or ""],
        "times": [str(policy.trigger.times or 1)],
        "hours": [policy.hours],
        "on_manual": [policy.on_manual],
        "after": [wait],
        "after_unit": [unit],
        "conditions": [policy.conditions],
        "repeat": [str(policy.repeat)],
        "stop_on": list(policy.stop_on),
    }


def _at(errors: dict[str, str], place: str) -> list[str]:
    """What is wrong at a step or an action of it."""
    return [said for field, said in errors.items() if field == place or field.startswith(f"{place}.")]


def _warnings(ctx: Ctx, policy: Policy) -> list[tuple[int, str]]:
    """A policy's warnings in the reader's language, with the number of the step. The place says which role is meant."""
    found = []
    for warning in policy.warnings:
        step, action = (int(number) for number in re.findall(r"\d+", warning.field))
        target = policy.steps[step].actions[action].to
        role = target.role if target is not None else None
        found.append((step, pages.speech(ctx).say(service.NOBODY_HOLDS, {"role": role or ""})))
    return found


async def _whom(ctx: Ctx, used: list[str]) -> list[tuple[str, list[Choice]]]:
    """Whom an action may mean, in groups; what is used already stays choosable, found or not."""
    _ = pages.speech(ctx).gettext
    roles = (await access.list_roles(ctx.tx, PageQuery(limit=MAX_LIMIT))).items
    teams = (await access.list_teams(ctx.tx, TeamQuery(limit=MAX_LIMIT))).items
    people = await access.people_to_choose(ctx.tx)
    schedules = (await oncall.list_schedules(ctx.tx, ctx.actor, MAX_LIMIT, None)).items
    groups = [
        (
            _("The incident's own"),
            [Choice("user:owner", _("its owner")), Choice("manager_of:owner", _("whom its owner reports to"))],
        ),
        (_("On call"), [Choice(f"schedule:{one.slug}", one.name) for one in schedules]),
        (_("Whoever has the role"), [Choice(f"role:{role.slug}", role.name) for role in roles]),
        (_("Teams"), [Choice(f"team:{team.slug}", team.name) for team in teams]),
        (_("People"), [Choice(f"user:{person.id}", person.name) for person in people]),
    ]
    known = {choice.value for _title, choices in groups for choice in choices}
    lost = [Choice(value, value.partition(":")[2]) for value in dict.fromkeys(used) if value and value not in known]
    return [*groups, (_("Others"), lost)] if lost else groups


async def _names(ctx: Ctx) -> dict[str, str]:
    return {choice.value: choice.text for _title, choices in await _whom(ctx, []) for choice in choices}


@action(POLICIES, module=MODULE, permission=MANAGE)
async def add_policy(ctx: Ctx, data: PolicyForm) -> Reply:
    """Add a policy; it starts switched off, so that one can look at it first."""
    _ = pages.speech(ctx).gettext
    if data.more is not None:
        return await _more(ctx, None, data.more)
    draft = msgspec.structs.replace(_draft(ctx, data), is_active=False)
    made = await service.add_policy(ctx.tx, ctx.actor, draft)
    said = _("%(name)s was saved. It does nothing until you activate it.") % {"name": made.name}
    return pages.redirect(ctx, f"{POLICIES}/{made.id}", said)


@action(f"{POLICIES}/{{policy}}", module=MODULE, permission=MANAGE)
async def change_policy(ctx: Ctx, policy: str, data: PolicyForm) -> Reply:
    """Change a policy; runs that have started keep their ladder."""
    _ = pages.speech(ctx).gettext
    if data.more == "rehearse":
        return await _rehearse(ctx, await service.get_policy(ctx.tx, ctx.actor, policy), data)
    if data.more is not None:
        return await _more(ctx, await service.get_policy(ctx.tx, ctx.actor, policy), data.more)
    await service.get_policy(ctx.tx, ctx.actor, policy)
    after = await service.change_policy(ctx.tx, ctx.actor, policy, _draft(ctx, data))
    return pages.back(ctx, f"{POLICIES}/{after.id}", _("%(name)s was saved.") % {"name": after.name})


async def _rehearse(ctx: Ctx, policy: Policy, data: PolicyForm) -> Reply:
    """The form as it was sent, with what the policy so changed would have done. Nothing is saved."""
    draft, is_new = _draft(ctx, data), policy.activated_at is None or policy.activated_at > ctx.tx.now - rehearsal.SPAN
    played = await rehearsal.play(ctx, policy, draft if is_new else _changes(policy, draft))
    sent = {name: found for name, found in ctx.form.values.items() if name != "more"}
    ctx.form.values.clear()
    return await _form(ctx, policy, sent, "rehearse", played)


def _changes(policy: Policy, draft: service.Draft) -> service.Draft | None:
    """What of a draft differs from the policy; None for nothing: then it is rehearsed as it was."""
    stored = service.Draft(
        **{name: getattr(policy, name) for name in ("name", "conditions", "trigger", "steps", "repeat", "stop_on")},
        hours=policy.hours,
        on_manual=policy.on_manual,
    )
    return None if _spelt(stored) == _spelt(draft) else draft


def _spelt(draft: service.Draft) -> object:
    """A draft in which durations are spelt alike."""
    plain = msgspec.to_builtins(draft)
    plain["trigger"]["after"] = parse_duration(plain["trigger"]["after"])
    plain["trigger"].setdefault("times", 1)
    for step in plain["steps"]:
        step["after"] = parse_duration(step["after"])
    return {**plain, "stop_on": sorted(plain["stop_on"]), "conditions": plain["conditions"].strip()}


async def _more(ctx: Ctx, policy: Policy | None, wish: str) -> Reply:
    """The form again, with a row more or less."""
    rows = ladder.changed(ladder.rows_from(ctx.form.values), wish)
    sent = {name: found for name, found in ctx.form.values.items() if name not in ("more", *_LADDER)}
    for number, row in enumerate(rows):
        sent.setdefault("wait", []).append(row.wait)
        sent.setdefault("unit", []).append(row.unit)
        for each in row.actions:
            for name, value in zip(_LADDER[2:], (str(number), each.do, each.whom, each.channel), strict=True):
                sent.setdefault(name, []).append(value)
    ctx.form.values.clear()
    return await _form(ctx, policy, sent, wish)


_LADDER = ("wait", "unit", "step", "do", "whom", "channel")


def _draft(ctx: Ctx, data: PolicyForm) -> service.Draft:
    """The form as the service takes it. Raises `Invalid`."""
    if data.on not in TRIGGERS:
        raise invalid("on", "Choose when it starts.")
    if any(stop not in STOPS for stop in data.stop_on):
        raise invalid("stop_on", "Choose from the three.")
    if data.repeat is not None and not 0 <= data.repeat <= 100:
        raise invalid("repeat", "Give a number up to 100.")
    if data.times is not None and not 1 <= data.times <= 1000:
        raise invalid("times", "Give a number from 1 to 1000.")
    for field, given, known in (
        ("clock", data.clock or "response", CLOCK_NAMES),
        ("hours", data.hours, HOURS_NAMES),
        ("on_manual", data.on_manual, MANUAL_NAMES),
    ):
        if given not in known:
            raise invalid(field, "Choose one.")
    trigger = Trigger(
        on=data.on,
        after=ladder.duration_of(data.after, data.after_unit, "after"),
        clock=data.clock if data.clock and data.on in WITH_CLOCK else UNSET,  # type: ignore[arg-type]
        times=data.times or 1 if data.on == "reopened" else UNSET,
    )
    return service.Draft(
        name=data.name,
        conditions=data.conditions,
        trigger=trigger,
        steps=ladder.steps_of(ladder.rows_from(ctx.form.values)),
        repeat=data.repeat or 0,
        hours=data.hours,  # type: ignore[arg-type]
        on_manual=data.on_manual,  # type: ignore[arg-type]
        stop_on=data.stop_on or list(DEFAULT_STOPS[data.on]),  # type: ignore[arg-type]
    )


@action(f"{POLICIES}/{{policy}}/active", module=MODULE, permission=MANAGE)
async def set_policy_active(ctx: Ctx, policy: str, data: InUse) -> Reply:
    """Put a policy to work, or let it rest; its runs end then."""
    _ = pages.speech(ctx).gettext
    after = await service.change_policy(ctx.tx, ctx.actor, policy, service.Draft(is_active=data.is_active))
    said = _("%(name)s is at work.") if after.is_active else _("%(name)s rests; its runs were ended.")
    undo = Undo(f"{POLICIES}/{after.id}/active", {"is_active": "false" if data.is_active else "true"})
    return pages.back(ctx, POLICIES, said % {"name": after.name}, undo)


@action(f"{POLICIES}/{{policy}}/delete", module=MODULE, permission=MANAGE)
async def delete_policy(ctx: Ctx, policy: str, data: NoFields) -> Reply:
    """Delete a policy that never ran; let any other rest."""
    _ = pages.speech(ctx).gettext
    before = await service.get_policy(ctx.tx, ctx.actor, policy)
    gone = await service.remove_policy(ctx.tx, ctx.actor, policy)
    said = _("%(name)s was deleted.") if gone else _("%(name)s has run before: it is kept for the record, and rests.")
    return pages.redirect(ctx, POLICIES, said % {"name": before.name})


def _cares(tongue: Tongue, found: list[Policy]) -> list[tuple[str, str]]:
    _ = tongue.gettext
    if not any(policy.is_active for policy in found):
        return [(_("Nothing escalates by itself: no policy is at work."), POLICIES)]
    return [
        (_("%(name)s has a step that reaches nobody.") % {"name": policy.name}, f"{POLICIES}/{policy.id}")
        for policy in found
        if policy.is_active and policy.warnings
    ]


async def card(ctx: Ctx, _subject: object) -> str:
    """The policies on the administration's overview."""
    tongue = pages.speech(ctx)
    _ = tongue.gettext
    found = (await service.policies(ctx.tx, ctx.actor, is_active=None, limit=MAX_LIMIT, cursor=None)).items
    active = sum(policy.is_active for policy in found)
    figures = [(active, _("at work")), (len(found) - active, _("resting"))]
    cares = _cares(tongue, found)
    return admin.show(ctx, Card(_("Escalation"), POLICIES, icon="stairs-up", figures=figures, cares=cares))


ENDPOINTS = (
    *(show_policies, show_new_policy, show_policy, add_policy, change_policy),
    *(set_policy_active, delete_policy, set_last_resort),
)
NAVIGATION = (Navigation(N_("Escalation"), POLICIES, icon="stairs-up", permissions=(MANAGE,), place="admin", order=44),)
SLOTS = (Slot(admin.OVERVIEW, card, (MANAGE,), MODULE, order=44),)
