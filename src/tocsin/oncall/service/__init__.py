"""The verbs of on call. `on_call_at` is the one resolver: ladders, screens and feeds all ask it."""

from tocsin.oncall.service.changes import (
    add_override,
    ask_swap,
    decide_swap,
    get_override,
    get_swap,
    list_overrides,
    list_swaps,
    remove_override,
)
from tocsin.oncall.service.feeds import PATH as FEEDS, drop_feed, make_feed, read_feed
from tocsin.oncall.service.find import find_named, find_schedule, schedule_names
from tocsin.oncall.service.hours import read_hours, write_hours
from tocsin.oncall.service.schedules import (
    add_schedule,
    change_schedule,
    get_schedule,
    list_schedules,
    retire_schedule,
)
from tocsin.oncall.service.watch import get_rota, on_call, on_call_at, on_call_between

__all__ = [
    "FEEDS",
    "add_override",
    "add_schedule",
    "ask_swap",
    "change_schedule",
    "decide_swap",
    "drop_feed",
    "find_named",
    "find_schedule",
    "get_override",
    "get_rota",
    "get_schedule",
    "get_swap",
    "list_overrides",
    "list_schedules",
    "list_swaps",
    "make_feed",
    "on_call",
    "on_call_at",
    "on_call_between",
    "read_feed",
    "read_hours",
    "remove_override",
    "retire_schedule",
    "schedule_names",
    "write_hours",
]
