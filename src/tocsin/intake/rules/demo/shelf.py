"""What the demo's desks keep ready: replies behind a slash in the composer, macros, checklists. Bodies as the API takes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Body = Mapping[str, Any]

REPLIES: tuple[Body, ...] = (
    {
        "name": "We have it",
        "slug": "received",
        "body": "Hello {{reporter.name}},\n\nthank you for telling us. {{incident.reference}} is with "
        "{{incident.team}} now, and you hear from us by {{incident.due}} at the latest.\n\n{{me.name}}",
    },
    {
        "name": "We need to know more",
        "slug": "more",
        "body": "Hello {{reporter.name}},\n\nto find the cause we need to know:\n\n- since when it happens, and how often\n"
        "- who or what else is affected\n- the exact words of any message; a photo is fine\n\n"
        "Just answer here. {{me.name}}",
    },
    {
        "name": "A workaround",
        "slug": "workaround",
        "body": "Until **{{incident.title}}** is solved, this keeps you working:\n\n1. \n2. \n\nWe go on with the cause "
        "and tell you as soon as it is gone.",
    },
    {
        "name": "Solved, please check",
        "slug": "solved",
        "body": "Hello {{reporter.name}},\n\nfrom our side {{incident.reference}} is solved. Please try it. If it comes back, "
        "answer here and it is open again.\n\n{{me.name}}, {{organisation.name}}",
    },
    {
        "name": "A supplier has it",
        "slug": "supplier",
        "body": "The supplier has our case and works on it. We ask for news every morning and tell you here.",
    },
)
MACROS: tuple[Body, ...] = (
    {
        "name": "Take it and say so",
        "description": "Yours, acknowledged, in progress, and the reporter knows.",
        "steps": [
            {"do": "assign", "user": "me"},
            {"do": "transition", "status": "in-progress"},
            {"do": "comment", "reply": "received"},
        ],
    },
    {
        "name": "Ask the reporter, wait",
        "description": "The clock rests until they answer.",
        "steps": [{"do": "comment", "reply": "more"}, {"do": "transition", "status": "waiting"}],
    },
    {
        "name": "Solved, tell the reporter",
        "steps": [{"do": "comment", "reply": "solved"}, {"do": "resolve"}],
    },
)
HANDOVER: Body = {
    "name": "Handing over at the end of a shift",
    "items": [
        {"title": "Write down what was tried and what it showed", "due_after": "PT30M"},
        {"title": "Name who was promised what, and until when"},
        {"title": "Talk to whoever takes over", "depends_on": [0, 1]},
    ],
}


def outage(name: str, category: str, first: str, check: str) -> Body:
    """A checklist for a kind of outage: what comes first, and how one sees that it is over."""
    return {
        "name": name,
        "category": category,
        "priority": "critical",
        "items": [
            {"title": first, "due_after": "PT10M"},
            {"title": "Tell everybody affected what works and what does not", "due_after": "PT20M"},
            {"title": "Find what changed last", "description": "Deliveries, updates, certificates, cables."},
            {"title": check, "depends_on": [0]},
            {"title": "Write a note for the review", "due_after": "P1D", "depends_on": [3]},
        ],
    }
