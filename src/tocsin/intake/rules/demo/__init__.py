"""What `tocsin demo` shows: two organisations, their people and incidents, an excerpt of a real log, and a sandbox."""

from __future__ import annotations

from tocsin.intake.rules.demo.acme import ACME
from tocsin.intake.rules.demo.globex import GLOBEX
from tocsin.intake.rules.demo.lab import LAB
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
ALL = (*TENANTS, LAB)
"""The two that are alive, and the sandbox."""
EXCERPT = "servicenow_excerpt.csv"
"""A file beside this module (package data); README.txt names its source and licence."""

__all__ = [
    "ACME",
    "ALL",
    "EXCERPT",
    "GLOBEX",
    "LAB",
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
