"""The manifest of the service levels. Verbs that change incidents (their sweep, `PUT` of a calendar) are of `incidents`."""

from tocsin.access.permissions import SLA_MANAGE
from tocsin.base.manifest import Kind, Module
from tocsin.sla import events
from tocsin.sla.api import ENDPOINTS
from tocsin.sla.service import seed
from tocsin.sla.service.calendars import names

MODULE = Module(
    name="sla",
    title="Service levels",
    permissions=(SLA_MANAGE,),
    endpoints=ENDPOINTS,
    kinds=(Kind("calendar", names),),
    events=events.ALL,
    seeds=(seed,),
)
