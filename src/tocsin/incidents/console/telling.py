"""The sentences of incidents, and of the floors below whose events stand in an incident's stream (clocks, messages)."""

from __future__ import annotations

from typing import Any

from tocsin.incidents.console.sentences import FIELDS, Data, Line, Sentence, Speaker
from tocsin.web.i18n import N_

_SOURCES = {
    "email": N_("opened this by e-mail"),
    "web": N_("opened this in the console"),
    "api": N_("opened this through the API"),
    "import": N_("opened this elsewhere; it was imported"),
    "alert": N_("opened this by an alert"),
}
_OPENED = N_("opened this")
_CHANNELS = {"email": N_("e-mail"), "sms": N_("SMS"), "slack": N_("Slack")}


def channel(data: Data, say: Speaker) -> str:
    """The channel of a message."""
    known = data.get("channel")
    return say.gettext(_CHANNELS[known]) if known in _CHANNELS else str(known or "")


def _created(data: Data, say: Speaker) -> Line:
    if data.get("reported_via") == "public":
        return Line(say.gettext("opened this by the public form"), icon="world")
    return Line(say.gettext(_SOURCES.get(data.get("source", ""), _OPENED)), icon="plus")


def _updated(data: Data, say: Speaker) -> Line:
    _ = say.gettext
    fields = data.get("fields", [])
    after = data.get("after") or {}
    if fields == ["category"]:
        return Line(_("set the category to %(category)s", category=say.category(after.get("category"))), icon="tag")
    if fields == ["tags"]:
        return _tagged(data, say)
    if len(fields) == 1 and fields[0].startswith("custom."):
        return _filled(fields[0], after.get(fields[0]), say)
    names = ", ".join(_(FIELDS[name]) if name in FIELDS else say.field(name) for name in fields)
    if fields == ["title"] and after.get("title"):
        return Line(_("changed the title"), icon="pencil", said=str(after["title"]))
    return Line(_("changed: %(fields)s", fields=names), icon="pencil")


def _tagged(data: Data, say: Speaker) -> Line:
    _ = say.gettext
    before, after = (set((data.get(side) or {}).get("tags") or ()) for side in ("before", "after"))
    come, gone = sorted(after - before), sorted(before - after)
    if come and gone:
        return Line(_("changed the tags to %(tags)s", tags=", ".join(sorted(after))), icon="tag")
    if come:
        return Line(_("tagged it %(tags)s", tags=", ".join(come)), icon="tag")
    return Line(_("took the tags off: %(tags)s", tags=", ".join(gone)), icon="tag")


def _filled(name: str, value: Any, say: Speaker) -> Line:
    """One custom field changed."""
    _ = say.gettext
    field = say.field(name)
    if value is None:
        return Line(_("cleared: %(field)s", field=field), icon="forms")
    return Line(_("set %(field)s", field=field), icon="forms", said=say.custom(name, value))


def _assigned(data: Data, say: Speaker) -> Line:
    _ = say.gettext
    who, note = say.name(data.get("to")), data.get("note")
    if data.get("because") == "claimed":
        return Line(_("took it from the team's queue"), icon="hand-grab", tone="accent", said=note)
    if data.get("because") == "routing":
        return Line(_("routed it to %(who)s", who=who), icon="route", tone="accent")
    if data.get("as") == "collaborator":
        return Line(_("added %(who)s to it", who=who), icon="users-plus", said=note)
    if data.get("from"):
        text = _("assigned it to %(who)s, before %(former)s", who=who, former=say.name(data["from"]))
        return Line(text, icon="user-check", tone="accent", said=note)
    return Line(_("assigned it to %(who)s", who=who), icon="user-check", tone="accent", said=note)


def _unassigned(data: Data, say: Speaker) -> Line:
    text = say.gettext("took %(who)s off it", who=say.name(data.get("from")))
    return Line(text, icon="user-minus", said=data.get("note"))


