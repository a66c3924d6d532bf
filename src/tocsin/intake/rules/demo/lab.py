"""The lab: a sandbox whose clock stands until it is moved, with calendars, promises, a rota and a ladder to try."""

from __future__ import annotations

from datetime import UTC, datetime

from tocsin.intake.rules.demo.model import DemoCategory, DemoIncident, DemoPerson, DemoReporter, DemoTeam, DemoTenant
from tocsin.intake.rules.demo.shelf import HANDOVER, outage

_WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
_TEAMS = (
    DemoTeam("service-desk", "Service Desk", "First line: answers, sorts, and solves what it can."),
    DemoTeam("platform", "Platform", "Servers, networks and everything they carry."),
)
_PEOPLE = (
    DemoPerson("Ingrid Solberg", "ingrid.solberg@lab.example", "admin", ("platform",)),
    DemoPerson("Mateo Alvarez", "mateo.alvarez@lab.example", "manager", ("service-desk", "platform")),
    DemoPerson("Priya Raman", "priya.raman@lab.example", "agent", ("service-desk",)),
    DemoPerson("Hugo Martin", "hugo.martin@lab.example", "agent", ("service-desk",)),
    DemoPerson("Noor Haidari", "noor.haidari@lab.example", "agent", ("platform",)),
    DemoPerson("Jonas Weber", "jonas.weber@lab.example", "agent", ("platform",)),
    DemoPerson("Ruth Okafor", "ruth.okafor@lab.example", "viewer"),
    DemoPerson("Sam Keller", "sam.keller@lab.example", "reporter"),
)
_CATEGORIES = (
    DemoCategory("workplace", "Workplace", "request", "IT", "Desks, screens, printers and what stands on them."),
    DemoCategory("service-outage", "Service outage", "incident", "IT", "Something that many need does not work."),
)
_CALENDARS = (
    {
        "name": "Office hours",
        "slug": "office",
        "hours": {day: [["08:00", "12:00"], ["13:00", "18:00"]] for day in _WORKDAYS},
        "holidays": [
            {"date": "2026-04-03", "name": "Good Friday"},
            {"date": "2026-04-06", "name": "Easter Monday"},
            {"date": "2026-05-01", "name": "Labour Day"},
            {"date": "2026-12-25", "name": "Christmas Day"},
        ],
        "is_default": True,
    },
    {"name": "Night watch", "slug": "nights", "hours": {day: [["22:00", "06:00"]] for day in _WORKDAYS}},
)
_PROMISES = (
    {
        "name": "Outages around the clock",
        "category": "service-outage",
        "calendar": "24x7",
        "targets": [
            {"priority": "critical", "response_minutes": 10, "update_minutes": 60, "resolution_minutes": 240},
            {"priority": "high", "response_minutes": 30, "update_minutes": 120, "resolution_minutes": 480},
        ],
        "maximum_extensions": 2,
    },
    {"name": "Service desk hands on", "team": "service-desk", "hands_minutes": 120},
)
_SCHEDULES = (
    {
        "name": "Platform on call",
        "slug": "platform-on-call",
        "team": "platform",
        "layers": [
            {
                "name": "Weekly",
                "rotation": "weekly",
                "start": "2026-03-02",
                "users": ["noor.haidari@lab.example", "jonas.weber@lab.example"],
            }
        ],
    },
)
_LADDERS = (
    {
        "name": "Nobody has seen it",
        "conditions": "priority:critical,high",
        "trigger": {"on": "unacknowledged", "after": "PT10M"},
        "steps": [
            {
                "after": "PT0M",
                "actions": [{"do": "notify", "to": {"schedule": "platform-on-call"}, "channel": "email"}],
            },
            {"after": "PT15M", "actions": [{"do": "notify", "to": {"role": "manager"}, "channel": "email"}]},
            {"after": "PT30M", "actions": [{"do": "raise_priority"}]},
        ],
    },
)
_INCIDENTS = (
    DemoIncident(
        title="Shared drive answers slowly since the weekend",
        description="Opening a folder takes half a minute, for everybody on the second floor.",
        priority="high",
        category="service-outage",
        status="open",
        age=20,
        reporter="sam.keller",
        team="platform",
    ),
    DemoIncident(
        title="Second screen stays dark",
        description="The screen is found and shows nothing. Another cable changes nothing.",
        priority="medium",
        category="workplace",
        status="in-progress",
        age=95,
        reporter=DemoReporter("Ana Duarte", "ana.duarte@partner.example", organization="Northwind"),
        team="service-desk",
        owner="priya.raman",
        acknowledged_after=12,
    ),
    DemoIncident(
        title="A desk for a new colleague on Thursday",
        description="Height-adjustable if there is one, near the window team.",
        priority="low",
        category="workplace",
        status="open",
        age=140,
        reporter="sam.keller",
        team="service-desk",
    ),
)

_CHECKLISTS = (
    HANDOVER,
    outage(
        "A service is down",
        "service-outage",
        "Look at the health page and the last deployment",
        "See it up for ten minutes",
    ),
)

LAB = DemoTenant(
    slug="lab",
    name="The Lab",
    time_zone="Europe/Berlin",
    locale="en",
    teams=_TEAMS,
    people=_PEOPLE,
    categories=_CATEGORIES,
    checklists=_CHECKLISTS,
    incidents=_INCIDENTS,
    clock_at=datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
    calendars=_CALENDARS,
    promises=_PROMISES,
    schedules=_SCHEDULES,
    ladders=_LADDERS,
)
