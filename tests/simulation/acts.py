"""What people do in the simulator, at random, and what is known of the incident afterwards."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from uuid import UUID

from tests.conftest import Member
from tests.simulation.oracle import HALF, Watch, is_clear, recurring
from tests.simulation.world import PRIORITIES, Known, Reminder, Series, World
from tocsin.collaboration import service as collaboration
from tocsin.db.tx import Tx
from tocsin.incidents import service as incidents
from tocsin.incidents.model import NewIncident
from tocsin.incidents.service import Change, extensions
from tocsin.reminders import service as reminders
from tocsin.reminders.model import Draft

Act = Callable[[World, Known, Member], Awaitable[None]]


async def report(world: World) -> None:
    """Somebody reports an incident."""
    slug, person = world.random.choice(PRIORITIES), world.person()

    async def call(tx: Tx) -> UUID:
        return await incidents.create(tx, person.actor, NewIncident(title=f"It is {slug}", priority=slug))

    done, incident_id = await world.do(f"{person.name} reports ({slug})", call)
    if done:
        async with world.tx() as tx:
            targets = await world.targets(tx, slug)
        watch = Watch(world.open, world.at, targets, world.percents)
        world.incidents[incident_id] = Known(incident_id, world.at, watch, person.id)


async def act(world: World, acts: Mapping[Act, int]) -> None:
    """Somebody does one of some acts, mostly to one of the incidents."""
    known = world.random.choice(world.in_need() or list(world.incidents.values()))
    person = world.person()
    chosen = world.random.choices(list(acts), weights=list(acts.values()))[0]
    if known.watch.is_resolved and world.random.random() < 0.5:
        chosen = reopen
    elif chosen is reopen and not known.watch.is_resolved:
        chosen = extend if extend in acts else acknowledge
    elif chosen in (delegate, unassign) and known.owner is None:
        chosen = assign
    world.let_pass(known)
    await chosen(world, known, person)


async def _do(world: World, known: Known, said: str, call: Callable[[Tx], Awaitable[object]]) -> bool:
    done, _ = await world.do(f"{said} {str(known.id)[-4:]}", call)
    return done


def answered(known: Known, person: Member) -> None:
    """A member's word is a response: the reporter's own is not."""
    if person.id != known.reporter:
        known.watch.respond()


async def acknowledge(world: World, known: Known, person: Member) -> None:
    if await _do(world, known, "acknowledge", lambda tx: incidents.acknowledge(tx, person.actor, known.id)):
        known.note(world.at, "acknowledged")
        answered(known, person)


async def reply(world: World, known: Known, person: Member) -> None:
    is_internal = world.random.random() < 0.3

    async def call(tx: Tx) -> object:
        body = f"Word @{world.random.choice(world.people).name}"
        return await collaboration.add_comment(tx, person.actor, known.id, body, is_internal=is_internal)

    done = await _do(world, known, "note on" if is_internal else "reply to", call)
    if done and not is_internal:
        answered(known, person)
        told_public(known, person)


def told_public(known: Known, person: Member) -> None:
    """The public has heard how it stands, unless from whom it reported."""
    if person.id != known.reporter:
        known.watch.inform()


async def assign(world: World, known: Known, person: Member) -> None:
    manager = world.people[0]
    if await _do(world, known, "assign", lambda tx: incidents.assign(tx, manager.actor, known.id, user=str(person.id))):
        known.owner = person.id
        known.note(world.at, "assigned")


async def unassign(world: World, known: Known, person: Member) -> None:
    manager = world.people[0]
    if await _do(world, known, "unassign", lambda tx: incidents.unassign(tx, manager.actor, known.id)):
        known.owner = None
        known.note(world.at, "unassigned")


async def delegate(world: World, known: Known, person: Member) -> None:
    manager = world.people[0]
    until = world.time() + HALF * (2 * world.random.randint(10, 200) + 1)
    if await _do(
        world,
        known,
        "delegate",
        lambda tx: incidents.delegate(tx, manager.actor, known.id, user=str(person.id), note=None, until=until),
    ):
        known.owner = person.id


async def wait(world: World, known: Known, person: Member) -> None:
    if await _do(world, known, "wait with", lambda tx: incidents.transition(tx, person.actor, known.id, "waiting")):
        _awake(world, known)
        known.watch.pause()
        known.begin(world.at, "paused")
        known.note(world.at, "paused")


async def work(world: World, known: Known, person: Member) -> None:
    status = world.random.choice(["in-progress", "triaged"])
    if await _do(world, known, f"{status}:", lambda tx: incidents.transition(tx, person.actor, known.id, status)):
        _awake(world, known)
        if known.watch.paused_at is not None:
            known.watch.resume()
            known.note(world.at, "resumed")
        known.end(world.at, "paused")


def _awake(world: World, known: Known) -> None:
    """A transition out of a resolved status reopens."""
    if known.watch.is_resolved:
        known.watch.reopen()
        known.end(world.at, "resolved")
        known.note(world.at, "reopened")
        known.is_closed = False


async def resolve(world: World, known: Known, person: Member) -> None:
    if await _do(world, known, "resolve", lambda tx: incidents.resolve(tx, person.actor, known.id)):
        _resolved(world, known)


async def close(world: World, known: Known, person: Member) -> None:
    if await _do(world, known, "close", lambda tx: incidents.close(tx, person.actor, known.id)):
        _resolved(world, known)
        known.is_closed = True
        for reminder in world.reminders.values():
            if reminder.incident == known.id and reminder.due > world.at:
                reminder.cancelled = True
        for series in world.series.values():
            series.cancelled = series.cancelled or series.incident == known.id


def _resolved(world: World, known: Known) -> None:
    known.watch.resolve()
    known.end(world.at, "paused")
    known.begin(world.at, "resolved")
    known.note(world.at, "resolved")


async def reopen(world: World, known: Known, person: Member) -> None:
    if await _do(world, known, "reopen", lambda tx: incidents.reopen(tx, person.actor, known.id)):
        _awake(world, known)


async def prioritise(world: World, known: Known, person: Member) -> None:
    slug = world.random.choice(PRIORITIES)
    if await _do(
        world, known, f"make {slug}", lambda tx: incidents.update(tx, person.actor, known.id, Change(priority=slug))
    ):
        async with world.tx() as tx:
            known.watch.retarget(await world.targets(tx, slug))


async def delete(world: World, known: Known, person: Member) -> None:
    manager = world.people[0]
    if known.is_deleted:
        if await _do(world, known, "restore", lambda tx: incidents.restore(tx, manager.actor, known.id)):
            known.is_deleted = False
            known.watch.restore()
            known.end(world.at, "deleted")
            known.note(world.at, "restored")
    elif await _do(world, known, "delete", lambda tx: incidents.delete(tx, manager.actor, known.id)):
        known.is_deleted = True
        known.watch.delete()
        known.begin(world.at, "deleted")
        known.note(world.at, "deleted")


async def remind(world: World, known: Known, person: Member) -> None:
    due = world.at + 2 * world.random.randint(5, 400) + (1 - world.at % 2)

    async def call(tx: Tx) -> UUID:
        given = Draft(scheduled_for=world.time(due), to=[str(person.id)])
        return (await reminders.add_reminder(tx, person.actor, known.id, given)).id

    done, reminder_id = await world.do(f"remind of {str(known.id)[-4:]} at {world.time(due):%d %H:%M}", call)
    if done:
        world.reminders[reminder_id] = Reminder(reminder_id, known.id, due)


async def remind_again(world: World, known: Known, person: Member) -> None:
    """A series of reminders, by the hour or by the day of the organisation's zone."""
    start = world.at + 2 * world.random.randint(5, 400)
    start += start % 2
    frequency, every = world.random.choice([("HOURLY", 1), ("HOURLY", 5), ("DAILY", 1), ("DAILY", 2)])
    count = world.random.randint(2, 4)
    if frequency == "DAILY" and not is_clear(world.climate, start):
        return

    async def call(tx: Tx) -> UUID:
        rule = f"FREQ={frequency};INTERVAL={every};COUNT={count}"
        given = Draft(scheduled_for=world.time(start), rrule=rule, to=[str(person.id)])
        return (await reminders.add_reminder(tx, person.actor, known.id, given)).id

    said = f"remind of {str(known.id)[-4:]} {count} times, {frequency} {every} from {world.time(start):%d %H:%M}"
    done, reminder_id = await world.do(said, call)
    if done:
        times = recurring(world.climate, start, frequency, every, count)
        world.series[reminder_id] = Series(reminder_id, known.id, times)


