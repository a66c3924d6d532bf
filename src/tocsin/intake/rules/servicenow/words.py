"""The source system's words in ours: states, priorities, titles, metadata."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from tocsin.base.text import slugify
from tocsin.intake.rules.servicenow.rows import Row
from tocsin.intake.rules.servicenow.steps import CLOSED, IN_PROGRESS, OPEN, RESOLVED, WAITING

MAX_TITLE = 200  # characters, as the incident's own

_STATUSES = {
    "new": OPEN,
    "active": IN_PROGRESS,
    "in progress": IN_PROGRESS,
    "on hold": WAITING,
    "resolved": RESOLVED,
    "closed": CLOSED,
    "canceled": CLOSED,
    "cancelled": CLOSED,
}
_PRIORITIES = {"1": "critical", "2": "high", "3": "medium", "4": "low", "5": "low"}
_PRIORITY_NAMES = {"critical": "critical", "high": "high", "moderate": "medium", "medium": "medium", "low": "low"}
_COUNTS = frozenset({"reassignment_count", "reopen_count", "sys_mod_count"})
_FLAGS = frozenset({"made_sla", "knowledge", "u_priority_confirmation"})
# What the last row says of these is kept beside the incident; the other columns became fields or steps of their own.
_KEPT = (
    "number subcategory u_symptom location cmdb_ci contact_type urgency impact priority incident_state closed_code "
    "made_sla reassignment_count reopen_count sys_mod_count knowledge u_priority_confirmation notify problem_id rfc "
    "vendor caused_by caller_id opened_by sys_created_by sys_created_at resolved_by"
)
_RENAMED = {"u_symptom": "symptom", "caller_id": "caller", "sys_created_by": "created_by", "incident_state": "state"}


def status_of(state: str) -> str | None:
    """The status slug for a state of the source; None for one that nobody knows (the public log has a `-100`)."""
    plain = state.strip().lower()
    return WAITING if plain.startswith("awaiting") else _STATUSES.get(plain)


def priority_of(priority: str) -> str | None:
    """The priority slug for `3 - Moderate` and its like; None for one that nobody knows."""
    plain = priority.strip().lower()
    digit, _, name = plain.partition("-")
    return _PRIORITIES.get(digit.strip()) or _PRIORITY_NAMES.get(name.strip() or plain)


def flag_of(text: str | None) -> bool | None:
    """True and false as the log writes them; None for anything else."""
    return {"true": True, "false": False}.get((text or "").strip().lower())


def title_of(rows: Sequence[Row]) -> str:
    """A title in plain words, since the log has none: `Category 55 / Subcategory 170: Symptom 72`."""
    category, subcategory, symptom = (last_known(rows, c) for c in ("category", "subcategory", "u_symptom"))
    place = " / ".join(" ".join(part.split()) for part in (category, subcategory) if part)
    title = ": ".join(part for part in (place, " ".join((symptom or "").split())) if part)
    title = title or f"Incident {rows[-1].number}"
    return title if len(title) <= MAX_TITLE else title[: MAX_TITLE - 1] + "…"


def description_of(rows: Sequence[Row]) -> str:
    """One or two sentences about where the incident came from."""
    how, where, code = (last_known(rows, c) for c in ("contact_type", "location", "closed_code"))
    said = f"Imported from ServiceNow, where it was {rows[-1].number}"
    said += f", reported by {how.strip().lower()}" if how else ""
    said += f" from {where.strip()}." if where else "."
    return f"{said} Closed with {code.strip()}." if code else said


def metadata_of(last: Row) -> dict[str, str | int | bool]:
    """What the last row knows beyond the incident's own fields; unknown values are left out."""
    kept: dict[str, str | int | bool] = {"imported_from": "servicenow"}
    for column in _KEPT.split():
        text = last.get(column)
        if text is None:
            continue
        flag = flag_of(text) if column in _FLAGS else None
        name = _RENAMED.get(column, column)
        counted = column in _COUNTS and re.fullmatch(r"[0-9]{1,9}", text.strip()) is not None
        kept[name] = int(text) if counted else text if flag is None else flag
    kept["number"] = last.number
    return kept


def category_slugs(names: Iterable[str], taken: Collection[str] = ()) -> dict[str, str]:
    """A slug for every category name, distinct from each other and from those taken; the same names get the same."""
    used = set(taken)
    slugs: dict[str, str] = {}
    for name in sorted(set(names)):
        slug = base = slugify(name)
        count = 1
        while slug in used:
            count += 1
            slug = f"{base[: 63 - len(str(count))].rstrip('-')}-{count}"
        used.add(slug)
        slugs[name] = slug
    return slugs


def last_known(rows: Sequence[Row], column: str) -> str | None:
    """The column's newest known text."""
    return next((text for row in reversed(rows) if (text := row.get(column)) is not None), None)
