"""What the timeline says of tasks, files and progress."""

from __future__ import annotations

from tocsin.incidents.console.sentences import Data, Line, Sentence, Speaker
from tocsin.web.i18n import N_

_STATES = {
    "open": N_("open again"),
    "in_progress": N_("in progress"),
    "done": N_("done"),
    "cancelled": N_("cancelled"),
}


def _title(data: Data, say: Speaker) -> str:
    """A task's title, where the event holds it and it was not erased."""
    return str(data.get("title") or (data.get("after") or {}).get("title") or say.gettext("a task"))


def _created(data: Data, say: Speaker) -> Line:
    return Line(say.gettext("added the task %(title)s", title=_title(data, say)), icon="list-check")


def _updated(data: Data, say: Speaker) -> Line:
    _ = say.gettext
    fields, to = data.get("fields", []), data.get("to") or {}
    if "status" in fields:
        status = to.get("status", "")
        text = _("set a task %(status)s", status=_(_STATES[status]) if status in _STATES else status)
    elif "assigned_to" in fields:
        text = _("gave a task to %(who)s", who=say.name(to.get("assigned_to")))
    elif "due_at" in fields:
        text = _("set the due time of a task: %(time)s", time=say.when(to.get("due_at")))
    elif "depends_on" in fields:
        text = _("changed what a task waits for")
    elif "title" in fields:
        text = _("renamed a task: %(title)s", title=_title(data, say))
    else:
        text = _("changed a task")
    return Line(text, icon="list-check")


def _completed(data: Data, say: Speaker) -> Line:
    return Line(say.gettext("finished the task %(title)s", title=_title(data, say)), icon="checkbox", tone="ok")


def _deleted(data: Data, say: Speaker) -> Line:
    return Line(say.gettext("removed the task %(title)s", title=_title(data, say)), icon="list-check")


def _reordered(_data: Data, say: Speaker) -> Line:
    return Line(say.gettext("put the tasks in another order"), icon="arrows-sort")


def _commented(data: Data, say: Speaker) -> Line:
    _ = say.gettext
    return Line(_("wrote an internal note") if data.get("is_internal") else _("replied"), icon="message-circle")


def _edited(data: Data, say: Speaker) -> Line:
    _ = say.gettext
    return Line(_("changed an internal note") if data.get("is_internal") else _("changed a reply"), icon="pencil")


def _buried(data: Data, say: Speaker) -> Line:
    _ = say.gettext
    return Line(_("deleted an internal note") if data.get("is_internal") else _("deleted a reply"), icon="trash")


def _file(data: Data, say: Speaker) -> str:
    return str(data.get("filename") or say.gettext("a file"))


def _attached(data: Data, say: Speaker) -> Line:
    _ = say.gettext
    if data.get("is_internal"):
        text = _("attached %(file)s for the team only", file=_file(data, say))
    else:
        text = _("attached %(file)s", file=_file(data, say))
    return Line(text, icon="paperclip")


def _detached(data: Data, say: Speaker) -> Line:
    return Line(say.gettext("removed the file %(file)s", file=_file(data, say)), icon="file-off")


def _infected(data: Data, say: Speaker) -> Line:
    text = say.gettext("found malware in %(file)s: %(found)s", file=_file(data, say), found=data.get("found"))
    return Line(text, icon="virus", tone="warn")


def _progressed(data: Data, say: Speaker) -> Line:
    text = say.gettext("reported progress: %(percent)s %%", percent=data.get("to"))
    return Line(text, icon="progress-check", said=data.get("summary"))


def _moved(_data: Data, say: Speaker) -> Line:
    return Line(say.gettext("brought a comment along from a merged incident"), icon="git-merge")


def _word_due(data: Data, say: Speaker) -> Line:
    _ = say.gettext
    text = _("an update was due %(time)s", time=say.when(data.get("next_update_due_at")))
    return Line(text, icon="alarm", tone="warn")


def _listed(data: Data, say: Speaker) -> Line:
    _ = say.gettext
    name = str(data.get("name") or _("a checklist"))
    if data.get("because") == "triage":
        return Line(_("added the checklist %(name)s at triage", name=name), icon="checklist")
    return Line(_("added the checklist %(name)s", name=name), icon="checklist")


def _macro(data: Data, say: Speaker) -> Line:
    _ = say.gettext
    return Line(_("ran the macro %(name)s", name=str(data.get("name") or data.get("slug"))), icon="bolt")


ROLES = {"commander": N_("commander"), "communications": N_("communications"), "scribe": N_("scribe")}
STAGES = {
    "investigating": N_("investigating"),
    "identified": N_("cause identified"),
    "monitoring": N_("monitoring"),
    "resolved": N_("resolved"),
}


def _declared(data: Data, say: Speaker) -> Line:
    return Line(say.gettext("declared a major incident"), icon="urgent", tone="breach", said=data.get("reason"))


def _led(data: Data, say: Speaker) -> Line:
    _ = say.gettext
    role = _(ROLES[data["role"]]) if data.get("role") in ROLES else str(data.get("role"))
    if data.get("to") is None:
        return Line(_("took the role %(role)s from %(who)s", role=role, who=say.name(data.get("from"))), icon="users")
    return Line(_("made %(who)s %(role)s", who=say.name(data["to"]), role=role), icon="users")


def _said_so(data: Data, say: Speaker) -> Line:
    _ = say.gettext
    stage = _(STAGES[data["stage"]]) if data.get("stage") in STAGES else str(data.get("stage"))
    if data.get("is_internal"):
        return Line(_("posted an update for the team: %(stage)s", stage=stage), icon="speakerphone")
    return Line(_("posted a status update: %(stage)s", stage=stage), icon="speakerphone", tone="accent")


def _stood_down(data: Data, say: Speaker) -> Line:
    return Line(say.gettext("stood down: no major incident any more"), icon="urgent", said=data.get("note"))


def _reviewed(_data: Data, say: Speaker) -> Line:
    return Line(say.gettext("wrote the review of the major incident"), icon="report-search")


def _acted(_data: Data, say: Speaker) -> Line:
    return Line(say.gettext("added a task from the review"), icon="checklist")


SENTENCES: dict[str, Sentence] = {
    "MajorDeclared": _declared,
    "MajorRoleChanged": _led,
    "MajorUpdatePosted": _said_so,
    "MajorStoodDown": _stood_down,
    "MajorReviewed": _reviewed,
    "MajorActionAdded": _acted,
    "TaskCreated": _created,
    "TaskUpdated": _updated,
    "TaskCompleted": _completed,
    "TaskDeleted": _deleted,
    "TasksReordered": _reordered,
    "CommentAdded": _commented,
    "CommentEdited": _edited,
    "CommentDeleted": _buried,
    "CommentMoved": _moved,
    "AttachmentAdded": _attached,
    "AttachmentDeleted": _detached,
    "AttachmentInfected": _infected,
    "ProgressReported": _progressed,
    "ProgressUpdateDue": _word_due,
    "ChecklistApplied": _listed,
    "MacroRun": _macro,
}
