"""What wakes reports: changes that make counted days untrue, and days to be counted."""

from tocsin.base.manifest import Reaction, Sweep
from tocsin.reports import service
from tocsin.reports.service.keeping import MODULE, MOVING

REACTIONS = tuple(
    Reaction(event, service.note)
    for event in (*MOVING, "IncidentCreated", "IncidentUpdated", "IncidentReopened", "TenantChanged", "ModuleDisabled")
)

SWEEPS = (Sweep("reports.days", MODULE, service.DUE, service.NEXT_DUE, service.handle, concurrency=1),)
