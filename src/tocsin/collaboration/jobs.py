"""What wakes collaboration: comments that mention somebody."""

from tocsin.base.manifest import Handler
from tocsin.collaboration import service

HANDLERS = tuple(
    Handler(event=name, name=f"collaboration.mentions.{name}", run=service.tell_mentioned)
    for name in ("CommentAdded", "CommentEdited")
)
