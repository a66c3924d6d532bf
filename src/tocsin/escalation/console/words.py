"""What the parts of a policy are called on its screens."""

from __future__ import annotations

from typing import Any

from tocsin.escalation.console import ladder
from tocsin.escalation.rules import STOPS, TRIGGERS, WITH_CLOCK
from tocsin.web.i18n import N_, Tongue

TRIGGER_NAMES = {
    "unassigned": N_("nobody is assigned"),
    "unacknowledged": N_("nobody has acknowledged it"),
    "no_update": N_("nobody has done anything about it"),
    "near_breach": N_("a time is nearly up"),
    "breached": N_("a time was breached"),
    "reopened": N_("it was reopened"),
    "priority_raised": N_("its priority was raised"),
}
MOMENTS = ("near_breach", "breached", "reopened", "priority_raised")
"""Triggers that are a moment, from which their time is counted, and no state that lasts."""
CLOCK_NAMES = {
    "response": N_("first reply only"),
    "update": N_("public updates only"),
    "resolution": N_("resolution only"),
}
STOP_NAMES = {
    "acknowledged": N_("somebody acknowledges it"),
    "assigned": N_("somebody is assigned"),
    "resolved": N_("it is resolved"),
}
DO_NAMES = {
    "notify": N_("Notify"),
    "raise_priority": N_("Raise the priority"),
    "reassign": N_("Assign to"),
    "declare_major": N_("Declare a major incident"),
}
CHANNEL_NAMES = {
    "": N_("by their own rules"),
    "email": N_("by e-mail"),
    "sms": N_("by text message"),
    "slack": N_("on Slack"),
}
UNIT_NAMES = {"m": N_("minutes"), "h": N_("hours"), "d": N_("days")}
HOURS_NAMES = {"24x7": N_("around the clock"), "business": N_("in business hours")}
MANUAL_NAMES = {"outrun": N_("the ladder goes on behind it"), "stop": N_("the ladder stops")}


def words(tongue: Tongue) -> dict[str, Any]:
    """What every template of policies needs."""
    _ = tongue.gettext
    return {
        "triggers": [(key, TRIGGER_NAMES[key]) for key in TRIGGERS],
        "clocks": list(CLOCK_NAMES.items()),
        "with_clock": WITH_CLOCK,
        "moments": MOMENTS,
        "stops": [(key, STOP_NAMES[key]) for key in STOPS],
        "dos": list(DO_NAMES.items()),
        "channels": list(CHANNEL_NAMES.items()),
        "units": list(UNIT_NAMES.items()),
        "hours": [(key, _(text)) for key, text in HOURS_NAMES.items()],
        "manuals": [(key, _(text)) for key, text in MANUAL_NAMES.items()],
        "trigger_names": TRIGGER_NAMES,
        "channel_names": CHANNEL_NAMES,
        "hours_names": HOURS_NAMES,
        "wait_of": ladder.wait_of,
    }


GAPS = {
    "empty_rota": N_("nobody has the watch"),
    "empty_group": N_("nobody holds the role or is in the team"),
    "away": N_("somebody is away without a deputy"),
    "inactive": N_("somebody is no longer active"),
    "no_channel": N_("somebody has no verified channel"),
    "too_late": N_("somebody is told too late"),
    "uncertain": N_("it depends on the incident's owner"),
    "tells_nobody": N_("the ladder tells nobody"),
}
"""Why ladders reach nobody in a stretch of time."""
