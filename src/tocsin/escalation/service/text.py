"""What messages about an incident say: to members, and (public words only) to people outside."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from tocsin.db.tx import Tx
from tocsin.incidents.model import Incident
from tocsin.tenancy import service as tenancy


async def describe(tx: Tx, incident: Incident) -> str:
    """An incident in a few lines, for members; times in the tenant's zone."""
    zone = ZoneInfo((await tenancy.current(tx)).time_zone)
    due = f"{incident.due_at.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key})" if incident.due_at else "no due time"
    lines = (
        incident.title,
        "",
        f"Reference: {incident.reference_code}",
        f"Status: {incident.status.name}",
        f"Priority: {incident.priority.name}",
        f"Due: {due}",
    )
    return "\n".join(lines) + "\n"


def describe_publicly(incident: Incident) -> str:
    """An incident for the person who reported it and for addresses outside: nothing of the inside."""
    return f"Reference: {incident.reference_code}\nSubject: {incident.title}\n"
