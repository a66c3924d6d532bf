"""What collaboration puts on the screens of incidents: the conversation, the composer, tasks and files of one, files of a new one."""

from tocsin.access import permissions
from tocsin.base.manifest import Slot
from tocsin.collaboration.console import comments, files, new, tasks
from tocsin.collaboration.console.sentences import SENTENCES
from tocsin.incidents.console.new import FILES

_MODULE = "collaboration"
ENDPOINTS = (*new.ENDPOINTS, *comments.ENDPOINTS, *tasks.ENDPOINTS, *files.ENDPOINTS)
SLOTS = (
    Slot(FILES, new.draw_files, (permissions.COMMENTS_MANAGE,), _MODULE),
    Slot("incident.timeline", comments.draw_timeline, permissions.MEMBER, _MODULE),
    Slot("incident.do", comments.draw_dialog, permissions.MEMBER, _MODULE),
    Slot("incident.composer", comments.draw_composer, (permissions.COMMENTS_MANAGE,), _MODULE),
    Slot("incident.tasks", tasks.draw_tasks, (permissions.VIEW,), _MODULE),
    Slot("incident.do", tasks.draw_dialog, (permissions.TASKS_MANAGE,), _MODULE),
    Slot("incident.files", files.draw_files, permissions.MEMBER, _MODULE),
)
__all__ = ["ENDPOINTS", "SENTENCES", "SLOTS"]
