"""The screens of incidents, one file each."""

from tocsin.base.manifest import Navigation
from tocsin.incidents.console import live, menu, palette, queue
from tocsin.incidents.console.common import SEE
from tocsin.web.i18n import N_

ENDPOINTS = (*queue.ENDPOINTS, *live.ENDPOINTS, *palette.ENDPOINTS, *menu.ENDPOINTS)
NAVIGATION = (Navigation(N_("Queue"), "/queue", icon="inbox", permissions=SEE, order=10, key="q", counted="open"),)
