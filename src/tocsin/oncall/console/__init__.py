"""The screens of on call: who has the watch, a schedule's rota, and its editor."""

from tocsin.base.manifest import Navigation
from tocsin.oncall.console import editor, rota
from tocsin.web.i18n import N_

ENDPOINTS = (*editor.ENDPOINTS, *rota.ENDPOINTS)
NAVIGATION = (
    Navigation(
        *(N_("On call"), rota.ONCALL),
        icon="phone-call",
        permissions=rota.SEE,
        place="desk",
        order=10,
        module=rota.MODULE,
    ),
)
