"""The screens of incidents, one file each."""

from tocsin.base.manifest import Navigation
from tocsin.incidents.console import live, queue
from tocsin.incidents.console.common import SEE
from tocsin.web.i18n import N_

ENDPOINTS = (*queue.ENDPOINTS, *live.ENDPOINTS)
NAVIGATION = (Navigation(N_("Queue"), "/queue", icon="inbox", permissions=SEE, order=10, key="q", counted="open"),)
