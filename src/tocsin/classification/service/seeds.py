"""The catalogue a new tenant starts with."""

from __future__ import annotations

from itertools import permutations

from tocsin.base.ids import new_id
from tocsin.classification import store
from tocsin.db.tx import Tx
from tocsin.tenancy.model import Tenant

PRIORITIES = (
    ("critical", "Critical", 1, 15, 4 * 60),
    ("high", "High", 2, 60, 8 * 60),
    ("medium", "Medium", 3, 4 * 60, 24 * 60),
    ("low", "Low", 4, 8 * 60, 72 * 60),
)
"""slug, name, level, minutes to respond, minutes to resolve."""

STATUSES: tuple[tuple[str, str, dict[str, bool]], ...] = (
    ("open", "Open", {"is_default": True}),
    ("triaged", "Triaged", {}),
    ("in-progress", "In progress", {}),
    ("waiting", "Waiting", {"pauses_sla": True}),
    ("resolved", "Resolved", {"is_resolved": True}),
    ("closed", "Closed", {"is_terminal": True}),
)

CATEGORIES = (
    ("general", "General", "Anything that fits nowhere else", "request", None),
    ("hardware", "Hardware", "Computers, printers, phones and devices", "incident", "IT"),
    ("software", "Software", "Applications and licences", "incident", "IT"),
    ("network", "Network", "Connections, Wi-Fi and VPN", "incident", "IT"),
    ("access", "Access", "Accounts, passwords and rights", "request", "IT"),
    ("security", "Security", "Phishing, loss of data and break-ins", "incident", "Security"),
    ("facilities", "Facilities", "Buildings, rooms and furniture", "request", "Facilities"),
)


async def seed(tx: Tx, _tenant: Tenant) -> None:
    """Four priorities with their minutes, the six statuses with all transitions between non-terminal ones, categories."""
    for slug, name, level, respond, resolve in PRIORITIES:
        minutes = {"response_time_minutes": respond, "resolution_time_minutes": resolve}
        about = {"slug": slug, "name": name, "level": level, "is_default": slug == "medium"}
        await store.insert(tx, "priority", new_id(), {**about, **minutes})
    ids = {}
    for order, (slug, name, flags) in enumerate(STATUSES, start=1):
        ids[slug] = new_id()
        await store.insert(tx, "status", ids[slug], {"slug": slug, "name": name, "sort_order": order * 10, **flags})
    going = [slug for slug in ids if slug != "closed"]
    pairs = [(ids[a], ids[b]) for a, b in permutations(going, 2)] + [(ids[a], ids["closed"]) for a in going]
    await store.add_transitions(tx, pairs)
    for slug, name, description, kind, department in CATEGORIES:
        about = {"slug": slug, "name": name, "description": description, "type": kind, "department": department}
        await store.insert(tx, "category", new_id(), about)
