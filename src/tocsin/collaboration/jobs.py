"""What wakes collaboration: comments that mention somebody, public progress, incidents that are triaged, words that are due."""

from tocsin.base.manifest import Handler, Reaction, Sweep
from tocsin.collaboration import service
from tocsin.collaboration.service import major

HANDLERS = (
    Handler(event="CommentAdded", name="collaboration.mentions.CommentAdded", run=service.tell_mentioned),
    Handler(event="CommentAdded", name="collaboration.comments.tell", run=service.tell_comment),
    Handler(event="CommentEdited", name="collaboration.mentions.CommentEdited", run=service.tell_mentioned),
    Handler(event="MajorDeclared", name="collaboration.major.declared", run=major.tell_declared),
    Handler(event="MajorRoleChanged", name="collaboration.major.role", run=major.tell_role),
    Handler(event="MajorUpdatePosted", name="collaboration.major.update", run=major.tell_update),
    Handler(event="TaskCreated", name="collaboration.tasks.TaskCreated", run=service.tell_given),
    Handler(event="TaskUpdated", name="collaboration.tasks.TaskUpdated", run=service.tell_given),
    Handler(event="ProgressReported", name="collaboration.progress.tell", run=service.tell_progress),
)
SWEEPS = (
    Sweep(
        "collaboration.progress",
        "collaboration",
        service.PROGRESS_DUE,
        service.PROGRESS_NEXT,
        service.remind_of_update,
    ),
)
REACTIONS = tuple(
    Reaction(event=name, run=service.apply_fitting)
    for name in ("IncidentCreated", "IncidentTransitioned", "IncidentUpdated", "IncidentPriorityChanged")
)
