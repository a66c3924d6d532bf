"""What is open: by status, priority and age, and the load of teams and people by what the clocks say."""

from __future__ import annotations

from uuid import UUID

from tocsin.access import service as access
from tocsin.classification.model import Catalogue
from tocsin.db.tx import Tx
from tocsin.incidents.service import SOON
from tocsin.reports import rules, store
from tocsin.reports.model import Group, Load, OpenCounts, OpenNow
from tocsin.reports.service.links import Links, reference, stamp
from tocsin.reports.service.periods import Asked
from tocsin.web.i18n import N_

AGE_NAMES = {
    "under-1d": N_("Under a day"),
    "1d-3d": N_("1 to 3 days"),
    "3d-7d": N_("3 to 7 days"),
    "7d-30d": N_("7 to 30 days"),
    "over-30d": N_("Over 30 days"),
}
NO_TEAM, NOBODY = N_("No team"), N_("Nobody")


async def count(tx: Tx, asked: Asked, catalogue: Catalogue) -> OpenCounts:
    """Count what is open."""
    bounds = [since for _, since, _ in reversed(rules.ages(asked.now)) if since is not None]
    return await store.open_now.count(tx, catalogue.pausing, asked.now + SOON, bounds, asked.moment)


async def view(tx: Tx, asked: Asked, links: Links, catalogue: Catalogue, counts: OpenCounts) -> OpenNow:
    """It with names and the lists behind it."""
    teams = await store.facts.names(tx, "teams", [key for key in counts.teams if key is not None])
    people = await access.names(tx, [key for key in counts.people if key is not None])
    return OpenNow(
        by_status=[
            Group(key=str(one.id), name=one.name, open=links.of(counts.statuses.get(one.id, 0), status=one.slug))
            for one in sorted(catalogue.statuses.values(), key=lambda one: one.sort_order)
            if one.is_open and (one.is_active or one.id in counts.statuses)
        ],
        by_priority=[
            Group(key=str(one.id), name=one.name, open=links.open(counts.priorities.get(one.id, 0), priority=one.slug))
            for one in sorted(catalogue.priorities.values(), key=lambda one: one.level)
            if one.is_active or one.id in counts.priorities
        ],
        by_age=_ages(asked, links, counts),
        by_team=_loads(links, counts.teams, teams, "team", NO_TEAM),
        by_person=_loads(links, counts.people, people, "assigned_to", NOBODY),
    )


def _ages(asked: Asked, links: Links, counts: OpenCounts) -> list[Group]:
    groups = rules.ages(asked.now)
    found = []
    for place, (name, since, before) in enumerate(groups):
        # The database numbers the groups from the oldest, 0.
        number = counts.ages.get(len(groups) - 1 - place, 0)
        filters = {
            "created_after": stamp(since) if since is not None else None,
            "created_before": stamp(before) if before is not None else None,
        }
        found.append(Group(key=name, name=AGE_NAMES[name], open=links.open(number, **filters)))
    return found


def _loads(
    links: Links, loads: dict[UUID | None, dict[str, int]], names: dict[UUID, str], field: str, nobody: str
) -> list[Load]:
    found = []
    for key, states in loads.items():
        only = {field: reference(key)}
        found.append(
            Load(
                key=str(key) if key is not None else None,
                name=names.get(key, str(key)) if key is not None else nobody,
                open=links.open(sum(states.values()), **only),
                breached=links.open(states.get("breached", 0), clock="breached", **only),
                soon=links.open(states.get("soon", 0), clock="soon", **only),
                on_track=links.open(states.get("on_track", 0), clock="on_track", **only),
                paused=links.open(states.get("paused", 0), clock="paused", **only),
            )
        )
    return sorted(found, key=lambda load: (-load.open.count, load.name))
