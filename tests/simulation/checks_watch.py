"""What must be so of watches and of being told: who has the watch, when steps are taken, whom they reach and when."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any
from uuid import UUID

from tests.simulation.oracle_ladder import Bells, Climb, Message, Order
from tests.simulation.station import Station
from tests.simulation.world import Known, World, must
from tocsin.db.tx import Tx
from tocsin.oncall import service as oncall

MESSAGES = """
select d.incident_id, d.created_at, d.channel, d.address, a.user_id
from notification_deliveries d join escalation_alerts a on a.tenant_id = $1 and a.id = split_part(d.link, '/', 4)::uuid
where d.tenant_id = $1 and d.link like '/ack/%' and d.state = 'pending'
"""
"""What was sent to people whom an escalation called; each knows its alert by its link."""
LOOKED_AHEAD = 2880 * 2
LOOKS = 15


async def check_rota(tx: Tx, world: World, station: Station) -> None:
    """Who has the watch now, and at some moments to come, by what is known now."""
    end = world.at + LOOKED_AHEAD
    found, _ = await oncall.on_call_between(tx, station.schedule, world.time(), world.time(end))
    for at in (world.at, *(world.random.randrange(world.at, end) for _ in range(LOOKS))):
        moment = world.time(at)
        has = next((shift.user_id for shift in found if shift.since <= moment < shift.until), None)
        wanted = station.rota.on_call(at, world.at)
        must(has == wanted, f"at {moment} {_name(station, has)} has the watch, not {_name(station, wanted)}")


def _name(station: Station, who: UUID | None) -> str:
    return station.member(who).name if who is not None else "nobody"


def check_told(world: World, station: Station, steps: list[Any], messages: list[Any], *, drained: bool) -> None:
    """Steps are taken when they must be, and tell whom they must, once each and at the right moment."""
    taken: dict[UUID, list[tuple[int, UUID, int, int]]] = defaultdict(list)
    for row in steps:
        at = world.half(row["escalated_at"])
        taken[row["incident_id"]].append((at, row["run_id"], row["round"] - 1, row["step"] - 1))
    sent: dict[UUID, Counter[Message]] = defaultdict(Counter)
    for row in messages:
        message = world.half(row["created_at"]), row["user_id"], row["channel"], row["address"]
        sent[row["incident_id"]][message] += 1
    end = world.at if drained else world.at - 1
    for known in world.incidents.values():
        _check_steps(world, station, known, taken[known.id], end)
        orders = [station.order(*one) for one in taken[known.id]]
        _check_messages(world, station, known, orders, sent[known.id], end)


def _check_steps(
    world: World, station: Station, known: Known, taken: list[tuple[int, UUID, int, int]], end: int
) -> None:
    def idle(step: int, at: int) -> bool:
        return not station.told(step, at)

    climb = Climb(station.plan, known.made_at + station.plan.after, world.at_hand, idle)
    claimed = min(climb.until(end, known.facts), end + 1)
    wanted = [(at, round_, step) for round_, step, at in climb.taken if at < claimed]
    found = [(at, round_, step) for at, _, round_, step in taken if at < claimed]
    must(found == wanted, f"{str(known.id)[-4:]}: steps {_times(world, found)}, not {_times(world, wanted)}")


def _times(world: World, steps: list[tuple[int, int, int]]) -> list[str]:
    return [f"{round_ + 1}.{step + 1} at {world.time(at):%d %H:%M:%S}" for at, round_, step in steps]


def _check_messages(
    world: World, station: Station, known: Known, orders: list[Order], sent: Counter[Message], end: int
) -> None:
    bells = Bells(station.plan.stop_on - {"resolved"}, world.at_hand, station.called)
    bells.until(end, known.facts, orders)
    (station.ringing.add if bells.are_ringing else station.ringing.discard)(known.id)
    found = Counter({message: count for message, count in sent.items() if message[0] <= end})
    missing, surplus = bells.must - found, found - bells.must - bells.may
    name = str(known.id)[-4:]
    must(not missing, f"{name}: not told: {_lines(world, station, missing)}")
    must(not surplus, f"{name}: told without reason, or twice: {_lines(world, station, surplus)}")


def _lines(world: World, station: Station, messages: Counter[Message]) -> list[str]:
    return [
        f"{_name(station, who)} by {channel} to {address} at {world.time(at):%d %H:%M:%S}"
        for at, who, channel, address in sorted(messages.elements())
    ]
