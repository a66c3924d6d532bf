"""The hub on its own: who hears what, who is dropped, who may go on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import pytest

from tocsin.base.ids import new_id
from tocsin.web import live
from tocsin.web.live import EventStream, Hub, News, Stream, cursor_time, first_id

TENANT, OTHER = new_id(), new_id()
NOW = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)


async def yes() -> bool:
    return True


class Record:
    """What the database would say; `away` times it does not answer."""

    def __init__(self) -> None:
        self.asked: list[tuple[UUID, list[UUID]]] = []
        self.away = 0
        self.reporter: UUID | None = None
        self.many = False

    async def told(self, tenant_id: UUID, ids: list[UUID]) -> list[News]:
        if self.away:
            self.away -= 1
            raise OSError("gone")
        self.asked.append((tenant_id, ids))
        return [News(one, b'{"id":"%s"}' % str(one).encode(), self.reporter) for one in ids]

    async def since(self, tenant_id: UUID, moment: datetime) -> list[News] | None:
        return None if self.many else await self.told(tenant_id, [first_id(moment)])


@pytest.fixture
def record() -> Record:
    return Record()


@pytest.fixture
async def hub(record: Record) -> Any:
    made = Hub(record.told, record.since)
    yield made
    made.close()


def join(hub: Hub, tenant_id: UUID, only: UUID | None, check: Callable[[], Awaitable[bool]]) -> Stream:
    """A browser of an open hub."""
    stream = hub.join(tenant_id, only, check)
    assert stream is not None
    return stream


async def said(stream: Stream) -> str:
    chunk = await asyncio.wait_for(stream.next(), 2)
    return chunk.decode() if chunk is not None else ""


async def test_news_reach_the_tenants_browsers_and_are_read_once(hub: Hub, record: Record) -> None:
    ours = [join(hub, TENANT, None, yes) for _ in range(3)]
    theirs = join(hub, OTHER, None, yes)
    event = new_id()
    hub.heard(TENANT, [event])
    for stream in ours:
        assert await said(stream) == f'id: {event}\ndata: {{"id":"{event}"}}\n\n'
    assert record.asked == [(TENANT, [event])]
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(theirs.next(), 0.05)


async def test_nothing_is_read_for_a_tenant_nobody_listens_to(hub: Hub, record: Record) -> None:
    hub.heard(TENANT, [new_id()])
    await asyncio.sleep(0.01)
    assert record.asked == []


async def test_who_reported_hears_of_the_own_incidents_only(hub: Hub, record: Record) -> None:
    me = new_id()
    reporter, member = join(hub, TENANT, me, yes), join(hub, TENANT, None, yes)
    foreign, own = new_id(), new_id()
    hub.heard(TENANT, [foreign])
    assert str(foreign) in await said(member)
    record.reporter = me
    hub.heard(TENANT, [own])
    heard = await said(reporter)
    assert str(own) in heard
    assert str(foreign) not in heard


async def test_a_flood_becomes_one_refresh(hub: Hub, record: Record) -> None:
    stream, reporter = join(hub, TENANT, None, yes), join(hub, TENANT, new_id(), yes)
    hub.heard(TENANT, [new_id() for _ in range(live.MOST_AT_ONCE + 1)])
    for one in (stream, reporter):
        heard = await said(one)
        assert heard.count("data:") == 1
        assert '{"type":"refresh"}' in heard
    assert record.asked == []


async def test_news_wait_for_a_database_that_is_away(hub: Hub, record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "TROUBLE_SECONDS", 0.01)
    record.away = 2
    stream = join(hub, TENANT, None, yes)
    first, second = new_id(), new_id()
    hub.heard(TENANT, [first])
    await asyncio.sleep(0)
    hub.heard(TENANT, [second])
    heard = await said(stream)
    assert heard.index(str(first)) < heard.index(str(second))


@pytest.mark.parametrize("many", [False, True])
async def test_what_a_lost_listener_missed_is_told(hub: Hub, record: Record, many: bool) -> None:
    record.many = many
    stream = join(hub, TENANT, None, yes)
    hub.missed(NOW)
    assert ("refresh" if many else str(first_id(NOW))) in await said(stream)


async def test_a_browser_that_does_not_read_is_dropped(hub: Hub) -> None:
    slow, quick = join(hub, TENANT, None, yes), join(hub, TENANT, None, yes)
    stuck = asyncio.Event()

    async def send(message: Any) -> None:
        if b"data: 1" in message.get("body", b""):
            await stuck.wait()

    async def receive() -> Any:
        await asyncio.Event().wait()

    answering = asyncio.create_task(EventStream(slow, [])(cast("Any", {}), receive, send))
    await asyncio.sleep(0)
    for number in range(live.MOST_WAITING + 2):
        slow.put(b"data: %d\n\n" % (1 if number == 0 else 2))
        await asyncio.sleep(0)
    await asyncio.wait_for(answering, 2)
    assert not slow.is_open
    assert quick.is_open
    assert len(hub) == 1


async def test_a_browser_that_goes_leaves_nothing_behind(hub: Hub) -> None:
    stream = join(hub, TENANT, None, yes)
    sent: list[Any] = []
    gone = asyncio.Event()

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        if not gone.is_set():
            gone.set()
            return {"type": "http.request", "body": b"", "more_body": False}
        return {"type": "http.disconnect"}

    await asyncio.wait_for(EventStream(stream, [])(cast("Any", {}), receive, send), 2)
    assert len(hub) == 0
    assert sent[0]["headers"][0] == (b"content-type", b"text/event-stream")
    assert b"retry: " in sent[1]["body"]
    assert b"event: beat" in sent[1]["body"]


async def test_a_change_of_rights_ends_who_may_not_go_on(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PAUSE_SECONDS", 0.01)
    answers = {"stays": True, "goes": False}

    async def trouble() -> bool:
        if "trouble" not in answers:
            answers["trouble"] = True
            raise OSError("the database is away")
        return False

    async def may(name: str) -> bool:
        return answers[name]

    stays = join(hub, TENANT, None, lambda: may("stays"))
    goes = join(hub, TENANT, None, lambda: may("goes"))
    unsure = join(hub, TENANT, None, trouble)
    hub.changed(TENANT)
    assert "event: over" in await said(goes)
    assert await said(goes) == ""
    assert "event: over" in await said(unsure)
    assert stays.is_open
    assert len(hub) == 1


async def test_heartbeats_and_checks_come_by_themselves(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    async def may_go_on() -> bool:
        asked.append(1)
        return True

    monkeypatch.setattr(live, "BEAT_SECONDS", 0.5)
    monkeypatch.setattr(live, "CHECK_SECONDS", 0.5)
    stream = join(hub, TENANT, None, may_go_on)
    running = asyncio.create_task(hub.run())
    heard = await said(stream)
    running.cancel()
    assert heard.startswith(": beat\nid: ")
    await asyncio.sleep(0)
    assert asked == [1]


async def test_closing_ends_all_and_takes_nobody_in(hub: Hub) -> None:
    stream = join(hub, TENANT, None, yes)
    hub.close()
    assert await said(stream) == ""
    assert hub.join(TENANT, None, yes) is None


def test_ids_tell_their_time() -> None:
    moment = cursor_time(new_id())
    assert moment is not None
    assert abs(datetime.now(UTC) - moment) < timedelta(seconds=5)
    assert cursor_time(first_id(NOW)) == NOW
    assert cursor_time(UUID(int=0)) is None
    assert first_id(NOW) < first_id(NOW + timedelta(milliseconds=1))
    assert first_id(datetime(1960, 1, 1, tzinfo=UTC)) == first_id(datetime(1970, 1, 1, tzinfo=UTC))
