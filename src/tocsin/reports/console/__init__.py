"""The screens of reports: `screen` is the dashboard, `clocks` the service levels, `words` says figures as people do."""

from tocsin.reports.console import clocks, screen
from tocsin.reports.console.screen import NAVIGATION

ENDPOINTS = (*screen.ENDPOINTS, *clocks.ENDPOINTS)

__all__ = ["ENDPOINTS", "NAVIGATION"]
