"""The verbs of working together on an incident, one file a subject. Each begins at `incidents.service.lock` or `see`."""

from tocsin.collaboration.service.attachments import (
    add_public_attachment,
    attach,
    check_attaching,
    delete_attachment,
    find_file,
    find_thumbnail,
    follow_link,
    get_attachment,
    link_to,
    list_attachments,
    open_file,
)
from tocsin.collaboration.service.comments import (
    BODY_LIMIT,
    add_comment,
    add_reporter_comment,
    find_comments,
    get_comment,
    list_comments,
    preview,
)
from tocsin.collaboration.service.editing import (
    comment_history,
    delete_comment,
    edit_comment,
    may_delete_comment,
    may_edit_comment,
)
from tocsin.collaboration.service.includes import INCLUDES
from tocsin.collaboration.service.looks import as_html
from tocsin.collaboration.service.mentions import tell as tell_mentioned
from tocsin.collaboration.service.pages import ListQuery
from tocsin.collaboration.service.progress import get_progress, list_progress, report_progress
from tocsin.collaboration.service.tasks import (
    add_task,
    change_task,
    delete_task,
    get_task,
    list_tasks,
    move_task,
    reorder_tasks,
)
from tocsin.collaboration.service.uploads import EMPTY, Inbox, Upload, file_limit, only, receiving

__all__ = [
    "BODY_LIMIT",
    "EMPTY",
    "INCLUDES",
    "Inbox",
    "ListQuery",
    "Upload",
    "add_comment",
    "add_public_attachment",
    "add_reporter_comment",
    "add_task",
    "as_html",
    "attach",
    "change_task",
    "check_attaching",
    "comment_history",
    "delete_attachment",
    "delete_comment",
    "delete_task",
    "edit_comment",
    "file_limit",
    "find_comments",
    "find_file",
    "find_thumbnail",
    "follow_link",
    "get_attachment",
    "get_comment",
    "get_progress",
    "get_task",
    "link_to",
    "list_attachments",
    "list_comments",
    "list_progress",
    "list_tasks",
    "may_delete_comment",
    "may_edit_comment",
    "move_task",
    "only",
    "open_file",
    "preview",
    "receiving",
    "reorder_tasks",
    "report_progress",
    "tell_mentioned",
]
