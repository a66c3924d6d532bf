"""What happens to on-call schedules (stream: the tenant's own)."""

from tocsin.activity.model import Event


class ScheduleCreated(Event):
    """A schedule was made. Facts: schedule, slug, time_zone, team, layers (how many). Texts: name."""

    changes_rights = False


class ScheduleChanged(Event):
    """A schedule changed; layers that changed begin anew. Facts: schedule, slug, fields, layers (how many). Texts:
    name, before, after.
    """

    changes_rights = False


class ScheduleRetired(Event):
    """A schedule was retired: nobody is on call by it any more. Facts: schedule, slug. Texts: name."""

    changes_rights = False


class OverrideAdded(Event):
    """Somebody takes the watch for a while. Facts: schedule, override, user, from, to, swap. Texts: reason."""

    changes_rights = False


class OverrideRemoved(Event):
    """An override was taken back. Facts: schedule, override, user, from, to."""

    changes_rights = False


class SwapAsked(Event):
    """Somebody asks another to take their watch. Facts: schedule, swap, user, to_user, from, to. Texts: note."""

    changes_rights = False


class SwapDecided(Event):
    """A swap was accepted, declined or withdrawn. Facts: schedule, swap, user, to_user, state."""

    changes_rights = False


ALL = (
    *(ScheduleCreated, ScheduleChanged, ScheduleRetired, OverrideAdded, OverrideRemoved),
    *(SwapAsked, SwapDecided),
)
