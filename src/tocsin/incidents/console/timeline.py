"""The timeline: one list of comments and events, oldest first, its newest page shown, long runs of events folded."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from markupsafe import Markup

from tocsin.access import service as access
from tocsin.activity.model import RecordedEvent
from tocsin.incidents import rules, service
from tocsin.incidents.console.sentences import Line, Speaker, line_of, named_in, others_in
from tocsin.incidents.console.subject import IncidentPage
from tocsin.web import pages
from tocsin.web.i18n import N_
from tocsin.web.routes import Ctx

PAGE, SMALL, WHOLE = 30, 8, 200
"""Entries at once: on the page, beside the queue, and when it is printed or reaches back to a known event."""

Boxes = Callable[[list[UUID]], Awaitable[dict[UUID, Markup]]]
"""Draws comments by their ids; what is not there or may not be seen is left out."""

FILTERS = (
    {"show": "all", "title": N_("All")},
    {"show": "public", "title": N_("Public")},
    {"show": "internal", "title": N_("Internal")},
    {"show": "activity", "title": N_("Activity")},
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: a comment's box, or a line."""

    seq: int
    at: datetime
    actor: str
    actor_id: UUID | None
    line: Line | None
    box: Markup | None


@dataclass(frozen=True, slots=True)
class Fold:
    """Lines that stand folded."""

    entries: list[Entry]


async def tell_story(ctx: Ctx, page: IncidentPage, boxes: Boxes | None) -> str:
    """The timeline's HTML. Without `boxes` (the feature of comments is off) a comment is a line like any other."""
    query = page.query
    limit = SMALL if page.small else WHOLE if page.printed or query.since is not None else PAGE
    events, cursor = await service.story(
        ctx.tx, ctx.actor, page.incident.id, query.show, limit, cursor=query.before, since=query.since
    )
    events.reverse()
    counts = await service.story_counts(ctx.tx, ctx.actor, page.incident.id)
    entries = await _entries(ctx, page, events, boxes)
    folded = entries if page.printed or query.show == "activity" else _folded(entries)
    return pages.text(
        ctx,
        "incidents/timeline.html",
        page=page,
        items=folded,
        older=cursor,
        counts=counts,
        filters=[one for one in FILTERS if page.sees_all or one["show"] != "internal"],
    )


async def _entries(ctx: Ctx, page: IncidentPage, events: list[RecordedEvent], boxes: Boxes | None) -> list[Entry]:
    names = await access.labels(ctx.tx, named_in(events))
    others = others_in(events) if page.sees_all else set()
    codes = await service.reference_codes(ctx.tx, others) if others else {}
    speaker = Speaker(pages.speech(ctx), ctx.tx.now, names, page.catalogue, codes)
    wanted = [UUID(event.data["comment"]) for event in events if event.type in service.COMMENTS]
    drawn = await boxes(wanted) if boxes is not None and wanted else {}
    found = []
    for event in events:
        box = drawn.get(UUID(event.data["comment"])) if event.type in service.COMMENTS else None
        if box is None and event.type in service.COMMENTS and boxes is not None:
            continue
        line = None if box is not None else line_of(event, speaker)
        actor = _actor(page, event, names, line)
        found.append(Entry(event.seq, event.at, actor, event.actor_id, line, box))
    return found


def _actor(page: IncidentPage, event: RecordedEvent, names: dict[UUID, str], line: Line | None) -> str:
    if line is not None and line.actor is not None:
        return line.actor
    if event.actor_id is not None:
        return names.get(event.actor_id, "")
    is_report = event.type == "IncidentCreated" and page.view.reporter is not None
    return page.view.reporter.name if is_report and page.view.reporter is not None else "Tocsin"


def _folded(entries: list[Entry]) -> list[Entry | Fold]:
    found: list[Entry | Fold] = []
    at = 0
    for start, end in rules.fold([entry.box is None for entry in entries]):
        found += entries[at:start]
        found.append(Fold(entries[start:end]))
        at = end
    return [*found, *entries[at:]]