def _team(data: Data, say: Speaker) -> Line:
    _ = say.gettext
    if data.get("because") == "routing":
        return Line(_("routed it to the team %(team)s", team=say.name(data.get("to"))), icon="route")
    if data.get("because") == "handed_over":
        text = _("handed it over to the team %(team)s", team=say.name(data.get("to")))
        return Line(text, icon="arrows-exchange", said=data.get("note"))
    if data.get("to") is None:
        return Line(_("took it from %(team)s", team=say.name(data.get("from"))), icon="users", said=data.get("note"))
    return Line(_("gave it to the team %(team)s", team=say.name(data["to"])), icon="users", said=data.get("note"))


def _delegated(data: Data, say: Speaker) -> Line:
    _ = say.gettext
    who = say.name(data.get("to"))
    if data.get("because") == "absence":
        text = _("passed it on to %(who)s: %(former)s is away", who=who, former=say.name(data.get("from")))
        return Line(text, icon="user-share", tone="accent")
    if data.get("until"):
        text = _("delegated it to %(who)s until %(time)s", who=who, time=say.when(data["until"]))
    else:
        text = _("delegated it to %(who)s", who=who)
    return Line(text, icon="user-share", tone="accent", said=data.get("note"))


def _recalled(data: Data, say: Speaker) -> Line:
    _ = say.gettext
    if data.get("because") == "until":
        if data.get("to") is None:
            return Line(_("ended the delegation: its time was up, nobody owns it now"), icon="arrow-back-up")
        return Line(
            _("gave it back to %(who)s: the time of the delegation was up", who=say.name(data["to"])),
            icon="arrow-back-up",
        )
    return Line(_("took it back from %(who)s", who=say.name(data.get("from"))), icon="arrow-back-up")


def _acknowledged(_data: Data, say: Speaker) -> Line:
    return Line(say.gettext("acknowledged it"), icon="eye-check", tone="ok")


def _unacknowledged(_data: Data, say: Speaker) -> Line:
    return Line(say.gettext("took the acknowledgement back"), icon="eye-off", tone="warn")


def _moved(data: Data, say: Speaker) -> Line:
    text = say.gettext(
        "set %(status)s, before %(former)s", status=say.status(data.get("to")), former=say.status(data.get("from"))
    )
    return Line(text, icon="progress", said=data.get("note"))


def _prioritised(data: Data, say: Speaker) -> Line:
    text = say.gettext(
        "set the priority %(priority)s, before %(former)s",
        priority=say.priority(data.get("to")),
        former=say.priority(data.get("from")),
    )
    return Line(text, icon="flag")


def _escalated(data: Data, say: Speaker) -> Line:
    _ = say.gettext
    to = []
    if data.get("to"):
        to.append(_("priority %(priority)s", priority=say.priority(data["to"])))
    to += [say.name(data[key]) for key in ("to_user", "to_team") if data.get(key)]
    if data.get("step"):
        what = _("climbed to step %(step)s of a policy", step=data["step"])
        text = f"{what}: {', '.join(to)}" if to else what
    else:
        text = _("escalated it: %(to)s", to=", ".join(to)) if to else _("escalated it")
    return Line(text, icon="stairs-up", tone="warn", said=data.get("reason"))


def _resolved(data: Data, say: Speaker) -> Line:
    return Line(say.gettext("resolved it"), icon="circle-check", tone="ok", said=data.get("note"))


def _closed(data: Data, say: Speaker) -> Line:
    _ = say.gettext
    text = _("resolved and closed it") if data.get("also_resolved") else _("closed it")
    return Line(text, icon="lock-check", tone="ok", said=data.get("note"))


def _reopened(data: Data, say: Speaker) -> Line:
    return Line(say.gettext("reopened it"), icon="rotate-clockwise", tone="accent", said=data.get("note"))


def _deleted(_data: Data, say: Speaker) -> Line:
    return Line(say.gettext("deleted it; the clocks stood still"), icon="trash")


