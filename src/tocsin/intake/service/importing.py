"""`tocsin import servicenow`: from the lines of an event log to incidents with their history.

Names first (people, teams, categories, reporters), then the incidents in order of creation, a few in each transaction: a run
that is cut off has written whole incidents only, and the next run goes on behind them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import asyncpg
import structlog

from tocsin.access.service.importing import import_people, import_teams
from tocsin.base.actor import Actor, system_actor
from tocsin.base.errors import ModuleDisabled, TenantSuspended
from tocsin.base.text import clean_line
from tocsin.classification import service as classification
from tocsin.classification.model import Category
from tocsin.db.tx import Database, Tx
from tocsin.incidents import service as incidents
from tocsin.intake import events
from tocsin.intake.model import ImportReport
from tocsin.intake.rules.servicenow import (
    Assigned,
    CategoryChanged,
    Created,
    ImportedIncident,
    Reading,
    Refusal,
    TeamChanged,
    category_slugs,
    read_log,
)
from tocsin.intake.service.translating import Names, Words, past_of
from tocsin.tenancy import service as tenancy
from tocsin.tenancy.model import Tenant

log = structlog.get_logger()

BATCH = 20
"""Incidents in one transaction."""
CATEGORY_NAME = 200
NEEDED = ("incidents", "intake")

Progress = Callable[[int, int], None]
"""`progress(done, all)`, after each batch."""


def import_key(incident: ImportedIncident) -> str:
    """What names an incident of this kind of log for ever in its tenant."""
    return f"servicenow:{incident.number}"


async def import_servicenow(
    database: Database,
    slug: str,
    lines: Iterable[str],
    *,
    file: str = "",
    dry_run: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Import an event log into a tenant. Raises `NotFound`, `TenantSuspended`, `ModuleDisabled`; rows are never fatal.

    Incidents that are there already (by their number) are left alone. `dry_run` writes nothing and reports the same.
    """
    tenant = await tenancy.find(database, slug)
    check_open(tenant)
    reading = read_log(lines)
    async with database.tenant(tenant.id) as tx:
        known = await incidents.known_imports(tx, [import_key(one) for one in reading.incidents])
    fresh = [one for one in reading.incidents if import_key(one) not in known]
    run = _Run(database, tenant, system_actor(tenant.id, "import"), reading, fresh)
    if fresh:
        await run.prepare(dry_run=dry_run)
        if not dry_run:
            await run.write(progress or (lambda _done, _all: None), file)
    return run.report(dry_run=dry_run)


def check_open(tenant: Tenant) -> None:
    """Raises `TenantSuspended` or `ModuleDisabled` where nothing may be imported."""
    if tenant.state != "active":
        raise TenantSuspended("The tenant {tenant} is suspended; resume it first.", tenant=tenant.slug)
    for module in NEEDED:
        if module in tenant.disabled_modules:
            raise ModuleDisabled(
                "The module {module} of {tenant} is switched off; switch it on first.",
                module=module,
                tenant=tenant.slug,
            )


@dataclass(frozen=True, slots=True)
class _Mentioned:
    """The names that incidents mention, each once."""

    people: frozenset[str]
    teams: frozenset[str]
    categories: frozenset[str]
    callers: frozenset[str]


def mentioned_in(found: Sequence[ImportedIncident]) -> _Mentioned:
    """Every name in the histories of some incidents."""
    people, teams, categories, callers = set[str | None](), set[str | None](), set[str | None](), set[str | None]()
    for one in found:
        callers.add(one.caller)
        for step in one.steps:
            if isinstance(step, Created):
                people.add(step.assignee)
                teams.add(step.team)
                categories.add(step.category)
            elif isinstance(step, Assigned):
                people.add(step.person)
            elif isinstance(step, TeamChanged):
                teams.add(step.team)
            elif isinstance(step, CategoryChanged):
                categories.add(step.category)
    return _Mentioned(*(frozenset(name for name in names if name) for names in (people, teams, categories, callers)))


