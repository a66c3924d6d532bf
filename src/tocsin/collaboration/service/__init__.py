"""The verbs of working together on an incident, one file a subject. Each begins at `incidents.service.lock` or `see`."""

from tocsin.collaboration.service.attachments import (
    add_public_attachment,
    attach,
    check_attaching,
    delete_attachment,
    find_file,
    get_attachment,
    list_attachments,
    open_file,
)
from tocsin.collaboration.service.checklists import (
    add_checklist,
    applied_checklists,
    apply_checklist,
    apply_fitting,
    change_checklist,
    get_checklist,
    list_checklists,
    remove_checklist,
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
from tocsin.collaboration.service.macros import (
    add_macro,
    change_macro,
    get_macro,
    list_macros,
    remove_macro,
    run_macro,
)
from tocsin.collaboration.service.mentions import tell as tell_mentioned
from tocsin.collaboration.service.pages import ListQuery
from tocsin.collaboration.service.progress import (
    get_progress,
    list_progress,
    remind_of_update,
    report_progress,
    tell_progress,
)
from tocsin.collaboration.service.replies import (
    add_reply,
    change_reply,
    fill_reply,
    get_reply,
    list_replies,
    remove_reply,
)
from tocsin.collaboration.service.shelf import ShelfQuery
from tocsin.collaboration.service.tasks import (
    add_task,
    change_task,
    delete_task,
    get_task,
    list_tasks,
    move_task,
    reorder_tasks,
)
from tocsin.collaboration.service.telling import tell_comment
from tocsin.collaboration.service.uploads import Inbox, Upload, file_limit, only, receiving
from tocsin.collaboration.store.progress import DUE as PROGRESS_DUE, NEXT_DUE as PROGRESS_NEXT

__all__ = [
    "BODY_LIMIT",
    "INCLUDES",
    "PROGRESS_DUE",
    "PROGRESS_NEXT",
    "Inbox",
    "ListQuery",
    "ShelfQuery",
    "Upload",
    "add_checklist",
    "add_comment",
    "add_macro",
    "add_public_attachment",
    "add_reply",
    "add_reporter_comment",
    "add_task",
    "applied_checklists",
    "apply_checklist",
    "apply_fitting",
    "as_html",
    "attach",
    "change_checklist",
    "change_macro",
    "change_reply",
    "change_task",
    "check_attaching",
    "comment_history",
    "delete_attachment",
    "delete_comment",
    "delete_task",
    "edit_comment",
    "file_limit",
    "fill_reply",
    "find_comments",
    "find_file",
    "get_attachment",
    "get_checklist",
    "get_comment",
    "get_macro",
    "get_progress",
    "get_reply",
    "get_task",
    "list_attachments",
    "list_checklists",
    "list_comments",
    "list_macros",
    "list_progress",
    "list_replies",
    "list_tasks",
    "may_delete_comment",
    "may_edit_comment",
    "move_task",
    "only",
    "open_file",
    "preview",
    "receiving",
    "remind_of_update",
    "remove_checklist",
    "remove_macro",
    "remove_reply",
    "reorder_tasks",
    "report_progress",
    "run_macro",
    "tell_comment",
    "tell_mentioned",
    "tell_progress",
]
