"""What `?include=` adds to incidents from here: tasks, comments, attachments, progress reports."""

from __future__ import annotations

from typing import Any

from tocsin.access import permissions
from tocsin.base.manifest import Include
from tocsin.collaboration import store
from tocsin.collaboration.model import Comment, attachment_from, comment_from, progress_from, task_from


def _comment(row: dict[str, Any]) -> Comment:
    return comment_from(row, [attachment_from(file) for file in row["attachments"]])


INCLUDES = (
    Include("tasks", store.tasks.INCLUDED, task_from, permissions.VIEW),
    Include("comments", store.comments.INCLUDED, _comment),
    Include("attachments", store.attachments.INCLUDED, attachment_from),
    Include("progress", store.progress.INCLUDED, progress_from),
)
