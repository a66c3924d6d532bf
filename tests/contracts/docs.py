"""Writes the reference pages that code knows best: `python -m tests.contracts.docs`. `test_docs` compares."""

from __future__ import annotations

import dataclasses
import inspect
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tocsin import wiring
from tocsin.access import permissions
from tocsin.base.manifest import Endpoint, Module
from tocsin.base.settings import PREFIX, Settings

DOCS = Path(__file__).parents[2] / "docs"
_MADE = "<!-- Written by `python -m tests.contracts.docs`: change the code, then run it. -->\n"

PERMISSIONS = permissions.DESCRIPTIONS


def endpoints() -> list[Endpoint]:
    """Every declared route."""
    return [endpoint for module in wiring.modules() for endpoint in module.endpoints]


def documented() -> list[Endpoint]:
    """The routes of the API: what its documentation describes."""
    return [endpoint for endpoint in endpoints() if not endpoint.console]


def settings_page() -> str:
    """Every setting: variable, default, meaning."""
    lines = [
        _MADE,
        "# Settings\n",
        f"Settings are environment variables. `{PREFIX}CONFIG` may name a TOML file that holds the same names in lower case,",
        f"without `{PREFIX}`; a variable wins over the file. An unknown or wrong setting stops the start with one line.\n",
        "| variable | default | meaning |",
        "|---|---|---|",
    ]
    lines += [f"| `{PREFIX}{f.name.upper()}` | {_default(f.default)} | {f.metadata['about']} |" for f in _fields()]
    return "\n".join(lines) + "\n"


def _fields() -> Iterable[dataclasses.Field[Any]]:
    return dataclasses.fields(Settings)


def _default(value: object) -> str:
    return "" if value in (None, "") else f"`{value}`"


def permissions_page() -> str:
    """Every permission: what it allows, which seeded roles hold it, which routes it opens."""
    slugs = list(permissions.SEEDED_ROLES)
    lines = [
        _MADE,
        "# Permissions and roles\n",
        "A permission is a name. A role is an organisation's own set of them; these are the roles an organisation starts with.",
        "What no route declares is refused.\n",
        "| permission | allows to | " + " | ".join(slugs) + " |",
        "|---|---|" + "---|" * len(slugs),
    ]
    for name in permissions.ALL:
        held = ["yes" if name in permissions.SEEDED_ROLES[slug][1] else "" for slug in slugs]
        lines.append(f"| `{name}` | {PERMISSIONS[name]} | " + " | ".join(held) + " |")
    lines += ["\n## Routes by permission\n", "A route with several lets in whoever holds one of them.\n"]
    lines += ["| route | permission |", "|---|---|"]
    for endpoint in sorted(documented(), key=lambda e: (e.path, e.method)):
        wanted = " or ".join(f"`{name}`" for name in endpoint.permissions) or f"none ({endpoint.access})"
        wanted = "any" if set(endpoint.permissions) == set(permissions.ALL) else wanted
        lines.append(f"| `{endpoint.method} {endpoint.path}` | {wanted} |")
    return "\n".join(lines) + "\n"


def events_page() -> str:
    """Every event, by module, with its docstring; and who listens."""
    lines = [
        _MADE,
        "# Events\n",
        "What happens is recorded in the transaction in which it happens, as one row per event: timeline, audit trail and source",
        "of notifications in one. *Facts* (ids, numbers, times, slugs) are hashed as they are; of *texts* (free text and personal",
        "values) only a salted commitment is, so that they can be erased later while the chain still verifies.\n",
    ]
    listeners = _listeners(wiring.modules())
    for module in wiring.modules():
        if not module.events:
            continue
        lines += [f"## {module.title}\n", "| event | meaning | heard by |", "|---|---|---|"]
        for event in module.events:
            about = " ".join(inspect.cleandoc(event.__doc__ or "").split())
            lines.append(f"| `{event.__name__}` | {about} | {', '.join(listeners.get(event.__name__, []))} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _listeners(modules: Iterable[Module]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for module in modules:
        for handler in module.handlers:
            found.setdefault(handler.event, []).append(f"`{handler.name}`")
        for reaction in module.reactions:
            found.setdefault(reaction.event, []).append(f"{module.name} (at once)")
    return found


PAGES = {"settings.md": settings_page, "permissions.md": permissions_page, "events.md": events_page}


def main() -> int:
    """Write the pages; tell which changed."""
    for name, page in PAGES.items():
        path, text = DOCS / name, page()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(DOCS.parent)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
