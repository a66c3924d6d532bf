"""Incidents as stored and as shown, what lists are narrowed to, and who takes part."""

from tocsin.incidents.model.asking import COLUMN_NAMES, Condition, CustomFilter, Filters, View
from tocsin.incidents.model.changes import ChangedIncident, Changes, ChangeTold
from tocsin.incidents.model.past import PastIncident, PastStep, StepKind
from tocsin.incidents.model.people import Contact, Stint, Watcher, WatcherView, watcher_from
from tocsin.incidents.model.record import (
    Assignee,
    Capacity,
    CategoryRef,
    Found,
    Incident,
    IncidentName,
    IncidentView,
    NewIncident,
    PriorityRef,
    ReporterRef,
    Similar,
    StatusRef,
    incident_from,
)
from tocsin.incidents.model.routing import RoutingRule
from tocsin.incidents.model.shown import Around, Column, DueDay, DueIncident, Offers

__all__ = [
    "COLUMN_NAMES",
    "Around",
    "Assignee",
    "Capacity",
    "CategoryRef",
    "ChangeTold",
    "ChangedIncident",
    "Changes",
    "Column",
    "Condition",
    "Contact",
    "CustomFilter",
    "DueDay",
    "DueIncident",
    "Filters",
    "Found",
    "Incident",
    "IncidentName",
    "IncidentView",
    "NewIncident",
    "Offers",
    "PastIncident",
    "PastStep",
    "PriorityRef",
    "ReporterRef",
    "RoutingRule",
    "Similar",
    "StatusRef",
    "StepKind",
    "Stint",
    "View",
    "Watcher",
    "WatcherView",
    "incident_from",
    "watcher_from",
]
