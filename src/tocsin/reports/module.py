"""The manifest of reports."""

from tocsin.access import permissions
from tocsin.base.manifest import Module
from tocsin.reports import api, console, service
from tocsin.reports.jobs import REACTIONS, SWEEPS

MODULE = Module(
    name="reports",
    title="Reports",
    permissions=(permissions.REPORTS_VIEW,),
    endpoints=(*api.ENDPOINTS, *console.ENDPOINTS),
    navigation=console.NAVIGATION,
    reactions=REACTIONS,
    sweeps=SWEEPS,
    seeds=(service.seed,),
)
