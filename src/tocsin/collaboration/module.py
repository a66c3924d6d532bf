"""The manifest of collaboration."""

from tocsin.access import permissions
from tocsin.base.manifest import Module
from tocsin.collaboration import console, events
from tocsin.collaboration.api import ENDPOINTS
from tocsin.collaboration.jobs import HANDLERS
from tocsin.collaboration.service import INCLUDES
from tocsin.collaboration.service.moving import MOVERS
from tocsin.collaboration.service.stored import FILES, ORPHANS, seed
from tocsin.collaboration.service.tasks import unfinished
from tocsin.incidents.console.sentences import learn
from tocsin.incidents.service import UNFINISHED

learn(console.SENTENCES)
UNFINISHED.append(unfinished)
MODULE = Module(
    name="collaboration",
    title="Tasks, comments, attachments, progress",
    permissions=(permissions.TASKS_MANAGE, permissions.COMMENTS_MANAGE),
    endpoints=(*ENDPOINTS, *console.ENDPOINTS),
    slots=console.SLOTS,
    handlers=HANDLERS,
    events=events.ALL,
    movers=MOVERS,
    includes=INCLUDES,
    sweeps=(FILES, ORPHANS),
    seeds=(seed,),
)
