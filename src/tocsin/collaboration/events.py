"""What happens in the work on an incident. Each stands in the incident's own stream."""

from tocsin.activity.model import Event


class TaskCreated(Event):
    """Facts: task, status, assigned_to, due_at, depends_on (ids), checklist. Texts: title."""


class TaskUpdated(Event):
    """Facts: task, fields, from, to (status, assigned_to, due_at, sort_order, depends_on). Texts: before, after (title, description)."""


class TaskCompleted(Event):
    """A task became done. Facts: task, from (status), at. Texts: title."""


class TaskDeleted(Event):
    """Facts: task, status. Texts: title."""


class TasksReordered(Event):
    """Facts: tasks (ids in order), from (the order before)."""


class CommentAdded(Event):
    """Facts: comment, is_internal, author (user or reporter id), mentioned (ids). The text stays in the comment alone."""


class CommentEdited(Event):
    """Who wrote it wrote it anew. Facts: comment, is_internal, mentioned (ids of those who were not before)."""


class CommentDeleted(Event):
    """What it said is gone. Facts: comment, is_internal, author (user or reporter id), files (how many went with it)."""


class CommentMoved(Event):
    """It came with an incident that was merged. Facts: comment, is_internal, author (user or reporter id), source (incident)."""


class AttachmentAdded(Event):
    """Facts: attachment, comment, is_internal, mime_type, size_bytes, sha256. Texts: filename."""


class AttachmentDeleted(Event):
    """Facts: attachment, comment, is_internal, sha256. Texts: filename."""


class AttachmentInfected(Event):
    """The scanner found malware in a file, which stays locked up.

    Facts: attachment, comment, is_internal, found (the malware's name). Texts: filename.
    """


class ProgressReported(Event):
    """Facts: progress, from, to (percent), next_update_due_at, is_internal. Texts: summary."""


class ProgressUpdateDue(Event):
    """The next word was due and there was none: somebody was reminded. Facts: progress, next_update_due_at, told (people)."""


class ChecklistApplied(Event):
    """Its tasks were added. Facts: checklist, tasks (ids), because (triage or hand). Texts: name."""


class MacroRun(Event):
    """Several verbs were run under one name; each tells of itself too. Facts: macro, slug, steps (verbs). Texts: name."""


class ChecklistCreated(Event):
    """Facts: checklist, slug. Texts: name."""

    changes_rights = False


class ChecklistChanged(Event):
    """Facts: checklist, slug, fields. Texts: name, before, after."""

    changes_rights = False


class ChecklistDeleted(Event):
    """Facts: checklist, slug. Texts: name."""

    changes_rights = False


class CannedReplyCreated(Event):
    """Facts: canned_reply, slug. Texts: name."""

    changes_rights = False


class CannedReplyChanged(Event):
    """Facts: canned_reply, slug, fields. Texts: name, before, after."""

    changes_rights = False


class CannedReplyDeleted(Event):
    """Facts: canned_reply, slug. Texts: name."""

    changes_rights = False


class MacroCreated(Event):
    """Facts: macro, slug. Texts: name."""

    changes_rights = False


class MacroChanged(Event):
    """Facts: macro, slug, fields. Texts: name, before, after."""

    changes_rights = False


class MacroDeleted(Event):
    """Facts: macro, slug. Texts: name."""

    changes_rights = False


class MajorDeclared(Event):
    """It became a major incident. Facts: major, commander, communications, scribe (user ids). Texts: reason."""


class MajorRoleChanged(Event):
    """Facts: major, role, from, to (user ids)."""


class MajorUpdatePosted(Event):
    """Facts: major, update, stage, before (stage), is_internal. The text stays in the update alone."""


class MajorStoodDown(Event):
    """It is no major incident any more. Facts: major. Texts: note."""


class MajorReviewed(Event):
    """Its review was written. Facts: major, fields. Texts: before, after."""


class MajorActionAdded(Event):
    """A task came of its review. Facts: major, task."""


ALL = (
    *(MajorDeclared, MajorRoleChanged, MajorUpdatePosted, MajorStoodDown, MajorReviewed, MajorActionAdded),
    *(TaskCreated, TaskUpdated, TaskCompleted, TaskDeleted, TasksReordered),
    *(
        CommentAdded,
        CommentEdited,
        CommentDeleted,
        CommentMoved,
        AttachmentAdded,
        AttachmentDeleted,
        AttachmentInfected,
        ProgressReported,
    ),
    *(ProgressUpdateDue, ChecklistApplied, MacroRun, ChecklistCreated, ChecklistChanged, ChecklistDeleted),
    *(CannedReplyCreated, CannedReplyChanged, CannedReplyDeleted, MacroCreated, MacroChanged, MacroDeleted),
)
