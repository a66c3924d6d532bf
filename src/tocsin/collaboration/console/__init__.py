"""What collaboration puts on the screens of incidents: the conversation, the composer, progress, tasks, files and what is kept
ready; files of a new one; and the administration of checklists, replies and macros.
"""

from tocsin.access import permissions
from tocsin.base.manifest import Navigation, Slot
from tocsin.collaboration.console import (
    checklists,
    comments,
    files,
    macros,
    major,
    new,
    progress,
    ready,
    replies,
    tasks,
)
from tocsin.collaboration.console.sentences import SENTENCES
from tocsin.incidents.console.new import FILES
from tocsin.web.i18n import N_

_MODULE = "collaboration"
ENDPOINTS = (
    *(*new.ENDPOINTS, *comments.ENDPOINTS, *tasks.ENDPOINTS, *files.ENDPOINTS, *progress.ENDPOINTS, *ready.ENDPOINTS),
    *(*checklists.ENDPOINTS, *replies.ENDPOINTS, *macros.ENDPOINTS, *major.ENDPOINTS),
)
SLOTS = (
    Slot(FILES, new.draw_files, (permissions.COMMENTS_MANAGE,), _MODULE),
    Slot("incident.timeline", comments.draw_timeline, permissions.MEMBER, _MODULE),
    Slot("incident.do", comments.draw_dialog, permissions.MEMBER, _MODULE),
    Slot("incident.composer", comments.draw_composer, (permissions.COMMENTS_MANAGE,), _MODULE),
    Slot("incident.progress", progress.draw, permissions.MEMBER, _MODULE),
    Slot("incident.do", progress.draw_dialog, (permissions.UPDATE,), _MODULE),
    Slot("incident.progress", major.draw_banner, (permissions.VIEW,), _MODULE, order=1),
    Slot("incident.side", major.draw_side, (permissions.VIEW,), _MODULE, order=5),
    Slot("incident.do", major.draw_dialog, (permissions.ESCALATE,), _MODULE),
    Slot("incident.tasks", tasks.draw_tasks, (permissions.VIEW,), _MODULE),
    Slot("incident.do", tasks.draw_dialog, (permissions.TASKS_MANAGE,), _MODULE),
    Slot("work.above", tasks.draw_own, (permissions.VIEW,), _MODULE),
    Slot("incident.acts", ready.draw_macros, (permissions.VIEW,), _MODULE, order=60),
    Slot("incident.files", files.draw_files, permissions.MEMBER, _MODULE),
)
NAVIGATION = (
    Navigation(
        N_("Checklists"),
        checklists.CHECKLISTS,
        icon="checklist",
        permissions=(permissions.SETTINGS_MANAGE,),
        place="admin",
        order=50,
    ),
    Navigation(
        N_("Replies"),
        replies.REPLIES,
        icon="message-2-bolt",
        permissions=(permissions.MACROS_MANAGE,),
        place="admin",
        order=52,
    ),
    Navigation(
        N_("Macros"), macros.MACROS, icon="bolt", permissions=(permissions.MACROS_MANAGE,), place="admin", order=54
    ),
)
__all__ = ["ENDPOINTS", "NAVIGATION", "SENTENCES", "SLOTS"]