def _restored(_data: Data, say: Speaker) -> Line:
    return Line(say.gettext("restored it"), icon="restore")


_BECAUSE = {
    "calendar": N_("moved the due time to %(time)s: its calendar changed"),
    "policy": N_("moved the due time to %(time)s: the service-level policy changed"),
    "priority": N_("moved the due time to %(time)s: the targets of its priority changed"),
}


def _due(data: Data, say: Speaker) -> Line:
    _ = say.gettext
    if data.get("because") in _BECAUSE:
        return Line(_(_BECAUSE[data["because"]], time=say.when(data.get("to"))), icon="clock")
    if data.get("due_source") == "manual":
        return Line(_("set the due time to %(time)s", time=say.when(data.get("to"))), icon="calendar-time")
    return Line(_("gave the due time back to the service level: %(time)s", time=say.when(data.get("to"))), icon="clock")


def _watched(data: Data, say: Speaker) -> Line:
    if data.get("reason") == "commented":
        return Line(say.gettext("watches it from now on"), icon="eye-plus")
    who = data.get("email") or say.name(data.get("user") or data.get("team"))
    return Line(say.gettext("added %(who)s as a watcher", who=who), icon="eye-plus")


def _unwatched(data: Data, say: Speaker) -> Line:
    who = data.get("email") or say.name(data.get("user") or data.get("team"))
    return Line(say.gettext("took %(who)s off the watchers", who=who), icon="eye-minus")


def _merged(data: Data, say: Speaker) -> Line:
    other = say.incident(data.get("into"))
    text = say.gettext("merged it into %(other)s; the clocks were cancelled", other=other)
    return Line(text, icon="git-merge", tone="accent")


def _received(data: Data, say: Speaker) -> Line:
    _ = say.gettext
    text = _("merged %(other)s into this: %(comments)s comments, %(tasks)s tasks, %(files)s files",
             other=say.incident(data.get("source")), comments=data.get("comments", 0),
             tasks=data.get("tasks", 0), files=data.get("attachments", 0))  # fmt: skip
    return Line(text, icon="git-merge", tone="accent")


LINKS: dict[str, str] = {
    "relates": N_("relates to"),
    "duplicates": N_("duplicates"),
    "duplicated_by": N_("is duplicated by"),
    "blocks": N_("blocks"),
    "blocked_by": N_("is blocked by"),
    "caused_by": N_("is caused by"),
    "causes": N_("causes"),
    "child_of": N_("is part of"),
    "parent_of": N_("consists of"),
}
"""How a link reads from either end."""


def _linked(data: Data, say: Speaker) -> Line:
    kind = say.gettext(LINKS.get(str(data.get("type")), "links"))
    return Line(
        say.gettext("linked it: this %(kind)s %(other)s", kind=kind, other=say.incident(data.get("other"))), icon="link"
    )


def _unlinked(data: Data, say: Speaker) -> Line:
    kind = say.gettext(LINKS.get(str(data.get("type")), "links"))
    return Line(
        say.gettext("took a link away: this %(kind)s %(other)s", kind=kind, other=say.incident(data.get("other"))),
        icon="unlink",
    )


def _undone(data: Data, say: Speaker) -> Line:
    _ = say.gettext
    parts = []
    if data.get("status"):
        parts.append(say.status(data["status"]["to"]))
    if data.get("priority"):
        parts.append(say.priority(data["priority"]["to"]))
    parts += [say.name(data[name]["to"]) for name in ("owner", "team") if data.get(name)]
    if data.get("undone") == "merge":
        other = say.incident(data.get("source") or (data.get("merged_into") or {}).get("from"))
        return Line(_("undid the merge with %(other)s", other=other), icon="arrow-back-up", tone="accent")
    text = _("undid a change: %(what)s again", what=", ".join(parts)) if parts else _("undid a change")
    return Line(text, icon="arrow-back-up", tone="accent")


