"""The screens of incidents, one file each."""

from tocsin.access import permissions
from tocsin.base.manifest import Navigation
from tocsin.incidents.console import (
    acts,
    around,
    asking,
    board,
    bulk,
    calendar,
    incident,
    live,
    menu,
    new,
    operations,
    palette,
    pick,
    queue,
    queues,
    routing,
    rows,
    similar,
    sla_calendars,
    sla_extensions,
    sla_policies,
    sla_priorities,
    sla_why,
    structure,
    teams,
    triage,
    views,
    work,
)
from tocsin.incidents.console.common import SEE
from tocsin.web.i18n import N_

_SCREENS = (
    queue,
    rows,
    pick,
    bulk,
    operations,
    triage,
    work,
    board,
    calendar,
    new,
    live,
    palette,
    menu,
    incident,
    acts,
    around,
    structure,
    asking,
    views,
    similar,
    sla_extensions,
    sla_calendars,
    sla_policies,
    sla_priorities,
    queues,
    routing,
    teams,
)
SLOTS = (*structure.SLOTS, *sla_why.SLOTS, *sla_extensions.SLOTS, *sla_calendars.SLOTS, *sla_policies.SLOTS)
ENDPOINTS = tuple(endpoint for screen in _SCREENS for endpoint in screen.ENDPOINTS)
TRIAGE = (permissions.UPDATE, permissions.ASSIGN)
NAVIGATION = (
    Navigation(N_("Queue"), "/queue", icon="inbox", permissions=SEE, order=10, key="q", counted="open"),
    Navigation(N_("Triage"), "/triage", icon="filter", permissions=TRIAGE, order=20, key="t", counted="triage"),
    Navigation(N_("My work"), "/work", icon="user-circle", permissions=SEE, order=30, key="m", counted="mine"),
    Navigation(N_("Teams"), "/teams", icon="users-group", permissions=(permissions.VIEW,), order=35),
    Navigation(N_("Board"), "/board", icon="layout-kanban", permissions=(permissions.VIEW,), order=40, key="b"),
    Navigation(N_("Views"), "/views", icon="bookmarks", permissions=SEE, order=45, key="v"),
    Navigation(N_("Calendar"), "/calendar", icon="calendar-event", permissions=(permissions.VIEW,), order=50, key="l"),
    *sla_calendars.NAVIGATION,
    *sla_policies.NAVIGATION,
    *routing.NAVIGATION,
)
