"""What collaboration puts on an incident's page: the conversation in the timeline, the composer, tasks and files."""

from tocsin.access import permissions
from tocsin.base.manifest import Slot
from tocsin.collaboration.console import comments, files, tasks
from tocsin.collaboration.console.sentences import SENTENCES

_MODULE = "collaboration"
ENDPOINTS = (*comments.ENDPOINTS, *tasks.ENDPOINTS, *files.ENDPOINTS)
SLOTS = (
    Slot("incident.timeline", comments.draw_timeline, permissions.MEMBER, _MODULE),
    Slot("incident.composer", comments.draw_composer, (permissions.COMMENTS_MANAGE,), _MODULE),
    Slot("incident.tasks", tasks.draw_tasks, (permissions.VIEW,), _MODULE),
    Slot("incident.do", tasks.draw_dialog, (permissions.TASKS_MANAGE,), _MODULE),
    Slot("incident.files", files.draw_files, permissions.MEMBER, _MODULE),
)
__all__ = ["ENDPOINTS", "SENTENCES", "SLOTS"]
