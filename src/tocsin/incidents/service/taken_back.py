"""Who hears that an act was undone, and in which words: whoever was told of the act, and whose work it is again."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from tocsin.access import service as access
from tocsin.activity.model import RecordedEvent
from tocsin.classification import service as classification
from tocsin.db.tx import Tx
from tocsin.incidents.model import Incident

Words = tuple[str, str]
_SILENT = ("merge", "delete", "restore")
"""Of these nobody was told, though a status changed with them."""


async def for_members(tx: Tx, incident: Incident, event: RecordedEvent) -> set[UUID]:
    """Whoever had got it and whoever has it again: owners, co-assignees, and teams in whose queue nobody owned it."""
    owner, team = (event.data.get(name) or {} for name in ("owner", "team"))
    found = {each for name in ("owner", "helpers") for end in ("from", "to") for each in _ids(event.data, name, end)}
    had = owner.get("from") if "from" in owner else incident.assigned_to_id
    waiting = [(end, holder) for end, holder in (("from", had), ("to", incident.assigned_to_id)) if holder is None]
    teams = [UUID(team[end]) for end, _ in waiting if team.get(end)]
    return found | set(await access.team_members(tx, teams) if teams else ())


def _ids(data: dict[str, Any], name: str, end: str) -> list[UUID]:
    value = (data.get(name) or {}).get(end)
    each = value if isinstance(value, list) else [value]
    return [UUID(one) for one in each if one is not None]


def _ended(event: RecordedEvent) -> Literal["resolved", "closed", "reopened"] | None:
    """What was taken back of what all who watch were told."""
    data = event.data
    known = [name for name in ("closed_at", "resolved_at") if name in data]
    if event.type != "OperationUndone" or data.get("undone") in _SILENT or not known:
        return None
    if data.get("closed_at"):
        return "closed"
    return "resolved" if data.get("resolved_at") else "reopened"


def for_watchers(event: RecordedEvent) -> Words | None:
    """Subject and public words for whoever was told that it was resolved, closed or reopened; None for none."""
    ended = _ended(event)
    if ended is None:
        return None
    if ended == "reopened":
        return "Not reopened after all", "That it was reopened has been taken back."
    return f"Not {ended} after all", f"That it was {ended} has been taken back."


def for_reporter(event: RecordedEvent) -> Words | None:
    """The same for a reporter outside, who hears that it was resolved or reopened, and never of closing alone."""
    ended = _ended(event)
    if ended == "resolved":
        return "Not resolved after all", "Your report is not resolved yet after all; we are working on it."
    if ended == "reopened":
        return "Not reopened after all", "That your report was reopened has been taken back."
    return None


async def lines(tx: Tx, event: RecordedEvent) -> list[str]:
    """What undoing changed, for members; nothing for other events."""
    if event.type != "OperationUndone":
        return []
    catalogue = await classification.catalogue(tx)
    people = await access.names(
        tx, {one for name in ("owner", "helpers") for end in ("from", "to") for one in _ids(event.data, name, end)}
    )
    teams = await access.team_names(tx, {one for end in ("from", "to") for one in _ids(event.data, "team", end)})

    def entry(slug: str) -> str:
        found = catalogue.find_status(slug)
        return found.name if found is not None else slug

    said = []
    for name, title in (("status", "Status"), ("owner", "Owner"), ("team", "Team"), ("helpers", "Co-assignees")):
        if name in event.data:
            before, after = (
                [entry(event.data[name][end])]
                if name == "status"
                else [(teams if name == "team" else people).get(one, "") for one in _ids(event.data, name, end)]
                for end in ("from", "to")
            )
            said.append(f"{title}: {_some(after)} again, not {_some(before)}")
    return said


def _some(names: list[str]) -> str:
    return ", ".join(names) or "nobody"