async def remind_before_due(world: World, known: Known, person: Member) -> None:
    before = f"PT{world.random.choice([10, 20, 60])}M"
    await world.do(
        f"remind {before} before {str(known.id)[-4:]} is due",
        lambda tx: reminders.add_reminder(tx, person.actor, known.id, Draft(before_due=before)),
    )


async def cancel(world: World, known: Known, person: Member) -> None:
    every: list[Reminder | Series] = [*world.reminders.values(), *world.series.values()]
    mine = [one for one in every if one.incident == known.id and not one.cancelled]
    if not mine:
        return
    chosen = world.random.choice(mine)
    done, _ = await world.do(
        "cancel a reminder",
        lambda tx: reminders.cancel_reminder(tx, person.actor, str(known.id), str(chosen.id)),
    )
    if done:
        chosen.cancelled = True


async def progress(world: World, known: Known, person: Member) -> None:
    following = world.time() + timedelta(minutes=world.random.randint(5, 300))
    is_internal = world.random.random() < 0.5
    done = await _do(
        world,
        known,
        "report progress of",
        lambda tx: collaboration.report_progress(
            tx,
            person.actor,
            known.id,
            percent=world.random.randint(0, 100),
            summary="Going on",
            next_update_due_at=following if world.random.random() < 0.7 else None,
            is_internal=is_internal,
        ),
    )
    if done and not is_internal:
        told_public(known, person)


async def extend(world: World, known: Known, person: Member) -> None:
    """One asks for more time, the manager decides."""
    more, manager = 40 * world.random.randint(1, 12), world.people[0]
    due = known.watch.later(more)
    if due is None or person.id == manager.id or known.is_deleted:
        return

    async def ask(tx: Tx) -> object:
        return await extensions.request_extension(
            tx, person.actor, known.id, due_at=world.time(due), reason="The part is on its way"
        )

    done, asked = await world.do(f"ask for {world.time(due):%d %H:%M} for {str(known.id)[-4:]}", ask)
    if not done or world.random.random() < 0.2:
        return
    if await _do(
        world,
        known,
        "approve more time for",
        lambda tx: extensions.decide_extension(tx, manager.actor, known.id, str(asked.id), approve=True),
    ):
        known.watch.extend(more)


ACTS: dict[Act, int] = {
    acknowledge: 3,
    reply: 4,
    assign: 4,
    unassign: 1,
    delegate: 2,
    wait: 5,
    work: 4,
    resolve: 3,
    close: 1,
    reopen: 4,
    prioritise: 4,
    delete: 2,
    extend: 3,
    remind: 4,
    remind_again: 2,
    remind_before_due: 2,
    cancel: 1,
    progress: 4,
}
"""What people do, and how often beside each other."""
