"""The audit browser: every event of the organisation, and whether the record is whole."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar.response import Stream

from tocsin.activity import permissions, service
from tocsin.activity.adapters import Keys, load_keys
from tocsin.activity.model import RecordedEvent
from tocsin.activity.service import AuditQuery, Thing
from tocsin.base.errors import invalid
from tocsin.base.ids import parse_id
from tocsin.base.manifest import Navigation, Slot
from tocsin.base.paging import MAX_LIMIT, Page
from tocsin.web import admin, pages
from tocsin.web.admin import Card
from tocsin.web.forms import NoFields
from tocsin.web.i18n import N_, Tongue
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action, get, page

MODULE = "activity"
SEE = permissions.VIEW
AUDIT = "/admin/audit"
_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")
FACTS = {
    "address": N_("address"),
    "also_resolved": N_("also resolved"),
    "as": N_("as"),
    "at": N_("at"),
    "author": N_("author"),
    "because": N_("because"),
    "by": N_("by"),
    "category": N_("category"),
    "channel": N_("channel"),
    "closed_at": N_("closed at"),
    "clock": N_("clock"),
    "comment": N_("comment"),
    "delivery": N_("delivery"),
    "due_at": N_("due at"),
    "due_source": N_("due source"),
    "email": N_("email"),
    "error": N_("error"),
    "fields": N_("fields"),
    "file": N_("file"),
    "from": N_("from"),
    "from_name": N_("from name"),
    "incidents": N_("incidents"),
    "is_active": N_("is active"),
    "is_internal": N_("is internal"),
    "kind": N_("kind"),
    "format": N_("format"),
    "known": N_("known"),
    "late_seconds": N_("seconds late"),
    "leads": N_("leads"),
    "level": N_("level"),
    "members": N_("members"),
    "module": N_("module"),
    "name": N_("name"),
    "note": N_("note"),
    "percent": N_("percent"),
    "permissions": N_("permissions"),
    "place": N_("place"),
    "policy": N_("policy"),
    "priority": N_("priority"),
    "reason": N_("reason"),
    "reference_code": N_("reference code"),
    "refused": N_("refused"),
    "reported_via": N_("reported via"),
    "reporter": N_("reported by"),
    "resolved_at": N_("resolved at"),
    "role": N_("role"),
    "roles": N_("roles"),
    "rows": N_("rows"),
    "session": N_("session"),
    "sessions": N_("sessions"),
    "slug": N_("slug"),
    "source": N_("source"),
    "status": N_("status"),
    "subject": N_("subject"),
    "summary": N_("summary"),
    "task": N_("task"),
    "team": N_("team"),
    "teams": N_("teams"),
    "title": N_("title"),
    "to": N_("to"),
    "to_name": N_("to name"),
    "token": N_("token"),
    "until": N_("until"),
    "user": N_("user"),
}
"""What most facts of events are called; the others go by their own names."""
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


class BrowseQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The browser's filters, as a form sends them: empty for none; `since` and `until` are days of the reader's zone."""

    type: str = ""
    actor: str = ""
    incident: str = ""
    since: str = ""
    until: str = ""
    cursor: str | None = None


class VerifyForm(msgspec.Struct, frozen=True):
    """Where a verification goes on; nothing begins one."""

    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing an event says: what about, and the value in pieces that are a text, a name with its path, or a moment."""

    about: str
    pieces: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Line:
    """An event as the browser shows it."""

    event: RecordedEvent
    title: str
    actor: Thing | None
    incident: Thing | None
    facts: list[Fact]


@page(AUDIT, module=MODULE, permission=SEE)
async def show_audit(ctx: Ctx, query: BrowseQuery) -> Reply:
    """What happened in the organisation, newest first."""
    found = await _find(ctx, query, limit=50)
    named = await service.name_things(ctx.tx, ctx.actor, found.items)
    anchors = await service.list_anchors(ctx.tx, ctx.actor, 1, None)
    kept = _kept(query)
    return pages.render(
        ctx,
        "activity/audit.html",
        lines=[_line(pages.speech(ctx), event, named) for event in found.items],
        next_cursor=found.next_cursor,
        more=f"{AUDIT}?{urlencode(kept)}&" if kept else f"{AUDIT}?",
        export=f"{AUDIT}/export?{urlencode(kept)}" if kept else f"{AUDIT}/export",
        anchor=anchors.items[0] if anchors.items else None,
        query=query,
        filtered=bool(kept),
        types=service.DIRECTORY.events,
        words=lambda name: pages.speech(ctx).gettext(title_of(name)),
    )


def _kept(query: BrowseQuery) -> dict[str, str]:
    names = ("type", "actor", "incident", "since", "until")
    return {name: value for name in names if (value := getattr(query, name))}


async def _find(ctx: Ctx, query: BrowseQuery, *, limit: int) -> Page[RecordedEvent]:
    wanted = AuditQuery(
        type=query.type or None,
        actor=query.actor or None,
        incident=query.incident or None,
        since=_day(ctx, query.since, "since", 0),
        until=_day(ctx, query.until, "until", 1),
        cursor=query.cursor,
        limit=limit,
    )
    return await service.browse(ctx.tx, ctx.actor, wanted)


def _day(ctx: Ctx, text: str, field: str, later: int) -> datetime | None:
    """The beginning of a day (or of the next) in the reader's zone. Raises `Invalid`."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text) + timedelta(days=later)
        if not 1970 <= day.year <= 9000:
            raise ValueError
    except (ValueError, OverflowError):
        raise invalid(field, "Give a day, such as 2026-11-24.") from None
    return datetime.combine(day, time(), pages.speech(ctx).zone)


# ---------------------------------------------------------------------------------------------- events in words


