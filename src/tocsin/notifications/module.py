"""The manifest of notifications."""

from tocsin.access.permissions import NOTIFICATIONS_MANAGE
from tocsin.base.manifest import Module
from tocsin.notifications import console, events
from tocsin.notifications.api import ENDPOINTS
from tocsin.notifications.jobs import DELIVERIES
from tocsin.notifications.service.checkup import examine

MODULE = Module(
    name="notifications",
    title="Notifications",
    permissions=(NOTIFICATIONS_MANAGE,),
    endpoints=(*ENDPOINTS, *console.ENDPOINTS),
    navigation=console.NAVIGATION,
    slots=console.SLOTS,
    sweeps=(DELIVERIES,),
    events=events.ALL,
    checkups=(examine,),
)
