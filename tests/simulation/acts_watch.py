"""What people do about watches and about being told, at random: overrides, swaps, absences, other layers, other rules."""

from __future__ import annotations

from uuid import UUID

from tests.conftest import Member
from tests.simulation.acts import (
    Act,
    acknowledge,
    answered,
    assign,
    close,
    delete,
    reopen,
    reply,
    resolve,
    unassign,
    wait,
    work,
)
from tests.simulation.oracle_rota import Absence, Entry, Layers, Override
from tests.simulation.station import WATCH, Station, drafts, rule_drafts
from tests.simulation.world import Known, World, must
from tocsin.access import service as access
from tocsin.access.service import NewAbsence
from tocsin.base.actor import system_actor
from tocsin.db.tx import Tx
from tocsin.escalation import service as escalation
from tocsin.oncall import service as oncall
from tocsin.oncall.model import ScheduleChange


def _station(world: World) -> Station:
    assert world.station is not None
    return world.station


def _stretch(world: World) -> tuple[int, int]:
    """Some time to come, maybe begun already."""
    since = world.at + world.random.choice([-60, 0, 1, 30, 240, 900])
    return since, max(since, world.at) + world.random.choice([1, 20, 121, 600, 2000])


async def override(world: World, known: Known, person: Member) -> None:
    """Somebody has the watch for a while: by their own doing, or by whom manages."""
    since, until = _stretch(world)
    actor = person.actor if world.random.random() < 0.5 else system_actor(world.tenant.id)

    async def call(tx: Tx) -> UUID:
        starts, ends = world.time(since), world.time(until)
        return (await oncall.add_override(tx, actor, WATCH, user=str(person.id), starts=starts, ends=ends)).id

    said = f"{person.name} has the watch from {world.time(since):%d %H:%M:%S} to {world.time(until):%d %H:%M:%S}"
    done, made = await world.do(said, call)
    if done:
        _station(world).rota.overrides.append(Override(made, world.at, who=person.id, since=since, until=until))


def _standing(world: World, entries: list[Override] | list[Absence]) -> list[Override | Absence]:
    return [one for one in entries if one.id and one.stands(world.at) and one.until > world.at]


async def take_back(world: World, known: Known, person: Member) -> None:
    """An override or an absence is taken back."""
    rota, chief = _station(world).rota, system_actor(world.tenant.id)
    kinds = [_standing(world, rota.overrides), _standing(world, rota.absences)]
    found: list[Entry] = [one for kind in kinds for one in kind]
    if not found:
        return
    chosen = world.random.choice(found)

    async def call(tx: Tx) -> None:
        if isinstance(chosen, Absence):
            await access.remove_absence(tx, chief, str(chosen.who), str(chosen.id))
        else:
            await oncall.remove_override(tx, chief, WATCH, str(chosen.id))

    done, _ = await world.do(f"{type(chosen).__name__.lower()} {str(chosen.id)[-4:]} is taken back", call)
    if done:
        chosen.gone = world.at


async def swap(world: World, known: Known, person: Member) -> None:
    """One asks another to take their watch, maybe for one of theirs; the other agrees, or doesn't."""
    rota = _station(world).rota
    since = world.at + world.random.choice([1, 30, 240, 900])
    until = since + world.random.choice([1, 20, 121, 600])
    back = (until + 40, until + 100) if world.random.random() < 0.4 else None
    asker = rota.on_call(since, world.at) or person.id
    other = person.id if person.id != asker else next(one.id for one in world.people if one.id != asker)
    fits = rota.has_whole(asker, since, until, world.at)
    fits = fits and (back is None or rota.has_whole(other, *back, world.at))
    givers = {one.id: one for one in world.people}

    async def ask(tx: Tx) -> UUID:
        asked = await oncall.ask_swap(
            tx,
            givers[asker].actor,
            WATCH,
            user=str(other),
            starts=world.time(since),
            ends=world.time(until),
            in_return=(world.time(back[0]), world.time(back[1])) if back is not None else None,
        )
        return asked.id

    said = f"{givers[asker].name} asks {givers[other].name} to take {world.time(since):%d %H:%M:%S} on"
    done, asked = await world.do(said, ask)
    must(fits or not done, f"{said}: could be asked for, though it is not all theirs")
    if not done or world.random.random() < 0.2:
        return
    done, _ = await world.do(
        "they agree", lambda tx: oncall.decide_swap(tx, givers[other].actor, WATCH, str(asked), "accepted")
    )
    if done:
        rota.overrides.append(Override(None, world.at, who=other, since=since, until=until))
        if back is not None:
            rota.overrides.append(Override(None, world.at, who=asker, since=back[0], until=back[1]))


