"""The only list of features. Everything that must know all of them asks here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from typing import Any

from tocsin.access.module import MODULE as ACCESS
from tocsin.access.service.recovery import POST
from tocsin.activity.module import MODULE as ACTIVITY
from tocsin.activity.service import DIRECTORY, SUBSCRIPTIONS
from tocsin.base.manifest import Module, Sweep
from tocsin.classification.module import MODULE as CLASSIFICATION
from tocsin.collaboration.module import MODULE as COLLABORATION
from tocsin.escalation.module import MODULE as ESCALATION
from tocsin.escalation.service import stop_on_seen_again
from tocsin.incidents.module import MODULE as INCIDENTS
from tocsin.incidents.service import SEEN_AGAIN, STRUCTURE
from tocsin.incidents.service.include import INCLUDES
from tocsin.intake.module import MODULE as INTAKE
from tocsin.modules.module import MODULE as MODULES
from tocsin.modules.service import register
from tocsin.notifications.module import MODULE as NOTIFICATIONS
from tocsin.notifications.service import hand_over
from tocsin.oncall.module import MODULE as ONCALL
from tocsin.reminders.module import MODULE as REMINDERS
from tocsin.reports.module import MODULE as REPORTS
from tocsin.sla.module import MODULE as SLA
from tocsin.tenancy.module import MODULE as TENANCY
from tocsin.tenancy.service import SEEDS
from tocsin.tenancy.service.clock import TIMERS
from tocsin.web.shell import FURNITURE

_FOUND = (
    *(ACTIVITY, TENANCY, ACCESS, MODULES, NOTIFICATIONS, CLASSIFICATION, SLA, INCIDENTS),
    *(COLLABORATION, ONCALL, ESCALATION, REMINDERS, INTAKE, REPORTS),
)


def sweeps() -> tuple[Sweep, ...]:
    """The sweeps of all features, each once."""
    found = {sweep.name: sweep for module in modules() for sweep in module.sweeps}
    return tuple(found.values())


def checkups() -> tuple[Callable[..., Awaitable[Sequence[Any]]], ...]:
    """What the features let `tocsin doctor` look at."""
    return tuple(checkup for module in modules() for checkup in module.checkups)


@cache
def modules() -> tuple[Module, ...]:
    """All manifests, lowest floor first; listeners, seeds and switches are registered on the first call."""
    for module in _FOUND:
        SUBSCRIPTIONS.add(module.name, module.handlers, module.reactions)
        SEEDS.extend(module.seeds)
        TIMERS.add(module.sweeps)
        STRUCTURE.add(module.name, module.keepers, module.movers, module.bulk_verbs)
        INCLUDES.add(module.name, module.includes)
        DIRECTORY.add(module.title, module.kinds, module.events)
        FURNITURE.add(module.name, module.navigation, module.slots)
    POST.send = hand_over
    SEEN_AGAIN.call = stop_on_seen_again
    register(_FOUND)
    return _FOUND
