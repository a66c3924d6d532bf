"""Anchors on a real database: what they cover, who may rewrite what unnoticed (nobody), proofs, exports, the nights."""

from __future__ import annotations

import asyncio
import json
import stat
import tracemalloc
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from tests.conftest import make_tenant
from tocsin import worker
from tocsin.activity import rules, service, store
from tocsin.activity.adapters import Keys, as_pem, is_signed, load_keys, read_keys
from tocsin.activity.model import Event
from tocsin.base.actor import system_actor
from tocsin.base.errors import Refused, SettingError
from tocsin.base.ids import new_id
from tocsin.base.settings import Settings
from tocsin.db.embedded import EmbeddedServer
from tocsin.db.tx import Database
from tocsin.tenancy import service as tenancy
from tocsin.tenancy.model import Tenant

Emit = Callable[..., Awaitable[None]]


class Noted(Event):
    """For these tests."""


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return load_keys(Settings(home=tmp_path_factory.mktemp("keys")))


@pytest.fixture
def open_(database: Database, tenant: Tenant) -> service.Open:
    return partial(database.tenant, tenant.id)


@pytest.fixture
def emit(open_: service.Open) -> Emit:
    async def run(*streams: UUID | None) -> None:
        async with open_() as tx:
            for stream in streams:
                facts = {"reference_code": "INC-000001"}
                tx.emit(
                    Noted(actor=system_actor(tx.tenant_id), incident_id=stream, facts=facts, texts={"note": "a note"})
                )

    return run


@pytest.fixture
async def owner(server: EmbeddedServer) -> AsyncIterator[Any]:
    """An administrator of the database, whom nothing binds."""
    conn = await asyncpg.connect(server.admin_url)
    yield conn
    await conn.close()


async def verdict(open_: service.Open, keys: Keys, exported: Any = ()) -> service.AnchorVerdict:
    async with open_() as tx:
        found = await service.verify(tx)
        assert found.broken is None, found.broken
        return await service.verify_anchors(tx, keys, exported)


async def rewrite(owner: Any, tenant_id: UUID, seq: int) -> None:
    """Change an event and compute all hashes after it anew, as somebody who knows how it works would."""
    await owner.execute(
        "update events set facts = facts || '{\"forged\": true}' where tenant_id = $1 and seq = $2 and stream = $1",
        *(tenant_id, seq),
    )
    rows = await owner.fetch("select * from events where tenant_id = $1 and stream = $1 order by seq", tenant_id)
    previous = rules.START
    for row in rows:
        digest = rules.digest(
            tenant=str(tenant_id),
            stream=str(row["stream"]),
            event_id=str(row["id"]),
            type_=row["type"],
            incident=None,
            actor=None,
            at=row["at"],
            source=row["source"],
            facts=json.loads(row["facts"]),
            commitments=json.loads(row["commitments"]),
        )
        previous = rules.link(previous, row["seq"], digest)
        await owner.execute(
            "update events set hash = $3 where tenant_id = $1 and id = $2", tenant_id, row["id"], previous
        )
    await owner.execute("update event_heads set hash = $2 where tenant_id = $1 and stream = $1", tenant_id, previous)


async def test_anchors_cover_all_heads_and_are_bound_together(open_: service.Open, emit: Emit, keys: Keys) -> None:
    one, two = new_id(), new_id()
    await emit(one, one, None)
    first = await service.anchor(open_, keys)
    assert (first.number, first.size, first.position, first.previous) == (1, 2, 4, rules.START)
    assert await service.anchor(open_, keys) == first
    await emit(two, one)
    second = await service.anchor(open_, keys)
    assert (second.number, second.size, second.position) == (2, 3, 6)
    assert second.previous == rules.fingerprint(first)
    assert is_signed(keys.own, rules.statement(second), second.signature)
    await emit(two)
    found = await verdict(open_, keys)
    assert (found.count, found.last, found.unfit) == (2, second, None)


