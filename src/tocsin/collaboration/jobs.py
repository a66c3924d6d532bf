"""What wakes collaboration: comments that mention somebody, incidents that are triaged."""

from tocsin.base.manifest import Handler, Reaction
from tocsin.collaboration import service

HANDLERS = tuple(
    Handler(event=name, name=f"collaboration.mentions.{name}", run=service.tell_mentioned)
    for name in ("CommentAdded", "CommentEdited")
)
REACTIONS = tuple(
    Reaction(event=name, run=service.apply_fitting)
    for name in ("IncidentCreated", "IncidentTransitioned", "IncidentUpdated", "IncidentPriorityChanged")
)
