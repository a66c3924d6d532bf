"""The manifest of the record of events: handlers run as jobs, the sweep brings back those whose job was lost;
anchors are made each night.
"""

from tocsin.activity import console, permissions
from tocsin.activity.api import ENDPOINTS
from tocsin.activity.service import ANCHORING, PENDING, RUN_HANDLER, handle, seed
from tocsin.base.manifest import Module

MODULE = Module(
    name="activity",
    title="Record of events",
    permissions=(permissions.VIEW,),
    endpoints=(*ENDPOINTS, *console.ENDPOINTS),
    navigation=console.NAVIGATION,
    slots=console.SLOTS,
    sweeps=(PENDING, ANCHORING),
    jobs=((RUN_HANDLER, handle),),
    seeds=(seed,),
    always_on=True,
)
