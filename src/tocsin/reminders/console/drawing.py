"""What reminders put on screens: the list and the form on an incident's page, and what is to come on My work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from tocsin.access import permissions
from tocsin.access.service import TeamQuery, labels, list_roles, list_teams, people_to_choose
from tocsin.base.ids import parse_id
from tocsin.base.paging import PageQuery
from tocsin.incidents.console import moments
from tocsin.incidents.console.subject import IncidentPage
from tocsin.reminders import service
from tocsin.reminders.console.words import (
    ADD,
    BEFORE,
    CHANGE,
    CHOSEN,
    REPEATS,
    TO,
    before_in_words,
    repeats_in_words,
    until_of,
)
from tocsin.reminders.model import Reminder
from tocsin.web import pages
from tocsin.web.i18n import Tongue
from tocsin.web.routes import Ctx

SHOWN = 50
COMING = 20
MOST = 200
"""People and teams that the form lists."""
MORNING = time(9)


@dataclass(frozen=True, slots=True)
class Row:
    """A reminder in a list, in words."""

    reminder: Reminder
    before: str
    repeats: str
    whom: str


async def draw_side(ctx: Ctx, page: IncidentPage) -> str:
    """The reminders that are to come, then those that went out; nothing where there is none and none can be made."""
    found = await service.reminders(ctx.tx, ctx.actor, str(page.incident.id), state=None, limit=SHOWN, cursor=None)
    may = ctx.actor.can(permissions.UPDATE) and not page.printed and not page.incident.status.is_terminal
    if not found.items and not may:
        return ""
    shown = [one for one in found.items if one.state != "cancelled"]
    rows = await _rows(ctx, shown)
    rows.sort(key=lambda row: (row.reminder.state != "scheduled", *_when(row.reminder)))
    return pages.text(ctx, "reminders/side.html", page=page, rows=rows, may=may, put_off=_put_off(ctx))


def _when(reminder: Reminder) -> tuple[bool, datetime]:
    return reminder.scheduled_for is None, reminder.scheduled_for or reminder.created_at


async def _rows(ctx: Ctx, found: list[Reminder]) -> list[Row]:
    tongue = pages.speech(ctx)
    names = await _names(ctx, found)
    return [
        Row(one, before_in_words(tongue, one.before_due), repeats_in_words(tongue, one.rrule), _to(tongue, one, names))
        for one in found
    ]


async def _names(ctx: Ctx, found: list[Reminder]) -> dict[str, str]:
    """What those are called whom reminders name: people and teams by id, roles by short name."""
    ids = [known for one in found for kind in ("user", "team") for ref in _named(one, kind) if (known := parse_id(ref))]
    names = {str(key): name for key, name in (await labels(ctx.tx, ids)).items()} if ids else {}
    if any(_named(one, "role") for one in found):
        names |= {role.slug: role.name for role in (await list_roles(ctx.tx, PageQuery(limit=MOST))).items}
    return names


def _to(tongue: Tongue, reminder: Reminder, names: dict[str, str]) -> str:
    """Whom it reminds, in words."""
    if not reminder.to:
        return tongue.gettext(TO["owner"])
    found = []
    for entry in reminder.to:
        if isinstance(entry, str):
            found.append(tongue.gettext(TO[entry]) if entry in TO else entry)
        else:
            found += [names.get(ref, ref) for ref in entry.values()]
    return ", ".join(found)


def _put_off(ctx: Ctx) -> list[tuple[str, str, str]]:
    """How a reminder can be put off: the form's field, its value, the words."""
    tongue = pages.speech(ctx)
    _ = tongue.gettext
    today: date = ctx.tx.now.astimezone(tongue.zone).date()

    def morning(days: int) -> str:
        return datetime.combine(today + timedelta(days=days), MORNING, tongue.zone).isoformat()

    return [
        ("for", "PT1H", _("In an hour")),
        ("for", "PT4H", _("In 4 hours")),
        ("until", morning(1), _("Tomorrow at 9:00")),
        ("until", morning(7), _("In a week at 9:00")),
    ]


async def draw_dialog(ctx: Ctx, page: IncidentPage) -> str:
    """The form of a new reminder, or of one that is changed, where the address asks for it."""
    if page.incident.status.is_terminal or not (page.do == ADD or page.do.startswith(CHANGE)):
        return ""
    reminder = None
    if page.do != ADD:
        ref = str(page.incident.id)
        reminder = await service.get_reminder(ctx.tx, ctx.actor, ref, page.do.removeprefix(CHANGE))
        if reminder.state != "scheduled":
            return ""
    further = [(kind, ref) for kind in CHOSEN for ref in _named(reminder, kind)[1:]] if reminder is not None else []
    names = await _names(ctx, [reminder]) if further and reminder is not None else {}
    people = await people_to_choose(ctx.tx)
    roles = (await list_roles(ctx.tx, PageQuery(limit=MOST))).items
    teams = (await list_teams(ctx.tx, TeamQuery(limit=MOST))).items
    return pages.text(
        ctx,
        "reminders/remind.html",
        page=page,
        reminder=reminder,
        held=_held(ctx, reminder),
        before=BEFORE,
        repeats=REPEATS,
        whom=TO,
        people=[(str(person.id), person.name) for person in people],
        teams=[(str(team.id), team.name) for team in teams],
        roles=[(role.slug, role.name) for role in roles],
        further=[(f"{kind}:{ref}", names.get(ref, ref)) for kind, ref in further],
    )


def _named(reminder: Reminder, kind: str) -> list[str]:
    """Whom a reminder names of one kind, as its form refers to them."""
    return [entry[kind] for entry in reminder.to if isinstance(entry, dict) and kind in entry]


def _held(ctx: Ctx, reminder: Reminder | None) -> dict[str, Any]:
    """What the form's fields hold before anybody types."""
    if reminder is None:
        return {"to": ["owner"], "channel": "email"}
    plain, until = until_of(reminder.rrule)
    known = [key for key, _text in REPEATS]
    return {
        "reminder_type": "" if reminder.reminder_type == "reminder" else reminder.reminder_type,
        "before_due": reminder.before_due or "",
        "scheduled_for": moments.to_field(ctx, reminder.scheduled_for) if reminder.before_due is None else "",
        "repeat": plain if plain in known else "own" if plain else "",
        "rrule": reminder.rrule if plain and plain not in known else "",
        "repeat_until": until if plain in known else "",
        "to": [entry for entry in reminder.to if isinstance(entry, str)] or ([] if reminder.to else ["owner"]),
        **{kind: next(iter(_named(reminder, kind)), "") for kind in CHOSEN},
        "channel": reminder.channel,
        "is_urgent": reminder.is_urgent,
    }


async def draw_coming(ctx: Ctx, _subject: object) -> str:
    """What is to come of one's own reminders; nothing where there is none."""
    found = await service.coming_reminders(ctx.tx, ctx.actor, limit=COMING, cursor=None)
    if not found.items:
        return ""
    rows = await _rows(ctx, [one.reminder for one in found.items])
    may = ctx.actor.can(permissions.UPDATE)
    return pages.text(
        ctx,
        "reminders/coming.html",
        rows=list(zip(found.items, rows, strict=True)),
        has_more=found.next_cursor is not None,
        may=may,
        put_off=_put_off(ctx),
    )
