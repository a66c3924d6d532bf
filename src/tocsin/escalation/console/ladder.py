"""A policy's ladder as fields of a form, and back.

A browser sends lists of values, one list for each name. So steps and actions stand one behind the other: each step sends
`wait` and `unit`, each action `step` (which it belongs to, from 0), `do`, `whom` and `channel`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tocsin.base.durations import parse_duration
from tocsin.base.errors import invalid
from tocsin.base.fitting import fit
from tocsin.escalation.model import Policy, Step, Target

UNITS = {"m": 60, "h": 3600, "d": 86_400}
DEFAULT_CHANNEL = ""


@dataclass(slots=True)
class ActionRow:
    """An action as the form shows it; `whom` is a kind and a reference with a colon between."""

    do: str = "notify"
    whom: str = ""
    channel: str = DEFAULT_CHANNEL


@dataclass(slots=True)
class StepRow:
    """A step as the form shows it."""

    wait: str = "0"
    unit: str = "m"
    actions: list[ActionRow] = field(default_factory=lambda: [ActionRow()])


def duration_of(wait: str, unit: str, where: str) -> str:
    """The ISO 8601 duration of a number and a unit. Raises `Invalid` naming `where`."""
    text = wait.strip() or "0"
    if not text.isascii() or not text.isdigit() or len(text) > 7 or unit not in UNITS:
        raise invalid(where, "Give a whole number, and minutes, hours or days.")
    return f"P{int(text)}D" if unit == "d" else f"PT{int(text)}{unit.upper()}"


def wait_of(duration: str) -> tuple[str, str]:
    """A duration as a number and the largest unit that fits it."""
    seconds = int(parse_duration(duration).total_seconds())
    for unit in ("d", "h"):
        if seconds and seconds % UNITS[unit] == 0:
            return str(seconds // UNITS[unit]), unit
    return str(seconds // 60), "m"


def rows_of(policy: Policy) -> list[StepRow]:
    """A policy's steps for the form."""
    return [
        StepRow(
            *wait_of(step.after), [ActionRow(a.do, _whom(a.to), a.channel or DEFAULT_CHANNEL) for a in step.actions]
        )
        for step in policy.steps
    ]


def _whom(target: Target | None) -> str:
    return ":".join(target.named()[0]) if target is not None and target.named() else ""


def rows_from(values: Mapping[str, Sequence[str]]) -> list[StepRow]:
    """The steps as they were sent, whatever stands in them."""
    waits, units = values.get("wait", ()), values.get("unit", ())
    rows = [StepRow(wait, units[n] if n < len(units) else "m", []) for n, wait in enumerate(waits)]
    columns = (values.get("step", ()), values.get("do", ()), values.get("whom", ()), values.get("channel", ()))
    for step, do, whom, channel in zip(*columns, strict=False):
        if step.isascii() and step.isdigit() and len(step) < 4 and int(step) < len(rows):
            rows[int(step)].actions.append(ActionRow(do, whom, channel))
    return rows


def steps_of(rows: Sequence[StepRow]) -> list[Step]:
    """The steps for the service. Raises `Invalid` naming the place as the API does (`steps[0].actions[1].to`)."""
    found: list[Any] = []
    for number, row in enumerate(rows):
        place = f"steps[{number}]"
        actions = [_action(action, f"{place}.actions[{n}]") for n, action in enumerate(row.actions)]
        found.append({"after": duration_of(row.wait, row.unit, f"{place}.after"), "actions": actions})
    return fit(found, list[Step], "steps")


def _action(row: ActionRow, place: str) -> dict[str, Any]:
    if row.do not in ("notify", "raise_priority", "reassign", "declare_major"):
        raise invalid(f"{place}.do", "Choose what is done.")
    if row.do in ("raise_priority", "declare_major"):
        return {"do": row.do}
    kind, _, ref = row.whom.partition(":")
    if kind not in ("user", "team", "role", "schedule", "manager_of") or not ref:
        raise invalid(f"{place}.to", "Choose who.")
    to = {"to": {kind: ref}}
    return {"do": row.do, **to, **({"channel": row.channel} if row.do == "notify" and row.channel else {})}


def changed(rows: list[StepRow], wish: str) -> list[StepRow]:
    """The steps after one of the form's own buttons: `step`, `action:0`, `drop:0` (a step), `drop:0:1` (an action)."""
    what, *places = wish.split(":")
    numbers = [int(place) for place in places if place.isascii() and place.isdigit() and len(place) < 4]
    if what == "step":
        rows.append(StepRow("15"))
    elif numbers and numbers[0] < len(rows):
        step = rows[numbers[0]]
        if what == "action":
            step.actions.append(ActionRow())
        elif what == "drop" and len(numbers) == 1:
            rows.remove(step)
        elif what == "drop" and numbers[1] < len(step.actions):
            step.actions.pop(numbers[1])
    return rows
