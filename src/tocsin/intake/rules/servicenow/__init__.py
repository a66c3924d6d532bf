"""Reads a ServiceNow incident event log: one CSV row is one update of one incident.

`read_log` turns the lines of a file into incidents with their history and a list of what could not be read; nothing
here touches a file, a clock or a database. Dates without a zone are taken as UTC.
"""

from __future__ import annotations

from tocsin.intake.rules.servicenow.history import Reading, history, read_log
from tocsin.intake.rules.servicenow.rows import Note, Parsed, Refusal, Row, parse_rows
from tocsin.intake.rules.servicenow.steps import (
    Assigned,
    CategoryChanged,
    Closed,
    Created,
    ImportedIncident,
    PriorityChanged,
    Reopened,
    Resolved,
    Span,
    State,
    StatusChanged,
    Step,
    TeamChanged,
    first_response_at,
    gaps,
    pauses,
    replay,
)
from tocsin.intake.rules.servicenow.words import category_slugs, priority_of, status_of

__all__ = [
    "Assigned",
    "CategoryChanged",
    "Closed",
    "Created",
    "ImportedIncident",
    "Note",
    "Parsed",
    "PriorityChanged",
    "Reading",
    "Refusal",
    "Reopened",
    "Resolved",
    "Row",
    "Span",
    "State",
    "StatusChanged",
    "Step",
    "TeamChanged",
    "category_slugs",
    "first_response_at",
    "gaps",
    "history",
    "parse_rows",
    "pauses",
    "priority_of",
    "read_log",
    "replay",
    "status_of",
]