def title_of(name: str) -> str:
    """`IncidentAssigned` as words, for the catalogues."""
    first, *rest = _WORDS.split(name)
    return " ".join(["SLA" if first == "Sla" else first, *(word.lower() for word in rest)])


def _line(tongue: Tongue, event: RecordedEvent, named: dict[str, Thing]) -> Line:
    told = {key: value for key, value in event.data.items() if value not in (None, [], {}, "")}
    return Line(
        event,
        tongue.gettext(title_of(event.type)),
        _thing(event.actor_id, named),
        _thing(event.incident_id, named),
        [Fact(_about(tongue, key), _pieces(tongue, value, named)) for key, value in told.items()],
    )


def _about(tongue: Tongue, key: str) -> str:
    return tongue.gettext(FACTS[key]) if key in FACTS else key.replace("_", " ")


def _thing(found: Any, named: dict[str, Thing]) -> Thing | None:
    return None if found is None else named.get(str(found), Thing(str(found), ""))


def _pieces(tongue: Tongue, value: Any, named: dict[str, Thing]) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        found: list[tuple[str, str]] = []
        for key, item in value.items():
            found += [(f"{_about(tongue, key)}:", ""), *_pieces(tongue, item, named)]
        return found or [("–", "")]
    if isinstance(value, list):
        return [piece for item in value for piece in _pieces(tongue, item, named)] or [("–", "")]
    if isinstance(value, bool):
        return [(tongue.gettext("yes") if value else tongue.gettext("no"), "")]
    if value is None:
        return [("–", "")]
    text = str(value)
    if (thing := named.get(text.lower())) is not None:
        return [(thing.name, thing.path)]
    if parse_id(text) is not None:
        return [(f"…{text[-12:]}", "")]
    if _MOMENT.fullmatch(text):
        return [(tongue.exactly(datetime.fromisoformat(text)), "")]
    return [(text, "")]


# ------------------------------------------------------------------------------------------- verifying, exporting


@action(f"{AUDIT}/verify", module=MODULE, permission=SEE)
async def verify_audit(ctx: Ctx, data: VerifyForm) -> Reply:
    """Verify the chains, then the anchors, for two seconds at most, and say how far that came."""
    found = await service.verify_on(ctx.tx, ctx.actor, _keys(ctx, make=False), data.cursor)
    named: dict[str, Thing] = {}
    if found.stream is not None:
        kinds = [kind for kind in service.DIRECTORY.kinds if kind.name == "incident"]
        for kind in kinds:
            named |= {str(key): Thing(name, "") for key, name in (await kind.names(ctx.tx, [found.stream])).items()}
    return pages.render(ctx, "activity/verify.html", found=found, stream=_thing(found.stream, named))


def _keys(ctx: Ctx, *, make: bool) -> Keys:
    return load_keys(ctx.request.app.state.services.settings, make=make)


@action(f"{AUDIT}/anchor", module=MODULE, permission=SEE, own_transactions=True)
async def anchor_audit(ctx: Ctx, data: NoFields) -> Reply:
    """Sign what is recorded by now, instead of waiting for the night."""
    async with ctx.transaction():
        ctx.actor.must(SEE)
    made = await service.anchor(ctx.transaction, _keys(ctx, make=True))
    said = pages.speech(ctx).gettext("Anchor %(number)s is signed by the key %(key)s.")
    return pages.back(ctx, AUDIT, said % {"number": made.number, "key": made.key_id})


@get(
    f"{AUDIT}/anchors/export",
    module=MODULE,
    permission=SEE,
    console=True,
    produces="application/x-ndjson",
)
async def export_anchors(ctx: Ctx) -> Reply:
    """All anchors as lines of JSON, to be kept where the database's administrators have no say."""
    lines = [msgspec.json.encode(one) + b"\n" async for one in service.all_anchors(ctx.tx)]
    name = f"anchors-{ctx.tenant.slug}-{ctx.tx.real_now:%Y-%m-%d}.jsonl"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Reply(b"".join(lines), 200, headers, media_type="application/x-ndjson")


@get(
    f"{AUDIT}/export",
    module=MODULE,
    permission=SEE,
    console=True,
    own_transactions=True,
    produces="application/x-ndjson",
)
async def export_audit(ctx: Ctx, query: BrowseQuery) -> Stream:
    """The events of the filters as lines of JSON, newest first."""
    async with ctx.transaction():
        first = await _find(ctx, query, limit=MAX_LIMIT)
        name = f"audit-{ctx.tenant.slug}-{ctx.tx.real_now:%Y-%m-%d}.jsonl"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Stream(_lines(ctx, query, first), headers=headers, media_type="application/x-ndjson")


async def _lines(ctx: Ctx, query: BrowseQuery, found: Page[RecordedEvent]) -> AsyncIterator[bytes]:
    """Line by line; a transaction for each page, none while the client reads."""
    while True:
        yield b"".join(msgspec.json.encode(event) + b"\n" for event in found.items)
        if found.next_cursor is None:
            return
        async with ctx.transaction():
            following = msgspec.structs.replace(query, cursor=found.next_cursor)
            found = await _find(ctx, following, limit=MAX_LIMIT)


async def card(ctx: Ctx, _subject: object) -> str:
    """The record on the administration's overview."""
    _ = pages.speech(ctx).gettext
    said = _(
        "Every change is recorded, each event chained to the one before it. Anybody can check that nothing is missing."
    )
    return admin.show(ctx, Card(_("Audit trail"), AUDIT, icon="history", text=said))


ENDPOINTS = (show_audit, verify_audit, anchor_audit, export_anchors, export_audit)
NAVIGATION = (Navigation(N_("Audit trail"), AUDIT, icon="history", permissions=(SEE,), place="admin", order=60),)
SLOTS = (Slot(admin.OVERVIEW, card, (SEE,), MODULE, order=60),)
