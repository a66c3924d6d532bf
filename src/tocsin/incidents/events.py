"""What happens to an incident. Each stands in the incident's own stream."""

from tocsin.activity.model import Event


class IncidentCreated(Event):
    """Facts: reference_code, status, priority, category (slugs), source, reported_via, reporter, due_at. Texts: title."""

    opens_stream = True


class IncidentUpdated(Event):
    """Fields were changed by PUT. Facts: fields, from, to (ids, slugs, times). Texts: before, after (free texts)."""


class IncidentAssigned(Event):
    """Somebody owns or joins the incident. Facts: from, to (user ids), as (owner or collaborator), because (routing, claimed), rule.

    Texts: note.
    """


class IncidentUnassigned(Event):
    """Somebody was taken off. Facts: from (user id), as. Texts: note."""


class TeamChanged(Event):
    """Another team owns the incident. Facts: from, to (team ids), because (routing, handed_over), rule,
    at_creation. Texts: note.
    """


class IncidentDelegated(Event):
    """The assignee handed the work on. Facts: from, to (user ids), as, until, because (absence). Texts: note."""


class IncidentRecalled(Event):
    """Delegated work came back. Facts: from, to (user ids), because (recalled or until). Texts: note."""


class IncidentAcknowledged(Event):
    """A member has seen it. Facts: by (user id)."""


class IncidentUnacknowledged(Event):
    """The acknowledgement was taken back; a response stays given. Facts: by (user id, who had acknowledged), at."""


class IncidentTransitioned(Event):
    """The status changed. Facts: from, to (slugs). Texts: note."""


class IncidentPriorityChanged(Event):
    """The priority changed. Facts: from, to (slugs), due_at."""


class IncidentEscalated(Event):
    """Escalated by hand or by a policy. Facts: escalation, from, to (priority slugs), from_user, to_user, from_team, to_team, step, policy.

    Texts: reason.
    """


class IncidentResolved(Event):
    """Facts: from, to (status slugs), at. Texts: note."""


class IncidentClosed(Event):
    """Facts: from, to (status slugs), at. Texts: note."""


class IncidentReopened(Event):
    """Facts: from, to (status slugs), resolved_at (the former). Texts: note."""


class IncidentDeleted(Event):
    """Soft deletion; clocks stop."""


class IncidentRestored(Event):
    """Back from deletion; the gap counts. Facts: deleted_at."""


class DueChanged(Event):
    """A due time was given by hand, or given back to the SLA. Facts: from, to, due_source."""


class WatcherAdded(Event):
    """Facts: user or team (ids), reason. Texts: email."""


class WatcherRemoved(Event):
    """Facts: user or team (ids). Texts: email."""


class IncidentMerged(Event):
    """It goes on in another one. Facts: into (incident), from, to (status slugs), and how many comments, tasks, attachments went."""


class MergeReceived(Event):
    """Another one goes on in this. Facts: source (incident), and how many comments, tasks, attachments came."""


class IncidentLinked(Event):
    """Facts: link, type (as seen from this incident), other (incident)."""


class IncidentUnlinked(Event):
    """Facts: link, type (as seen from this incident), other (incident)."""


class OperationUndone(Event):
    """What an operation did was put back. Facts: operation, undone (its verb); for what changed by that: status, priority,
    category, owner, team, merged_into (each from, to); helpers (from: off again, to: on again);
    resolved_at, closed_at, deleted_at (as they were before undoing).
    """


class WatcherMuted(Event):
    """A member wants to hear nothing of it any more. Facts: user."""


class WatcherUnmuted(Event):
    """A member wants to hear of it again. Facts: user."""


class RoutingRuleCreated(Event):
    """A rule of routing was made (in the tenant's stream). Facts: rule, position, is_active, category, priority, source, team, user.

    Texts: name, organization, keyword.
    """


class RoutingRuleChanged(Event):
    """A rule of routing changed (in the tenant's stream). Facts: rule, fields, and the rule as it is then.

    Texts: name, organization, keyword, before, after.
    """


class RoutingRuleDeleted(Event):
    """A rule of routing was removed (in the tenant's stream). Facts: rule. Texts: name."""


class ViewSaved(Event):
    """A view was saved (in the tenant's stream). Facts: view, fields. Texts: after."""


class ViewChanged(Event):
    """A view changed (in the tenant's stream). Facts: view, fields. Texts: before, after."""


class ViewDeleted(Event):
    """A view was deleted (in the tenant's stream). Facts: view, fields. Texts: before."""


ALL = (
    *(ViewSaved, ViewChanged, ViewDeleted),
    *(WatcherMuted, WatcherUnmuted),
    *(RoutingRuleCreated, RoutingRuleChanged, RoutingRuleDeleted),
    *(IncidentCreated, IncidentUpdated, IncidentAssigned, IncidentUnassigned, TeamChanged, IncidentDelegated),
    *(IncidentRecalled, IncidentAcknowledged, IncidentUnacknowledged, IncidentTransitioned, IncidentPriorityChanged),
    *(
        IncidentEscalated,
        IncidentResolved,
        IncidentClosed,
        IncidentReopened,
        IncidentDeleted,
        IncidentRestored,
        DueChanged,
    ),
    *(WatcherAdded, WatcherRemoved),
    *(IncidentMerged, MergeReceived, IncidentLinked, IncidentUnlinked, OperationUndone),
)
