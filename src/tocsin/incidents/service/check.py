"""Everything that is wrong with a new incident, for forms that show it all at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import isawaitable
from typing import Any

from tocsin.access import service as access
from tocsin.base.actor import Actor
from tocsin.base.errors import FieldError, Invalid
from tocsin.classification import service as classification
from tocsin.classification.model import Catalogue
from tocsin.db.tx import Tx
from tocsin.incidents.model import NewIncident
from tocsin.incidents.service.create import check_due, check_text, check_title, starting_status
from tocsin.incidents.service.custom import by_slug, read_custom, read_tags, refuse_missing


async def check_new(
    tx: Tx, actor: Actor, new: NewIncident, found: Sequence[FieldError] = (), *, complete: bool = True
) -> None:
    """Raises `Invalid` with everything that is wrong at once, where `create` stops at the first; `found` is known already.

    One that need not be `complete` may lack custom fields that are required.
    """
    catalogue = await classification.catalogue(tx)
    checks: list[tuple[Any, Callable[[], Any]]] = [
        (new.title, lambda: check_title(new.title)),
        (new.description, lambda: check_text(new.description, "description")),
        (new.impact, lambda: check_text(new.impact, "impact", 2000)),
        (new.category, lambda: catalogue.category(new.category or "")),
        (new.priority, lambda: catalogue.priority(new.priority or "")),
        (new.status, lambda: starting_status(catalogue.status(new.status or ""))),
        (new.assigned_to, lambda: access.find_user(tx, new.assigned_to or "", "assigned_to", actor)),
        (new.team, lambda: access.find_team(tx, new.team or "", "team")),
        (new.due_at, lambda: check_due(new.due_at or tx.now, tx.now)),
    ]
    checks += [
        (new.tags or None, lambda: read_tags(new.tags)),
        (True, lambda: _custom(tx, actor, new, catalogue, found, complete)),
    ]
    errors = list(found)
    for value, check in checks:
        if value is None:
            continue
        try:
            outcome = check()
            if isawaitable(outcome):
                await outcome
        except Invalid as wrong:
            errors += wrong.errors
    if errors:
        raise Invalid(errors)


async def _custom(
    tx: Tx, actor: Actor, new: NewIncident, catalogue: Catalogue, found: Sequence[FieldError], complete: bool
) -> None:
    """Custom values as `create` will judge them, but for fields that are known to be wrong already."""
    category = catalogue.find_category(new.category) if new.category is not None else None
    status = catalogue.find_status(new.status) if new.status is not None else None
    flaws: list[FieldError] = []
    try:
        await read_custom(tx, actor, new.custom, category)
    except Invalid as wrong:
        flaws += wrong.errors
    known = {error.field.removeprefix("custom.") for error in found if error.field.startswith("custom.")}
    if complete:
        try:
            held = dict.fromkeys({*by_slug(catalogue, new.custom), *known})
            refuse_missing(catalogue, category, held, at="create" if status is None or status.is_open else "resolve")
        except Invalid as wrong:
            flaws += wrong.errors
    if flaws:
        raise Invalid(flaws)
