"""Clocks, calendars, policies and extensions as the API shows them, and as they stand in their rows."""

from tocsin.sla.model.calendars import (
    CalendarChange,
    CalendarView,
    Holiday,
    Holidays,
    Minutes,
    Name,
    NewCalendar,
    Ref,
    Slug,
    Week,
    Zone,
    calendar_from,
    hours_from,
)
from tocsin.sla.model.clocks import Clocks, Outcome, clocks_from, clocks_of, history_from
from tocsin.sla.model.explained import Explained, ExplanationView, SpanView
from tocsin.sla.model.extensions import (
    EXTENSION_STATES,
    AskForTime,
    Decide,
    ExtensionState,
    ExtensionView,
    extension_from,
)
from tocsin.sla.model.moves import IncidentName, Move, Preview, PriorityTargets, WhatIf
from tocsin.sla.model.policies import Entry, NewSlaPolicy, PolicyView, SlaPolicyChange, Target, TargetView
from tocsin.sla.rules import Case, Fired, Targets

__all__ = [
    "EXTENSION_STATES",
    "AskForTime",
    "CalendarChange",
    "CalendarView",
    "Case",
    "Clocks",
    "Decide",
    "Entry",
    "Explained",
    "ExplanationView",
    "ExtensionState",
    "ExtensionView",
    "Fired",
    "Holiday",
    "Holidays",
    "IncidentName",
    "Minutes",
    "Move",
    "Name",
    "NewCalendar",
    "NewSlaPolicy",
    "Outcome",
    "PolicyView",
    "Preview",
    "PriorityTargets",
    "Ref",
    "SlaPolicyChange",
    "Slug",
    "SpanView",
    "Target",
    "TargetView",
    "Targets",
    "Week",
    "WhatIf",
    "Zone",
    "calendar_from",
    "clocks_from",
    "clocks_of",
    "extension_from",
    "history_from",
    "hours_from",
]
