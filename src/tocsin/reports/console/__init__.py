"""The screen of reports: `screen` shows it, `words` says figures as people do."""

from tocsin.reports.console.screen import ENDPOINTS, NAVIGATION

__all__ = ["ENDPOINTS", "NAVIGATION"]
