"""Major incidents: declaring and leading one, what is said of it, and what is learnt from it."""

from tocsin.collaboration.service.major.leading import declare, find_major, get_major, set_roles, stand_down
from tocsin.collaboration.service.major.reviewing import add_action, get_review, list_actions, write_review
from tocsin.collaboration.service.major.saying import (
    get_update,
    list_updates,
    post_update,
    tell_declared,
    tell_role,
    tell_update,
)
from tocsin.collaboration.service.major.shapes import Declaration

__all__ = [
    "Declaration",
    "add_action",
    "declare",
    "find_major",
    "get_major",
    "get_review",
    "get_update",
    "list_actions",
    "list_updates",
    "post_update",
    "set_roles",
    "stand_down",
    "tell_declared",
    "tell_role",
    "tell_update",
    "write_review",
]
