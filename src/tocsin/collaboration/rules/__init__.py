"""Pure decisions: the life of tasks and comments, whom a text means, names and types of files."""

from tocsin.collaboration.rules.comments import may_edit
from tocsin.collaboration.rules.files import (
    NAME_LIMIT,
    TEXT_TYPES,
    UNKNOWN_TYPE,
    content_disposition,
    display_name,
    kept_type,
    object_path,
    size_text,
)
from tocsin.collaboration.rules.links import read as read_link
from tocsin.collaboration.rules.mentions import Person, by_handle, handles, ids_in, match
from tocsin.collaboration.rules.tasks import (
    UNFINISHED,
    TaskStatus,
    blocks_start,
    completed_at,
    moved,
    on_cycle,
    refuse_order,
)
from tocsin.collaboration.rules.triage import is_triage
from tocsin.collaboration.rules.variables import VARIABLES, check as check_variables, fill

__all__ = [
    "NAME_LIMIT",
    "TEXT_TYPES",
    "UNFINISHED",
    "UNKNOWN_TYPE",
    "VARIABLES",
    "Person",
    "TaskStatus",
    "blocks_start",
    "by_handle",
    "check_variables",
    "completed_at",
    "content_disposition",
    "display_name",
    "fill",
    "handles",
    "ids_in",
    "is_triage",
    "kept_type",
    "match",
    "may_edit",
    "moved",
    "object_path",
    "on_cycle",
    "read_link",
    "refuse_order",
    "size_text",
]
