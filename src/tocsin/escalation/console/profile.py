"""My notifications: by which addresses I am told, in which order, and who is called when I don't answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from tocsin.access import permissions, service as access
from tocsin.base.errors import invalid
from tocsin.escalation import service
from tocsin.escalation.console import ladder
from tocsin.escalation.console.words import UNIT_NAMES
from tocsin.escalation.service import PersonalRule, RulesView
from tocsin.notifications import service as notifications
from tocsin.notifications.model import ContactChannel
from tocsin.notifications.service import NewChannel
from tocsin.web import pages
from tocsin.web.forms import NoFields
from tocsin.web.i18n import N_
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action, page

MODULE = "escalation"
ANYBODY = permissions.ALL
MINE = "/profile/notifications"
FORM = "rules"
KINDS = {"email": N_("E-mail"), "sms": N_("Text message")}


class RulesForm(msgspec.Struct, frozen=True, kw_only=True):
    """The rules, one value of each list a rule. `by` is a kind and an address with a colon between, or `user:` and an id.

    `more` is the button that changes the form itself instead of saving: `rule`, or `drop:0`.
    """

    wait: list[str] = []
    unit: list[str] = []
    by: list[str] = []
    more: str | None = None


class ChannelForm(msgspec.Struct, frozen=True, kw_only=True):
    """An address of mine."""

    kind: str = "email"
    address: str = ""


class CodeForm(msgspec.Struct, frozen=True, kw_only=True):
    """The code that was sent."""

    code: str = ""


@page(MINE, module=MODULE, permission=ANYBODY)
async def show_notifications(ctx: Ctx) -> Reply:
    """My channels and rules."""
    return await _show(ctx)


async def _show(ctx: Ctx, sent: dict[str, list[str]] | None = None, wish: str = "") -> Reply:
    if ctx.actor.kind != "person":
        return pages.render(ctx, "escalation/mine.html", is_person=False)
    if ctx.failed is not None and ctx.failed.form.name == FORM:
        sent = ctx.failed.form.values
    view = await service.get_rules(ctx.tx, ctx.actor, "me")
    channels = await notifications.channels(ctx.tx, ctx.actor)
    rows = _rows_from(sent) if sent is not None else [_row(rule) for rule in view.rules]
    return pages.render(
        ctx,
        "escalation/mine.html",
        is_person=True,
        channels=channels,
        view=view,
        rows=rows,
        wish=wish,
        wrong=_wrong(ctx, len(rows)),
        warned=_warned(view, len(rows)) if sent is None else [[] for _row_ in rows],
        by=await _choices(ctx, channels, view),
        units=list(UNIT_NAMES.items()),
        kinds=KINDS,
        kind_pairs=[(kind, pages.speech(ctx).gettext(name)) for kind, name in KINDS.items()],
    )


def _row(rule: PersonalRule) -> tuple[str, str, str]:
    wait, unit = ladder.wait_of(rule.after)
    if rule.user is not UNSET:
        return wait, unit, f"user:{rule.user}"
    return wait, unit, f"{rule.channel}:{rule.address or ''}"


def _rows_from(values: dict[str, list[str]]) -> list[tuple[str, str, str]]:
    waits, units, ways = (values.get(name, []) for name in ("wait", "unit", "by"))
    return [
        (wait, units[n] if n < len(units) else "m", ways[n] if n < len(ways) else "") for n, wait in enumerate(waits)
    ]


def _wrong(ctx: Ctx, count: int) -> list[list[str]]:
    errors = ctx.failed.errors if ctx.failed is not None else {}
    places = [f"rules[{n}]" for n in range(count)]
    return [[said for field, said in errors.items() if field == at or field.startswith(f"{at}.")] for at in places]


def _warned(view: RulesView, count: int) -> list[list[str]]:
    return [[one.message for one in view.warnings if one.field == f"rules[{n}]"] for n in range(count)]


async def _choices(
    ctx: Ctx, channels: Sequence[ContactChannel], view: RulesView
) -> list[tuple[str, list[tuple[str, str]]]]:
    """By what a rule may tell, in groups. What is used already stays choosable, there or not."""
    _ = pages.speech(ctx).gettext
    own = [(f"{kind}:", _("%(kind)s, as in my profile") % {"kind": _(name)}) for kind, name in KINDS.items()]
    own += [
        (f"{one.kind}:{one.address}", f"{_(KINDS[one.kind])}, {one.address}") for one in channels if not one.is_primary
    ]
    people = await access.people_to_choose(ctx.tx)
    others = [(f"user:{person.id}", person.name) for person in people if person.id != ctx.actor.id]
    known = dict(own) | dict(others)
    lost = [(way, way.partition(":")[2]) for _wait, _unit, way in map(_row, view.rules) if way not in known]
    groups = [(_("Tell me"), own), (_("Call"), others)]
    return [*groups, (_("Others"), lost)] if lost else groups


@action(MINE, module=MODULE, permission=ANYBODY)
async def save_rules(ctx: Ctx, data: RulesForm) -> Reply:
    """Save my rules."""
    _ = pages.speech(ctx).gettext
    rows = _rows_from(ctx.form.values)
    if data.more is not None:
        return await _show(ctx, _changed(rows, data.more), data.more)
    await service.set_rules(ctx.tx, ctx.actor, "me", [_rule(n, *row) for n, row in enumerate(rows)])
    return pages.back(ctx, MINE, _("Your rules are saved."))


def _changed(rows: list[tuple[str, str, str]], wish: str) -> dict[str, list[str]]:
    """The form after one of its own buttons."""
    what, _sep, place = wish.partition(":")
    if what == "rule":
        rows = [*rows, ("5", "m", "sms:")]
    elif what == "drop" and place.isascii() and place.isdigit() and len(place) < 4:
        rows = [row for n, row in enumerate(rows) if n != int(place)]
    return {name: [row[n] for row in rows] for n, name in enumerate(("wait", "unit", "by"))}


def _rule(number: int, wait: str, unit: str, way: str) -> PersonalRule:
    place = f"rules[{number}]"
    after = ladder.duration_of(wait, unit, f"{place}.after")
    kind, _sep, rest = way.partition(":")
    if kind == "user" and rest:
        return PersonalRule(after=after, user=rest)
    if kind not in KINDS:
        raise invalid(place, "Choose by what.")
    found: Any = kind
    return PersonalRule(after=after, channel=found, address=rest or UNSET)


@action(f"{MINE}/default", module=MODULE, permission=ANYBODY)
async def forget_rules(ctx: Ctx, data: NoFields) -> Reply:
    """Be told as everybody is."""
    _ = pages.speech(ctx).gettext
    await service.set_rules(ctx.tx, ctx.actor, "me", None)
    return pages.back(ctx, MINE, _("You are told by e-mail at once."))


@action(f"{MINE}/channels", module=MODULE, permission=ANYBODY)
async def add_channel(ctx: Ctx, data: ChannelForm) -> Reply:
    """Add an address of mine; a code is sent to it."""
    _ = pages.speech(ctx).gettext
    if data.kind not in KINDS:
        raise invalid("kind", "Choose by what.")
    kind: Any = data.kind
    made = await notifications.add_channel(ctx.tx, ctx.actor, NewChannel(kind=kind, address=data.address))
    return pages.back(ctx, MINE, _("A code was sent to %(address)s.") % {"address": made.address})


@action(f"{MINE}/channels/{{channel}}/code", module=MODULE, permission=ANYBODY)
async def send_code(ctx: Ctx, channel: str, data: NoFields) -> Reply:
    """Send a fresh code."""
    _ = pages.speech(ctx).gettext
    made = await notifications.send_code(ctx.tx, ctx.actor, channel)
    return pages.back(ctx, MINE, _("A code was sent to %(address)s.") % {"address": made.address})


@action(f"{MINE}/channels/{{channel}}/verify", module=MODULE, permission=ANYBODY)
async def verify_channel(ctx: Ctx, channel: str, data: CodeForm) -> Reply:
    """Verify an address by the code."""
    _ = pages.speech(ctx).gettext
    made = await notifications.verify_channel(ctx.tx, ctx.actor, channel, data.code)
    return pages.back(ctx, MINE, _("%(address)s is verified.") % {"address": made.address})


@action(f"{MINE}/channels/{{channel}}/remove", module=MODULE, permission=ANYBODY)
async def remove_channel(ctx: Ctx, channel: str, data: NoFields) -> Reply:
    """Remove an address of mine."""
    _ = pages.speech(ctx).gettext
    await notifications.remove_channel(ctx.tx, ctx.actor, channel)
    return pages.back(ctx, MINE, _("The address was removed."))


ENDPOINTS = (
    *(show_notifications, save_rules, forget_rules),
    *(add_channel, send_code, verify_channel, remove_channel),
)
