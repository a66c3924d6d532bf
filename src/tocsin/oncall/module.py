"""The manifest of on call: a part of escalation to a tenant, a floor of its own below it."""

from tocsin.access.permissions import ESCALATION_MANAGE
from tocsin.base.manifest import Kind, Module
from tocsin.oncall import console, events, service
from tocsin.oncall.api import ENDPOINTS

MODULE = Module(
    name="oncall",
    title="On call",
    part_of="escalation",
    permissions=(ESCALATION_MANAGE,),
    endpoints=(*ENDPOINTS, *console.ENDPOINTS),
    navigation=console.NAVIGATION,
    kinds=(Kind("schedule", service.schedule_names, None, "/admin/oncall/{id}", (ESCALATION_MANAGE,)),),
    events=events.ALL,
)