class _Run:
    """One import on its way."""

    def __init__(
        self, database: Database, tenant: Tenant, actor: Actor, reading: Reading, fresh: list[ImportedIncident]
    ) -> None:
        self.database = database
        self.tenant = tenant
        self.actor = actor
        self.reading = reading
        self.fresh = fresh
        self.made = 0
        self.refused: list[Refusal] = []
        self.added = {"people": 0, "teams": 0, "categories": 0, "reporters": 0}
        self.names = Names({}, {}, {}, {})
        self.words: Words | None = None

    async def prepare(self, *, dry_run: bool) -> None:
        """Find or make everything that incidents refer to, in one transaction; a dry run takes it back."""
        mentioned = mentioned_in(self.fresh)
        try:
            async with self.database.tenant(self.tenant.id) as tx:
                await incidents.lock_imports(tx)  # before anything is read that another import may be adding
                await tenancy.current(tx)
                people, self.added["people"] = await import_people(tx, self.actor, mentioned.people)
                teams, self.added["teams"] = await import_teams(tx, self.actor, mentioned.teams)
                categories = await self._categories(tx, mentioned.categories)
                reporters, self.added["reporters"] = await incidents.reporters_by_name(
                    tx, self.actor, mentioned.callers
                )
                self.names = Names(people, teams, categories, reporters)
                self.words = Words.of(await classification.catalogue(tx), self.fresh)
                if dry_run:
                    raise _TakeBack
        except _TakeBack:
            pass

    async def _categories(self, tx: Tx, names: frozenset[str]) -> dict[str, Category]:
        """A category for each name of the log: one of that name, else a new one."""
        catalogue = await classification.catalogue(tx)
        shown = {name: clean_line(name)[:CATEGORY_NAME] for name in names}
        by_name: dict[str, Category] = {}
        for category in catalogue.categories.values():
            by_name.setdefault(category.name, category)
        fresh = sorted({text for text in shown.values() if text and text not in by_name})
        slugs = category_slugs(fresh, [category.slug for category in catalogue.categories.values()])
        for text in fresh:
            values = {"name": text, "slug": slugs[text], "type": "incident"}
            by_name[text] = await classification.add_category(tx, self.actor, values)
        self.added["categories"] = len(fresh)
        return {name: by_name[text] for name, text in shown.items() if text}

    async def write(self, progress: Progress, file: str) -> None:
        """Write the incidents, then one event that says so."""
        progress(0, len(self.fresh))
        for start in range(0, len(self.fresh), BATCH):
            await self._batch(self.fresh[start : start + BATCH])
            progress(min(start + BATCH, len(self.fresh)), len(self.fresh))
        async with self.database.tenant(self.tenant.id) as tx:
            await tenancy.current(tx)
            facts = {
                "format": "servicenow",
                "rows": self.reading.rows_read,
                "incidents": self.made,
                "known": self.known,
                "refused": len(self.reading.refused) + len(self.refused),
            }
            tx.emit(events.IncidentsImported(actor=self.actor, facts=facts, texts={"file": file}))

    async def _batch(self, found: Sequence[ImportedIncident]) -> None:
        """Write some incidents in one transaction; if the database refuses one of them, each alone."""
        assert self.words is not None
        try:
            async with self.database.tenant(self.tenant.id) as tx:
                await tenancy.current(tx)
                past = [past_of(one, import_key(one), self.names, self.words) for one in found]
                made = await incidents.import_incidents(tx, self.actor, past)
            self.made += len(made)
        except (
            asyncpg.DataError,
            asyncpg.IntegrityConstraintViolationError,
            asyncpg.ProgramLimitExceededError,
        ) as error:
            if len(found) > 1:
                for one in found:
                    await self._batch([one])
                return
            log.warning("incident not imported", number=found[0].number, error=str(error))
            line, reason = found[0].steps[0].lines[0], f"the database refuses the incident: {error}"
            self.refused.append(Refusal(line, reason, found[0].number))

    @property
    def known(self) -> int:
        """How many of the log's incidents were there already."""
        return len(self.reading.incidents) - len(self.fresh)

    def report(self, *, dry_run: bool) -> ImportReport:
        """What was done, or would be."""
        refused = sorted([*self.reading.refused, *self.refused], key=lambda refusal: refusal.line)
        return ImportReport(
            dry_run=dry_run,
            rows_read=self.reading.rows_read,
            incidents_read=len(self.reading.incidents),
            made=len(self.fresh) if dry_run else self.made,
            known=self.known if dry_run else len(self.reading.incidents) - self.made - len(self.refused),
            refused=tuple(refused),
            notes=self.reading.notes,
            remarks=self.words.remarks if self.words is not None else (),
            **self.added,
        )


class _TakeBack(Exception):
    """Ends a transaction of which nothing shall remain."""
