"""The command palette's answers: incidents, people, teams, screens, actions, for what somebody typed so far."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from msgspec import Meta

from tocsin.access import permissions
from tocsin.access.model import Named
from tocsin.access.service.lookup import find_people_and_teams
from tocsin.base.manifest import Navigation
from tocsin.incidents.console.common import clock_of
from tocsin.incidents.service import palette
from tocsin.web import pages
from tocsin.web.i18n import N_
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, page
from tocsin.web.shell import Shell

MODULE = "access"
ANYBODY = permissions.ALL
MOST_SCREENS = 8


class PaletteQuery(msgspec.Struct, frozen=True):
    """What was typed so far."""

    q: Annotated[str, Meta(max_length=200)] = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A line of the palette: where it leads, or the command (of `palette.ts`) that it runs."""

    text: str
    path: str = ""
    icon: str = ""
    command: str = ""
    keys: tuple[str, ...] = ()
    detail: str = ""
    at_once: bool = True
    """Shown before anything is typed."""


PLACES = {"main": "", "desk": N_("Run the desk"), "admin": N_("Administration")}
ACTIONS = (
    (Choice(N_("New incident"), "/incidents/new", icon="edit", keys=("c",)), "incidents.create"),
    (Choice(N_("Light theme"), icon="sun", command="theme-light", at_once=False), None),
    (Choice(N_("Dark theme"), icon="moon", command="theme-dark", at_once=False), None),
    (Choice(N_("Theme as the system"), icon="device-desktop", command="theme-system", at_once=False), None),
    (Choice(N_("Keys"), icon="keyboard", command="help", keys=("?",)), None),
    (Choice(N_("Profile"), "/profile", icon="user-circle"), None),
    (Choice(N_("My sessions"), "/profile/sessions", icon="devices", at_once=False), None),
    (Choice(N_("Log out"), icon="logout", command="logout"), None),
)
"""What can be done from anywhere, and the permission it takes."""


@page("/palette", module=MODULE, permission=ANYBODY)
async def show_palette(ctx: Ctx, query: PaletteQuery) -> Reply:
    """What a text may mean, grouped; without a text the screens and actions."""
    text = query.q.strip()
    shell = Shell(ctx, pages.speech(ctx))
    sees = shell.can(*permissions.MEMBER) and shell.is_on("incidents")
    people: list[Named] = []
    teams: list[Named] = []
    incidents = await palette.find(ctx.tx, ctx.actor, text) if sees and text else []
    if text and sees and shell.can(permissions.VIEW):
        people, teams = await find_people_and_teams(ctx.tx, ctx.actor, text)
    warnings = ctx.tenant.settings.warning_percents
    return pages.render(
        ctx,
        "incidents/palette.html",
        text=text,
        pieces=_pieces(text),
        incidents=[(incident, clock_of(incident, warnings)) for incident in incidents],
        people=people,
        teams=teams,
        screens=_screens(shell, text),
        actions=_actions(shell, text),
        everything=f"/queue?q={quote(text)}" if sees and text else "",
    )


def _screens(shell: Shell, text: str) -> list[Choice]:
    _ = shell.tongue.gettext
    found = [
        Choice(_(item.title), item.path, icon=item.icon, keys=_keys(item), detail=_(title) if title else "")
        for place, title in PLACES.items()
        for item in shell.navigation(place)
    ]
    return [choice for choice in found if _fits(choice.text, text) or (text and _fits(choice.detail, text))][
        :MOST_SCREENS
    ]


def _keys(item: Navigation) -> tuple[str, ...]:
    return ("g", item.key) if item.key else ()


def _actions(shell: Shell, text: str) -> list[Choice]:
    _ = shell.tongue.gettext
    return [
        Choice(_(choice.text), choice.path, choice.icon, choice.command, choice.keys)
        for choice, permission in ACTIONS
        if (permission is None or shell.can(permission)) and (text or choice.at_once) and _fits(_(choice.text), text)
    ]


def _fits(shown: str, text: str) -> bool:
    """Whether each word typed begins a word of what is shown."""
    words = re.findall(r"\w+", shown.casefold())
    return all(any(word.startswith(part) for word in words) for part in re.findall(r"\w+", text.casefold()))


def _pieces(text: str) -> Any:
    """A function that cuts a text into pieces, each with whether it is what was typed."""
    parts = sorted(set(re.findall(r"\w+", text)), key=len, reverse=True)
    if not parts:
        return lambda shown: [(shown, False)]
    pattern = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, parts))})", re.IGNORECASE)
    return lambda shown: [(piece, index % 2 == 1) for index, piece in enumerate(pattern.split(shown)) if piece]


ENDPOINTS = (show_palette,)
