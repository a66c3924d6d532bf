"""The screens of incidents, one file each."""

from tocsin.access import permissions
from tocsin.base.manifest import Navigation
from tocsin.incidents.console import board, calendar, new, queue
from tocsin.incidents.console.common import SEE
from tocsin.web.i18n import N_

ENDPOINTS = (*queue.ENDPOINTS, *board.ENDPOINTS, *calendar.ENDPOINTS, *new.ENDPOINTS)
NAVIGATION = (
    Navigation(N_("Queue"), "/queue", icon="inbox", permissions=SEE, order=10, key="q", counted="open"),
    Navigation(N_("Board"), "/board", icon="layout-kanban", permissions=(permissions.VIEW,), order=40, key="b"),
    Navigation(N_("Calendar"), "/calendar", icon="calendar-event", permissions=(permissions.VIEW,), order=50, key="l"),
)
