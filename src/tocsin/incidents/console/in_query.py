"""The filters of an address as a query: so that whatever a list is narrowed to can be saved as a view."""

from __future__ import annotations

from tocsin.incidents.rules import query as language

OPEN, ANY = "is:open", "any"
_FIELDS = {
    "status": "status",
    "priority": "priority",
    "category": "category",
    "assigned_to": "assignee",
    "team": "team",
    "watcher": "watcher",
    "delegated_by": "delegator",
    "source": "source",
    "reported_via": "via",
    "tag": "tag",
    "clock": "clock",
    "outcome": "outcome",
    "breached": "breached",
    "overdue": "overdue",
    "major": "major",
    "created_hour": "hour",
}
_TIMES = {
    "due": "due",
    "next_due": "next_due",
    "created": "created",
    "updated": "updated",
    "resolved": "resolved",
    "responded": "responded",
    "breached": "missed",
    "escalated": "escalated",
    "reopened": "reopened",
}
_SIGNS = {"after": ">=", "before": "<"}
CUSTOM = "custom."


def as_query(given: dict[str, str]) -> str:
    """What an address is narrowed to, in the query language; without a status it means all that is open."""
    parts = [] if "status" in given else [OPEN]
    for name, text in given.items():
        fact, _, end = name.rpartition("_")
        if name == "status" and ANY in text.split(","):
            continue
        if name in _FIELDS:
            parts.append(f"{_FIELDS[name]}:{','.join(_value(one) for one in text.split(',') if one)}")
        elif fact in _TIMES and end in _SIGNS:
            parts.append(f"{_TIMES[fact]}:{_SIGNS[end]}{text}")
        elif name.startswith(CUSTOM):
            parts.append(f"{name}:{_value(text)}")
    return " ".join([*parts, *([given["q"]] if given.get("q") else [])])


def _value(text: str) -> str:
    plain = not any(char.isspace() or char == '"' for char in text)
    return text if plain else language.quoted(text)
