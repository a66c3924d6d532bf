"""The manifest of collaboration."""

from tocsin.access import permissions
from tocsin.base.manifest import Module
from tocsin.collaboration import console, events
from tocsin.collaboration.api import ENDPOINTS
from tocsin.collaboration.jobs import HANDLERS, REACTIONS, SWEEPS
from tocsin.collaboration.service import INCLUDES
from tocsin.collaboration.service.checkup import examine
from tocsin.collaboration.service.comments import SAID, texts_of
from tocsin.collaboration.service.many import VERBS
from tocsin.collaboration.service.moving import KEEPERS, MOVERS
from tocsin.collaboration.service.stored import FILES, ORPHANS, seed
from tocsin.collaboration.service.tasks import unfinished
from tocsin.collaboration.service.words import HAS, IS
from tocsin.incidents.console.sentences import learn
from tocsin.incidents.service import COMMENT_TEXTS, SEARCHED, UNFINISHED, learn_words

learn(console.SENTENCES)
UNFINISHED.append(unfinished)
COMMENT_TEXTS.append(texts_of)
SEARCHED.append(SAID)
learn_words("has", HAS)
learn_words("is", IS)
MODULE = Module(
    name="collaboration",
    title="Tasks, comments, attachments, progress",
    permissions=(permissions.TASKS_MANAGE, permissions.COMMENTS_MANAGE, permissions.MACROS_MANAGE),
    endpoints=(*ENDPOINTS, *console.ENDPOINTS),
    navigation=console.NAVIGATION,
    slots=console.SLOTS,
    handlers=HANDLERS,
    reactions=REACTIONS,
    sweeps=(*SWEEPS, FILES, ORPHANS),
    events=events.ALL,
    movers=MOVERS,
    keepers=KEEPERS,
    bulk_verbs=VERBS,
    includes=INCLUDES,
    seeds=(seed,),
    checkups=(examine,),
)