async def test_many_at_once_make_one_row(open_: service.Open, emit: Emit, keys: Keys) -> None:
    async def both() -> None:
        await emit(new_id())
        await service.anchor(open_, keys)

    await asyncio.gather(*(both() for _ in range(8)))
    found = await verdict(open_, keys)
    assert found.unfit is None
    assert found.last is not None
    assert found.last.size == 9


async def test_a_rewritten_past_is_found_though_its_chain_is_whole(
    open_: service.Open, emit: Emit, keys: Keys, owner: Any, tenant: Tenant
) -> None:
    await emit(None, None)
    await service.anchor(open_, keys)
    await emit(None)
    await rewrite(owner, tenant.id, 2)
    found = await verdict(open_, keys)
    assert found.unfit is not None
    assert found.unfit.number == 1
    with pytest.raises(Refused, match="anchor 1"):
        await service.anchor(open_, keys)


async def test_an_older_anchor_is_still_checked_when_a_later_one_fits(
    open_: service.Open, emit: Emit, keys: Keys, owner: Any, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even a server that signed what was tampered with would not hide it."""
    await emit(None)
    await service.anchor(open_, keys)
    await rewrite(owner, tenant.id, 2)
    await emit(None)

    async def blind(*_: Any) -> None:
        return None

    monkeypatch.setattr("tocsin.activity.service.anchors._unfit", blind)
    assert (await service.anchor(open_, keys)).number == 2
    found = await verdict(open_, keys)
    assert found.unfit is not None
    assert found.unfit.number == 1


class Planned:
    """Asks how a statement would be executed instead of executing it."""

    def __init__(self, conn: Any, tenant_id: UUID) -> None:
        self.conn, self.tenant_id = conn, tenant_id
        self.plans: list[Any] = []

    async def run(self, sql: str) -> None:
        await self.conn.execute(sql)

    async def rows(self, sql: str, *args: Any) -> list[Any]:
        self.plans += json.loads(await self.conn.fetchval(f"explain (format json) {sql}", *args))
        return []

    value = rows

    async def batches(self, sql: str, *args: Any) -> AsyncIterator[list[Any]]:
        yield await self.rows(sql, *args)

    def nodes(self, within: Any = None) -> list[Any]:
        """All that the planner would do."""
        if within is None:
            return [node for plan in self.plans for node in self.nodes(plan["Plan"])]
        return [within, *(node for part in within.get("Plans", ()) for node in self.nodes(part))]


async def test_a_streams_events_are_not_looked_for_among_all_places(
    emit: Emit, owner: Any, server: EmbeddedServer, tenant: Tenant
) -> None:
    """Also where many events were loaded and counted by the planner before they had their places: it takes the index of
    places for empty then.
    """
    streams = [new_id() for _ in range(50)]
    await emit(*streams, *streams, *streams)
    planned = Planned(owner, tenant.id)
    turn = owner.transaction()
    await turn.start()
    try:
        await owner.execute("update events set pos = null")
        await owner.execute("analyze events, event_heads")
        await owner.execute(f"set local enable_seqscan = off; set local app.tenant_id = '{tenant.id}'")
        await owner.execute("set local role tocsin_app")
        async for _ in store.anchors.heads_at(planned, 10):  # type: ignore[arg-type]
            pass
        await store.feed.until(planned, streams[0], 10)  # type: ignore[arg-type]
        await store.feed.went_on(planned, streams[0], 10)  # type: ignore[arg-type]
    finally:
        await turn.rollback()
    through = [node for node in planned.nodes() if "Index Name" in node]
    assert "events_stream" in {node["Index Name"] for node in through}
    for node in through:
        assert node["Index Name"] != "events_pos" or "pos" in node["Index Cond"]
        assert "stream =" not in node.get("Filter", "")


@pytest.mark.parametrize("tail", [1, 2])
async def test_a_tail_cut_with_its_head_moved_back_is_found(
    tail: int, open_: service.Open, emit: Emit, keys: Keys, owner: Any, tenant: Tenant
) -> None:
    incident = new_id()
    await emit(incident, incident, incident)
    await service.anchor(open_, keys)
    last = 3 - tail
    await owner.execute(
        "delete from events where tenant_id = $1 and stream = $2 and seq > $3", tenant.id, incident, last
    )
    await owner.execute(
        "update event_heads h set seq = e.seq, hash = e.hash from events e where h.tenant_id = $1 and h.stream = $2"
        " and e.tenant_id = $1 and e.stream = $2 and e.seq = $3",
        *(tenant.id, incident, last),
    )
    assert (await verdict(open_, keys)).unfit is not None
    with pytest.raises(Refused):
        await service.anchor(open_, keys)


async def test_a_stream_removed_with_its_head_is_found(
    open_: service.Open, emit: Emit, keys: Keys, owner: Any, tenant: Tenant
) -> None:
    incident = new_id()
    await emit(incident)
    await service.anchor(open_, keys)
    for table in ("events", "event_heads"):
        await owner.execute(f"delete from {table} where tenant_id = $1 and stream = $2", tenant.id, incident)
    assert (await verdict(open_, keys)).unfit is not None


async def test_what_is_removed_with_all_its_traces_is_missed_before_any_anchor(
    open_: service.Open, emit: Emit, keys: Keys, owner: Any, database: Database, tenant: Tenant
) -> None:
    """Whoever numbers what there is (a feed's reader, a verification) makes that nothing of it can go unnoticed."""

    async def lost() -> int | None:
        async with open_() as tx:
            found = await service.verify_places(tx)
        return found.seq if found is not None else None

    kept, removed = new_id(), new_id()
    await emit(kept, removed)
    await service.number_all(open_)
    await emit(kept)  # what has no place yet is not missed
    assert await lost() is None
    for table in ("events", "event_heads"):
        await owner.execute(f"delete from {table} where tenant_id = $1 and stream = $2", tenant.id, removed)
    async with open_() as tx:
        assert (await service.verify(tx)).broken is None
    place = await lost()
    assert place is not None
    async with database.tenant(tenant.id) as tx:
        found = await service.verify_on(tx, system_actor(tenant.id), keys, None)
    assert (found.broken and found.broken.seq, found.stream, found.cursor) == (place, None, None)
    await owner.execute("update events set pos = $2 where tenant_id = $1 and pos is null", tenant.id, place)
    assert await lost() is None
    await owner.execute("update events set pos = $2 where tenant_id = $1 and pos = $2 - 1", tenant.id, place + 1)
    assert await lost() == place


@pytest.mark.parametrize(
    "change",
    [
        "update audit_anchors set root = sha256(root) where tenant_id = $1 and number = 1",
        "update audit_anchors set at = at + interval '1 second' where tenant_id = $1 and number = 2",
        "update audit_anchors set position = position + 1 where tenant_id = $1 and number = 2",
        "update audit_anchors set size = size + 1 where tenant_id = $1 and number = 1",
        "update audit_anchors set previous = sha256(previous) where tenant_id = $1 and number = 2",
        "update audit_anchors set signature = signature || '' where false",
        "delete from audit_anchors where tenant_id = $1 and number = 1",
        "update events set pos = null where tenant_id = $1 and pos = 2",
        "update events set pos = 99 where tenant_id = $1 and pos = 1",
    ],
)
async def test_tampering_with_anchors_is_found(
    change: str, open_: service.Open, emit: Emit, keys: Keys, owner: Any, tenant: Tenant
) -> None:
    await emit(new_id())
    await service.anchor(open_, keys)
    await emit(new_id())
    await service.anchor(open_, keys)
    await owner.execute(change.replace("$1", f"'{tenant.id}'"))
    assert ((await verdict(open_, keys)).unfit is None) == ("where false" in change)


async def test_a_cut_row_of_anchors_is_found_by_what_was_exported(
    open_: service.Open, emit: Emit, keys: Keys, owner: Any, tenant: Tenant
) -> None:
    for _ in range(2):
        await emit(None)
        await service.anchor(open_, keys)
    async with open_() as tx:
        exported = [one async for one in service.all_anchors(tx)]
    assert (await verdict(open_, keys, exported)).unfit is None
    await owner.execute("delete from audit_anchors where tenant_id = $1 and number = 2", tenant.id)
    assert (await verdict(open_, keys)).unfit is None
    found = (await verdict(open_, keys, exported)).unfit
    assert found is not None
    assert found.number == 2


@pytest.mark.parametrize(
    "change",
    ["update audit_anchors set size = 1 where tenant_id = $1", "delete from audit_anchors where tenant_id = $1"],
)
async def test_the_application_itself_cannot_change_anchors(
    change: str, open_: service.Open, emit: Emit, keys: Keys
) -> None:
    await service.anchor(open_, keys)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with open_() as tx:
            await tx.run(change, tx.tenant_id)


async def test_verifying_beside_writers_finds_nothing_wrong(open_: service.Open, emit: Emit, keys: Keys) -> None:
    streams = [new_id() for _ in range(4)]

    async def write() -> None:
        for number in range(20):
            await emit(streams[number % 4], None)

    async def sign() -> None:
        for _ in range(10):
            await service.anchor(open_, keys)

    async def check() -> None:
        for _ in range(10):
            assert (await verdict(open_, keys)).unfit is None

    await asyncio.gather(write(), write(), sign(), check())
    assert (await verdict(open_, keys)).unfit is None


# ------------------------------------------------------------------------------------------------------------ proofs


async def test_a_proof_holds_until_anything_is_another(
    open_: service.Open, emit: Emit, keys: Keys, owner: Any, tenant: Tenant
) -> None:
    incident = new_id()
    for _ in range(7):
        await emit(new_id())
    await emit(incident, incident)
    content = b""
    for values in (False, True):
        content = await service.prove(open_, keys, incident, "INC-000001", values=values)
        found = rules.check(content, is_signed)
        assert (found.events, found.tenant, found.values) == (2, str(tenant.id), 2 if values else 0)
        assert (b"a note" in content) == values
    async with open_() as tx:
        assert len([one async for one in service.all_anchors(tx)]) == 1
    await emit(new_id())
    assert await service.prove(open_, keys, incident, "INC-000001", values=True) == content
    await emit(incident)
    assert rules.check(await service.prove(open_, keys, incident, "INC-000001"), is_signed).events == 3
    await owner.execute(
        "update events set hash = sha256(hash) where tenant_id = $1 and stream = $2", tenant.id, incident
    )
    await owner.execute(
        "update event_heads set hash = sha256(hash) where tenant_id = $1 and stream = $2", tenant.id, incident
    )
    with pytest.raises(Refused, match="audit verify"):
        await service.prove(open_, keys, incident, "INC-000001")


async def test_erased_values_leave_the_proof_whole(open_: service.Open, emit: Emit, keys: Keys) -> None:
    incident = new_id()
    await emit(incident)
    await service.anchor(open_, keys)
    async with open_() as tx:
        await tx.run("update events set data = '{}' where tenant_id = $1 and stream = $2", tx.tenant_id, incident)
    found = rules.check(await service.prove(open_, keys, incident, "INC-000001", values=True), is_signed)
    assert (found.events, found.values) == (1, 0)
    assert (await verdict(open_, keys)).unfit is None


async def test_an_incidents_proof_is_downloaded_by_who_may_see_the_trail(client: Any, other_tenant: Tenant) -> None:
    manager = await client("manager")
    incident = (await manager.post("/api/incidents/v1/incidents", json={"title": "Secret title"})).json()
    path = f"/api/incidents/v1/incidents/{incident['reference_code']}/proof"
    answer = await manager.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "Secret title" not in answer.text
    proven = rules.check(answer.content, is_signed)
    assert (proven.reference_code, proven.events) == (incident["reference_code"], 1)
    assert "Secret title" in (await manager.get(path, params={"values": "true"})).text
    assert (await (await client("agent")).get(path)).status_code == 403
    assert (await (await client("manager", of=other_tenant)).get(path)).status_code == 404


async def test_anchors_are_listed_and_made_on_demand(client: Any, emit: Emit) -> None:
    manager = await client("manager")
    path = "/api/activity/v1/anchors"
    made = []
    for _ in range(3):
        await emit(new_id())
        made.append((await manager.post(path, json={})).json())
    page = (await manager.get(path, params={"limit": "2"})).json()
    rest = (await manager.get(path, params={"limit": "2", "cursor": page["next_cursor"]})).json()
    assert [*page["items"], *rest["items"]] == made[::-1]
    assert rest["next_cursor"] is None
    assert (await (await client("agent")).post(path, json={})).status_code == 403
    key = {"Idempotency-Key": "night"}
    first = await manager.post(path, json={}, headers=key)
    await emit(new_id())
    again = await manager.post(path, json={}, headers=key)
    assert (again.content, again.headers["idempotent-replayed"]) == (first.content, "true")
    assert first.json() == made[-1]


# ------------------------------------------------------------------------------------------------------------- export


async def test_the_export_is_every_event_once_in_the_order_of_changes(
    client: Any, open_: service.Open, emit: Emit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tocsin.activity.service.exporting.BATCH", 3)
    manager = await client("manager")
    for _ in range(4):
        await emit(new_id(), None)
    answer = await manager.get("/api/activity/v1/audit/export")
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["pos"] for line in lines] == list(range(1, 10))
    assert Counter(line["type"] for line in lines) == {"TenantCreated": 1, "Noted": 8}
    assert all(
        rules.commitment(kept["salt"], kept["value"]) == line["commitments"][key]
        for line in lines
        for key, kept in line["data"].items()
    )
    assert all(line["data"] for line in lines)
    assert (await (await client("agent")).get("/api/activity/v1/audit/export")).status_code == 403


async def test_texts_of_incidents_are_exported_to_who_may_see_incidents_only(
    client: Any, connect: Any, emit: Emit
) -> None:
    admin = await client("admin")
    await emit(new_id(), None)
    body = {"name": "Auditor", "slug": "auditor", "permissions": ["audit.view"]}
    assert (await admin.post("/api/access/v1/roles", json=body)).status_code == 201
    token = (await admin.post("/api/access/v1/tokens", json={"name": "audit", "role": "auditor"})).json()["token"]
    text = (await connect(token).get("/api/activity/v1/audit/export")).text
    lines = [json.loads(line) for line in text.splitlines()]
    noted = [line for line in lines if line["type"] == "Noted"]
    assert [bool(line["data"]) for line in noted] == [line["incident_id"] is None for line in noted]
    assert all(line["commitments"] for line in noted)


async def test_the_export_keeps_memory_flat(open_: service.Open, database: Database, tenant: Tenant) -> None:
    for _ in range(10):
        async with open_() as tx:
            for _ in range(300):
                tx.emit(Noted(actor=system_actor(tx.tenant_id), texts={"note": "x" * 2000}))
    size = peak = 0
    tracemalloc.start()
    try:
        async for lines in service.export(open_):
            size += len(lines)
            peak = max(peak, tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert size > 6_000_000
    assert peak < 5_000_000


# ------------------------------------------------------------------------------------------------------------- nights


async def test_a_night_is_anchored_once_and_the_next_one_set(
    database: Database, server: EmbeddedServer, app_settings: Settings
) -> None:
    tenant = await make_tenant(database, time_zone="Europe/Berlin")
    asleep = await make_tenant(database)
    sandbox = await make_tenant(database, sandbox=True)
    await tenancy.set_state(database, asleep.slug, "suspended")
    sweeper = await Database.connect(server.urls.sweeper, size=2)
    try:
        due = [
            row["tenant_id"]
            for row in await sweeper.pool.fetch(service.ANCHORING.due, sweeper.clock() + timedelta(days=2), 100_000)
        ]
        none = [row["tenant_id"] for row in await sweeper.pool.fetch(service.ANCHORING.due, sweeper.clock(), 100_000)]
    finally:
        await sweeper.close()
    assert tenant.id in due
    assert tenant.id not in none
    assert not {asleep.id, sandbox.id} & set(due)
    open_ = partial(database.tenant, tenant.id)
    async with open_() as tx:
        await tx.run("update event_feeds set next_anchor_at = $2 where tenant_id = $1", tenant.id, tx.real_now)
    handle = partial(service.ANCHORING.handle, database, app_settings, tenant.id, tenant.id)
    await asyncio.gather(*(handle() for _ in range(3)))
    async with open_() as tx:
        assert len([one async for one in service.all_anchors(tx)]) == 1
        following = await tx.value("select next_anchor_at from event_feeds where tenant_id = $1", tenant.id)
        assert timedelta(0) < following - tx.real_now < timedelta(hours=26)
    assert service.ANCHORING.name in {sweep.name for sweep in _sweeps(app_settings, database)}


def _sweeps(app_settings: Settings, database: Database) -> list[Any]:
    built = worker.build(app_settings, "postgresql://nowhere", database, database)
    return [sweeper.sweep for sweeper in built._sweepers]


async def test_a_night_does_not_sign_what_was_tampered_with(
    database: Database, app_settings: Settings, owner: Any, emit: Emit, tenant: Tenant, open_: service.Open, capfd: Any
) -> None:
    await service.anchor(open_, load_keys(app_settings))
    await rewrite(owner, tenant.id, 1)
    await owner.execute("update event_feeds set next_anchor_at = now() where tenant_id = $1", tenant.id)
    await service.ANCHORING.handle(database, app_settings, tenant.id, tenant.id)
    async with open_() as tx:
        assert len([one async for one in service.all_anchors(tx)]) == 1
        assert await tx.value(
            "select next_anchor_at > $2 from event_feeds where tenant_id = $1", tenant.id, tx.real_now
        )
    out = capfd.readouterr()
    assert str(tenant.id) in out.out + out.err


# --------------------------------------------------------------------------------------------------------------- keys


async def test_the_key_is_made_once_for_our_eyes_only(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "new" / "home")
    assert load_keys(settings, make=False).signing is None
    made = await asyncio.gather(*(asyncio.to_thread(load_keys, settings) for _ in range(8)))
    assert len({one.own for one in made}) == 1
    file = settings.home / "audit-key.pem"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in settings.home.iterdir()] == [file.name]


def pem(key: Any) -> bytes:
    found: bytes = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return found


async def test_an_older_key_stays_known_by_its_public_half(
    open_: service.Open, emit: Emit, tmp_path: Path, keys: Keys
) -> None:
    await service.anchor(open_, keys)
    file = tmp_path / "keys.pem"
    file.write_bytes(pem(ed25519.Ed25519PrivateKey.generate()) + b"\n" + as_pem(keys.own).encode())
    both = load_keys(Settings(home=tmp_path, audit_key=file))
    assert both.own != keys.own
    await emit(None)
    await service.anchor(open_, both)
    assert (await verdict(open_, both)).unfit is None
    found = (await verdict(open_, keys)).unfit
    assert found is not None
    assert found.number == 2
    assert rules.key_id(both.own) in found.why


async def test_a_bad_key_file_is_one_clear_line(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    private = ed25519.Ed25519PrivateKey.generate()
    wrong = [b"", b"rubbish", as_pem(private.public_key().public_bytes_raw()).encode(), pem(private) * 2]
    wrong += [pem(rsa.generate_private_key(65537, 2048)), pem(private).replace(b"MC4", b"MC5")]
    for content in wrong:
        file.write_bytes(content)
        with pytest.raises(SettingError, match=r"key\.pem must hold an unencrypted Ed25519 key"):
            load_keys(Settings(home=tmp_path, audit_key=file))
    with pytest.raises(SettingError, match="Cannot read"):
        load_keys(Settings(home=tmp_path, audit_key=tmp_path / str(uuid4())))
    assert read_keys(pem(private)).own == private.public_key().public_bytes_raw()
