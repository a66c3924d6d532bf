"""What the screens of incidents share."""

from __future__ import annotations

from tocsin.access import permissions
from tocsin.classification import service as classification
from tocsin.classification.model import Catalogue
from tocsin.incidents.model import IncidentView
from tocsin.web.routes import Ctx

MODULE = "incidents"
SEE = permissions.MEMBER


async def with_catalogue(ctx: Ctx) -> Catalogue:
    """The catalogue that a screen draws states and choices from."""
    return await classification.catalogue(ctx.tx)


def clock_of(incident: IncidentView, warnings: list[int]) -> dict[str, object] | None:
    """What the clock of a list shows: the one that is due next, None without a running one.

    Times are seconds since 1970, warnings fractions of the target.
    """
    clocks = incident.sla
    if clocks is None or incident.resolved_at is not None:
        return None
    reply = clocks.first_response_at is None and clocks.response_due_at is not None
    solve = clocks.resolution_at is None and clocks.resolution_due_at is not None
    if not (reply or solve):
        return None
    is_reply = reply and (
        not solve or clocks.resolution_due_at is None or clocks.response_due_at <= clocks.resolution_due_at  # type: ignore[operator]
    )
    due = clocks.response_due_at if is_reply else clocks.resolution_due_at
    assert due is not None
    paused = clocks.paused_at if not is_reply else None
    return {
        "what": "reply" if is_reply else "resolve",
        "start": int(clocks.started_at.timestamp()),
        "due": int(due.timestamp()),
        "due_at": due,
        "paused": int(paused.timestamp()) if paused is not None else None,
        "warnings": ",".join(str(percent / 100) for percent in sorted(warnings)),
    }
