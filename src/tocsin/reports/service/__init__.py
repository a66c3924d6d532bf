"""Verbs of reports: counting a period, keeping days counted, exporting."""

from tocsin.reports.service.by_clock import by_clock
from tocsin.reports.service.exporting import (
    ExportQuery,
    check_export,
    clock_sheet,
    incident_page,
    incident_sheet,
    measure_sheet,
)
from tocsin.reports.service.keeping import CountedDays, check, handle, note, rebuild, seed
from tocsin.reports.service.measures import measures, missed
from tocsin.reports.service.periods import MeasuresQuery
from tocsin.reports.service.reality import RealityQuery, reality
from tocsin.reports.store.kept import DUE, NEXT_DUE

__all__ = [
    "DUE",
    "NEXT_DUE",
    "CountedDays",
    "ExportQuery",
    "MeasuresQuery",
    "RealityQuery",
    "by_clock",
    "check",
    "check_export",
    "clock_sheet",
    "handle",
    "incident_page",
    "incident_sheet",
    "measure_sheet",
    "measures",
    "missed",
    "note",
    "reality",
    "rebuild",
    "seed",
]
