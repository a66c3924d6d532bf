"""What a page shows beside the record: people, who looks at it now, and what may be done with it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import msgspec

from tocsin.access import permissions
from tocsin.access.model import Named
from tocsin.base.actor import Actor
from tocsin.classification.model import Catalogue, Status
from tocsin.db.tx import Tx
from tocsin.incidents import rules, store
from tocsin.incidents.model import Around, Incident, Offers, Stint
from tocsin.incidents.service.access import must_see_some, see
from tocsin.incidents.service.demands import asked_for
from tocsin.incidents.service.queues import may_take
from tocsin.tenancy import service as tenancy

HERE = timedelta(seconds=30)
"""How long somebody counts as looking after their browser last said so."""
FORGOTTEN = timedelta(minutes=10)


async def around(tx: Tx, actor: Actor, ref: str | UUID) -> Around:
    """Watchers, assignments, who looks and how the reporter is reached; nothing of it without the right to see all."""
    must_see_some(actor)
    incident = await see(tx, actor, ref)
    if not actor.can(permissions.VIEW):
        return Around()
    since = tx.real_now - HERE
    row = await store.around.around(tx, incident.id, since, actor.id, incident.reported_by_reporter_id)
    return msgspec.convert({name: value for name, value in dict(row).items() if value is not None}, Around)


async def look_in(tx: Tx, actor: Actor, ref: str | UUID) -> list[Named]:
    """Somebody has the incident open: note it, and say who else has. Raises `NotFound`."""
    actor.must(permissions.VIEW)
    incident = await see(tx, actor, ref)
    if actor.id is not None:
        await store.around.forget(tx, incident.id, tx.real_now - FORGOTTEN)
        await store.around.arrive(tx, incident.id, actor.id, tx.real_now)
    found = await store.around.here(tx, incident.id, tx.real_now - HERE, actor.id)
    return msgspec.convert(found or [], list[Named])


async def look_away(tx: Tx, actor: Actor, ref: str | UUID) -> None:
    """Somebody closed the incident. Raises `NotFound`."""
    actor.must(permissions.VIEW)
    incident = await see(tx, actor, ref)
    if actor.id is not None:
        await store.around.leave(tx, incident.id, actor.id)


async def offers(tx: Tx, actor: Actor, incident: Incident, catalogue: Catalogue, beside: Around) -> Offers:
    """What the actor may do with an incident now. The verbs decide again; this only spares people a refusal."""
    if incident.merged_into_id is not None:
        return Offers()
    status, may_update, may_assign = incident.status, actor.can(permissions.UPDATE), actor.can(permissions.ASSIGN)
    is_live = not status.is_terminal
    held = held_of(beside.assignments)
    own = any(item.user_id == actor.id for item in held)
    may_hand_on = may_assign or actor.can(permissions.DELEGATE)
    wanted = {other.id: asked_for(catalogue, incident, other) for other in catalogue.statuses.values()}
    may_enter = {status_id for status_id, one in wanted.items() if one.permission is None or actor.can(one.permission)}
    moves = _moves(incident, catalogue, may_enter) if may_update else []
    again = catalogue.reopened_status(owned=incident.assigned_to_id is not None)
    claim, hand_over = await may_take(tx, actor, incident)
    mute, unmute = _may_mute(actor, beside)
    return Offers(
        claim=claim,
        hand_over=hand_over,
        mute=mute,
        unmute=unmute,
        edit=may_update,
        acknowledge=may_update and incident.is_open and _unseen(incident, actor),
        unacknowledge=may_update and incident.is_open and incident.acknowledged_at is not None,
        resolve=may_update and incident.is_open and catalogue.resolved_status.id in may_enter,
        close=may_update and is_live and catalogue.terminal_status.id in may_enter,
        reopen=may_update and again.id in may_enter and await _is_reopenable(tx, incident),
        moves=moves,
        asking=[other.id for other in moves if wanted[other.id].asks],
        prioritise=may_update and is_live,
        set_due=may_update and incident.is_open,
        assign=may_assign and is_live,
        unassign=may_assign and is_live and incident.assigned_to_id is not None,
        delegate=is_live and may_hand_on and (own or (may_assign and incident.assigned_to_id is not None)),
        recall=is_live and may_hand_on and _recallable(held, actor, may_assign=may_assign),
        delete=actor.can(permissions.DELETE),
    )


def _moves(incident: Incident, catalogue: Catalogue, may_enter: set[UUID]) -> list[Status]:
    """The statuses that an incident may go to, in the order of the work."""
    if incident.status.is_terminal:
        return []
    ordered = sorted(catalogue.statuses.values(), key=lambda one: one.sort_order)
    allowed = [other for other in ordered if other.is_active and catalogue.allowed(incident.status.id, other.id)]
    return [other for other in allowed if other.id in may_enter]


def _unseen(incident: Incident, actor: Actor) -> bool:
    """Whether an acknowledgement says something new: the first, or the first of another than the reporter."""
    if incident.acknowledged_at is None:
        return True
    reporter = incident.reported_by_user_id
    return reporter is not None and incident.acknowledged_by_id == reporter != actor.id


def held_of(stints: list[Stint]) -> list[rules.Held]:
    """The active assignments with the chains they were delegated along, as the rules judge them."""
    by_id = {stint.id: stint for stint in stints}
    found = []
    for stint in stints:
        if not stint.is_active:
            continue
        delegators: list[UUID] = []
        link: Stint | None = stint
        while link is not None and link.delegated_from is not None:
            delegators.append(link.delegated_from)
            link = by_id.get(link.previous) if link.previous is not None else None
        found.append(rules.Held(stint.id, stint.who.id, stint.capacity, tuple(delegators), stint.delegated_until))
    return found


def _recallable(held: list[rules.Held], actor: Actor, *, may_assign: bool) -> bool:
    if actor.id is not None and rules.find_recalled(held, actor.id) is not None:
        return True
    return may_assign and any(item.delegators and item.capacity == "owner" for item in held)


async def _is_reopenable(tx: Tx, incident: Incident) -> bool:
    refusal = rules.may_reopen(
        is_terminal=incident.status.is_terminal,
        is_resolved=incident.status.is_resolved,
        closed_at=incident.closed_at,
        now=tx.now,
        window_days=(await tenancy.current(tx)).settings.reopen_days,
    )
    return refusal is None


def _may_mute(actor: Actor, beside: Around) -> tuple[bool, bool]:
    """Whether the actor, who watches by themselves or with a team, may stop being told, and may be told again."""
    if actor.kind != "person" or not actor.can(permissions.VIEW):
        return False, False
    own = next((one for one in beside.watchers if one.user == actor.id), None)
    is_muted = own is not None and own.is_muted
    return not is_muted and (own is not None or any(one.team for one in beside.watchers)), is_muted