_CLOCKS = {"response": N_("First reply"), "update": N_("Public update"), "team": N_("Time with the team")}


def _muted(_data: Data, say: Speaker) -> Line:
    return Line(say.gettext("wants to hear nothing of it"), icon="bell-off")


def _unmuted(_data: Data, say: Speaker) -> Line:
    return Line(say.gettext("wants to hear of it again"), icon="bell")


def _clock_name(data: Data, say: Speaker) -> str:
    return say.gettext(_CLOCKS.get(data.get("clock", ""), N_("Resolution")))


def _warned(data: Data, say: Speaker) -> Line:
    text = say.gettext("passed %(percent)s %% of its time", percent=data.get("percent"))
    return Line(text, icon="hourglass-high", tone="warn", actor=_clock_name(data, say))


def _breached(data: Data, say: Speaker) -> Line:
    text = say.gettext("breached: it was due %(time)s", time=say.when(data.get("due_at")))
    return Line(text, icon="bell-ringing", tone="breach", actor=_clock_name(data, say))


def _asked_for_time(data: Data, say: Speaker) -> Line:
    text = say.gettext("asked for a later due time: %(time)s", time=say.when(data.get("due_at")))
    return Line(text, icon="calendar-plus", said=data.get("reason"))


_DECIDED = {
    "approved": N_("approved the later due time %(time)s"),
    "rejected": N_("rejected the later due time %(time)s"),
    "withdrawn": N_("withdrew the wish for a later due time, %(time)s"),
    "expired": N_("let the wish for a later due time expire: nobody decided before it was due"),
}


def _time_decided(data: Data, say: Speaker) -> Line:
    decision, said = data.get("decision", "expired"), data.get("note")
    text = say.gettext(_DECIDED[decision], time=say.when(data.get("due_at")))
    if decision == "approved":
        return Line(text, icon="calendar-check", tone="ok", said=said)
    return Line(text, icon="calendar-x", tone="warn" if decision == "expired" else "", said=said)


def _sent_in_sandbox(data: Data, say: Speaker) -> Line:
    text = say.gettext("would have told %(who)s by %(channel)s", who=data.get("to") or "", channel=channel(data, say))
    return Line(text, icon="mail", said=data.get("subject"))


def _undelivered(data: Data, say: Speaker) -> Line:
    text = say.gettext("could not reach %(who)s by %(channel)s", who=data.get("to") or "", channel=channel(data, say))
    return Line(text, icon="mail-x", tone="breach", said=data.get("error"))


SENTENCES: dict[str, Sentence] = {
    "IncidentCreated": _created,
    "IncidentUpdated": _updated,
    "IncidentAssigned": _assigned,
    "IncidentUnassigned": _unassigned,
    "TeamChanged": _team,
    "IncidentDelegated": _delegated,
    "IncidentRecalled": _recalled,
    "IncidentAcknowledged": _acknowledged,
    "IncidentUnacknowledged": _unacknowledged,
    "IncidentTransitioned": _moved,
    "IncidentPriorityChanged": _prioritised,
    "IncidentEscalated": _escalated,
    "IncidentResolved": _resolved,
    "IncidentClosed": _closed,
    "IncidentReopened": _reopened,
    "IncidentDeleted": _deleted,
    "IncidentRestored": _restored,
    "DueChanged": _due,
    "WatcherAdded": _watched,
    "WatcherRemoved": _unwatched,
    "WatcherMuted": _muted,
    "WatcherUnmuted": _unmuted,
    "IncidentMerged": _merged,
    "MergeReceived": _received,
    "IncidentLinked": _linked,
    "IncidentUnlinked": _unlinked,
    "OperationUndone": _undone,
    "SlaWarning": _warned,
    "SlaBreached": _breached,
    "ExtensionRequested": _asked_for_time,
    "ExtensionDecided": _time_decided,
    "DeliveryRecorded": _sent_in_sandbox,
    "DeliveryFailed": _undelivered,
}
