"""What `tocsin demo` shows: two organisations, their people and their incidents, and an excerpt of a real log."""

from __future__ import annotations

from tocsin.intake.rules.demo.acme import ACME
from tocsin.intake.rules.demo.globex import GLOBEX
from tocsin.intake.rules.demo.model import (
    DemoCategory,
    DemoComment,
    DemoField,
    DemoIncident,
    DemoPerson,
    DemoReporter,
    DemoTask,
    DemoTeam,
    DemoTenant,
)

TENANTS = (ACME, GLOBEX)
EXCERPT = "servicenow_excerpt.csv"
"""A file beside this module (package data); README.txt names its source and licence."""

__all__ = [
    "ACME",
    "EXCERPT",
    "GLOBEX",
    "TENANTS",
    "DemoCategory",
    "DemoComment",
    "DemoField",
    "DemoIncident",
    "DemoPerson",
    "DemoReporter",
    "DemoTask",
    "DemoTeam",
    "DemoTenant",
]
