"""The frame of every screen: who is here, what they may see, where they are. `Shell` is what templates ask."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from markupsafe import Markup

from tocsin.base.ids import new_id
from tocsin.base.manifest import Navigation, Slot
from tocsin.web import forms
from tocsin.web.i18n import N_, Tongue
from tocsin.web.keys import KEYS, Key

if TYPE_CHECKING:
    from tocsin.web.routes import Ctx


@dataclass(slots=True)
class Furniture:
    """What features bring to the frame: filled once by `wiring`."""

    navigation: list[tuple[str, Navigation]] = field(default_factory=list)
    slots: list[Slot] = field(default_factory=list)

    def add(self, module: str, navigation: Sequence[Navigation], slots: Sequence[Slot]) -> None:
        """Add a module's screens and the parts it puts on others' screens."""
        self.navigation.extend((item.module or module, item) for item in navigation)
        self.navigation.sort(key=lambda pair: pair[1].order)
        self.slots.extend(slots)
        self.slots.sort(key=lambda slot: slot.order)


FURNITURE = Furniture()
LIVE = ("incidents.view", "incidents.view_own")
"""Who hears of incidents as it happens (`/live`)."""

ADMINISTRATION = {
    1: N_("Organisation"),
    2: N_("People and rights"),
    3: N_("How incidents work"),
    4: N_("Promises and escalation"),
    5: N_("Kept ready"),
    6: N_("Record"),
}
"""The groups of the administration's screens, by the tens of their order."""

SCRIPT_WORDS = {
    "completions": N_("What fits"),
    "copied": N_("Copied"),
    "not-copied": N_("Copying is not allowed here; select the text instead."),
    "changes": N_("{count} changed, not saved yet"),
    "offline": N_("The server cannot be reached. What you typed stays here."),
    "again": N_("Try again"),
    "saving": N_("Saving"),
    "recent": N_("Recently opened"),
    "this-screen": N_("On this screen"),
    "found": N_("{count} found"),
    "found-none": N_("Nothing found"),
    "not-here": N_("not on this screen"),
    "selected": N_("{count} selected"),
    "every": N_("All {count} that match"),
    "new": N_("{count} new"),
    "look-anew": N_("Much has changed: show it"),
    "clock-ok": N_(", on track"),
    "clock-warn": N_(", first warning"),
    "clock-urgent": N_(", last warning"),
    "clock-breach": N_(", breached"),
    "clock-pause": N_(", paused"),
    "draft-kept": N_("Draft kept {time}"),
    "draft-restored": N_("Your draft of {time} is back"),
    "close": N_("Close"),
    "picture-back": N_("Previous picture"),
    "picture-on": N_("Next picture"),
    "file-drop": N_("Leave out {name}"),
}
"""Texts that scripts show, by the key they ask for."""


def now() -> datetime:
    """The machine's time, for pages outside any tenant."""
    return datetime.now(UTC)


class Shell:
    """What the frame's template asks about the one who looks."""

    def __init__(self, ctx: Ctx, tongue: Tongue) -> None:
        self.ctx = ctx
        self.tongue = tongue
        self.tenant = ctx.tenant
        self.preferences = ctx.person.preferences
        self.actor = ctx.actor if ctx.tenant is not None else None
        self._off = set(ctx.tenant.disabled_modules) if ctx.tenant is not None else set()

    def can(self, *permissions: str) -> bool:
        """Whether the one who looks holds any of some permissions."""
        return self.actor is not None and any(self.actor.can(one) for one in permissions)

    def is_on(self, module: str) -> bool:
        """Whether a module is switched on here."""
        return module not in self._off

    def navigation(self, place: str) -> list[Navigation]:
        """The screens of a place that the one who looks may see."""
        return [
            item
            for module, item in FURNITURE.navigation
            if item.place == place and self.is_on(module) and self.can(*item.permissions)
        ]

    def administration(self) -> list[tuple[str, list[Navigation]]]:
        """The administration's screens that the one who looks may see, by group."""
        found: dict[int, list[Navigation]] = {group: [] for group in ADMINISTRATION}
        for item in self.navigation("admin"):
            found[item.order // 10].append(item)
        return [(ADMINISTRATION[group], items) for group, items in found.items() if items]

    @property
    def keys(self) -> Sequence[tuple[str, Sequence[Key]]]:
        """The table of keys, by group."""
        return KEYS

    @property
    def keyed(self) -> list[Navigation]:
        """The screens that a key leads to, which the one who looks may see."""
        return [item for place in ("main", "desk", "admin") for item in self.navigation(place) if item.key]

    @property
    def theme(self) -> str:
        """`light`, `dark`, or `system`."""
        return str(self.preferences.get("theme", "system"))

    @property
    def density(self) -> str:
        """`compact`, `normal` or `roomy`."""
        return str(self.preferences.get("density", "normal"))

    @property
    def csrf(self) -> str:
        """The session's token for a form, masked anew; empty for a caller without a session."""
        return forms.mask(self.ctx.csrf) if self.ctx.csrf else ""

    @property
    def once(self) -> str:
        """A fresh mark for a form: sending it twice does its work once."""
        return secrets.token_urlsafe(12)

    @property
    def _stands_at(self) -> int | None:
        """Where the clock of a sandbox stands, in milliseconds since 1970; None where time goes by."""
        at = self.tenant.clock_at if self.tenant is not None else None
        return None if at is None else int(at.timestamp() * 1000)

    @property
    def for_scripts(self) -> str:
        """What scripts need to know, as JSON."""
        return msgspec.json.encode(
            {
                "csrf": self.csrf,
                "keys": bool(self.preferences.get("keys", True)),
                "live": self.can(*LIVE) and self.is_on("incidents"),
                "since": str(new_id()),
                "who": self.actor.id if self.actor is not None else None,
                "locale": self.tongue.formats.replace("_", "-"),
                "zone": self.tongue.zone.key,
                "stands": self._stands_at,
                "words": {key: self.tongue.gettext(text) for key, text in SCRIPT_WORDS.items()},
            }
        ).decode()


async def fill_slots(ctx: Ctx, place: str, subject: Any) -> list[Markup]:
    """What features put at a place, for whoever may see it, in order."""
    found = []
    off = set(ctx.tenant.disabled_modules)
    for slot in FURNITURE.slots:
        if slot.place == place and slot.module not in off and any(ctx.actor.can(one) for one in slot.permissions):
            html = await slot.render(ctx, subject)
            if html:
                found.append(Markup(html))  # noqa: S704  slots render through templates
    return found