async def go_away(world: World, known: Known, person: Member) -> None:
    """Somebody is away for a while, with or without somebody who stands in."""
    since, until = _stretch(world)
    deputy = world.random.choice([None, *(one for one in world.people if one.id != person.id)])
    times = {"starts": world.time(since).isoformat(), "ends": world.time(until).isoformat()}

    async def call(tx: Tx) -> UUID:
        new = NewAbsence(**times, deputy=str(deputy.id) if deputy is not None else None)
        return (await access.add_absence(tx, person.actor, "me", new)).id

    said = f"{person.name} is away from {times['starts']} to {times['ends']}, {deputy.name if deputy else 'nobody'} stands in"
    done, made = await world.do(said, call)
    if done:
        away = Absence(
            made, world.at, who=person.id, since=since, until=until, deputy=deputy.id if deputy is not None else None
        )
        _station(world).rota.absences.append(away)


async def reshape(world: World, known: Known, person: Member) -> None:
    """The rota is arranged anew; maybe a layer stays."""
    station, chief = _station(world), system_actor(world.tenant.id)
    layers = station.layers()
    if world.random.random() < 0.5:
        layers = (*station.rota.layers[-1].turns[:1], *layers)[:2]
    change = ScheduleChange(layers=drafts(layers))
    done, _ = await world.do("the rota is arranged anew", lambda tx: oncall.change_schedule(tx, chief, WATCH, change))
    if done:
        station.rota.layers[-1].gone = world.at
        station.rota.layers.append(Layers(station.schedule, world.at, turns=layers))


async def prefer(world: World, known: Known, person: Member) -> None:
    """Somebody wants to be told otherwise."""
    station = _station(world)
    rules = station.preferences(person)
    done, _ = await world.do(
        f"{person.name} wants to be told otherwise",
        lambda tx: escalation.set_rules(tx, person.actor, "me", rule_drafts(rules)),
    )
    if done:
        station.prefer(person.id, world.at, rules)


async def press(world: World, known: Known, person: Member) -> None:
    """Who was told acknowledges by the link in the message."""
    async with world.database.reading(world.tenant.id) as tx:
        row = await tx.row(
            "select id, user_id from escalation_alerts where tenant_id = $1 and incident_id = $2 order by started_at desc, id"
            " limit 1",
            *(world.tenant.id, known.id),
        )
    if row is None:
        return
    presser = _station(world).member(row["user_id"])
    said = f"{presser.name} acknowledges {str(known.id)[-4:]} by the link"
    done, _ = await world.do(said, lambda tx: escalation.acknowledge_by_link(tx, row["id"]))
    if done:
        known.note(world.at, "acknowledged")
        answered(known, presser)


WATCH_ACTS: dict[Act, int] = {
    acknowledge: 4,
    press: 8,
    reply: 1,
    assign: 2,
    unassign: 1,
    wait: 3,
    work: 3,
    resolve: 1,
    close: 1,
    reopen: 1,
    delete: 1,
    override: 4,
    swap: 4,
    go_away: 4,
    take_back: 2,
    reshape: 2,
    prefer: 2,
}
"""What people do in stories about watches, and how often beside each other."""
