"""Attachments in a bucket: the same verbs, another address."""

from __future__ import annotations

import dataclasses
import hashlib
from uuid import UUID

import pytest

from tests.collaboration.bombs import BOMBS, picture
from tests.collaboration.s3 import s3
from tests.collaboration.steps import attach, under
from tests.incidents.steps import make
from tocsin.collaboration.adapters import files
from tocsin.collaboration.service import stored as service


@pytest.fixture
def bucket(app, monkeypatch):
    """The application set up with a bucket."""
    with s3() as found:
        for name, value in {
            "AWS_ENDPOINT": found.url,
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "eu-central-1",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
        }.items():
            monkeypatch.setenv(name, value)
        services = app.state.services
        settings = dataclasses.replace(services.settings, files_url="s3://bucket/folder")
        files.check_settings(settings)
        monkeypatch.setattr(services, "settings", settings)
        files._store.cache_clear()
        yield found
        files._store.cache_clear()


async def test_files_go_into_a_bucket_and_come_out(client, bucket, database, tenant, app):
    agent = await client("agent")
    incident = await make(agent)
    large = b"0123456789abcdef" * 800_000
    made = await attach(agent, incident, ("large.bin", large, "application/octet-stream"))
    shown = await attach(agent, incident, ("shot.png", picture(), "image/png"))
    await service.look_at(database, app.state.services.settings, tenant.id, UUID(shown["id"]))
    names = sorted(name.rpartition("/")[2] for name in bucket.objects)
    assert names == sorted([made["id"], shown["id"], f"{shown['id']}.thumbnail"])
    assert all(name.startswith(f"folder/{tenant.id}/") for name in bucket.objects)
    assert bucket.parts == {}
    got = await agent.get(made["content_url"])
    assert hashlib.sha256(got.content).hexdigest() == made["sha256"] == hashlib.sha256(large).hexdigest()
    shown = (await agent.get(under(incident, "attachments", shown["id"]))).json()
    assert (await agent.get(shown["thumbnail_url"])).content[8:12] == b"WEBP"
    for what in ("zip", "overlapping", "gzip", "picture"):
        answer = await agent.post(under(incident, "attachments"), files={"file": ("x.bin", BOMBS[what]())})
        assert answer.status_code == 422, what
    assert len(bucket.objects) == 3
    for file in (made, shown):
        assert (await agent.delete(under(incident, "attachments", file["id"]))).status_code == 204
    assert bucket.objects == {}


async def test_a_bucket_is_swept(client, bucket, database, tenant, app):
    agent = await client("agent")
    made = await attach(agent, await make(agent))
    for name in ("orphan", "orphan.thumbnail"):
        bucket.objects[f"folder/{tenant.id}/2020/{name}"] = b"x"
    bucket.objects[f"folder/{tenant.slug}/2020/foreign"] = b"x"
    async with database.tenant(tenant.id) as tx:
        await tx.run("update file_stores set next_sweep_at = $2 where tenant_id = $1", tenant.id, tx.real_now)
    await service.sweep(database, app.state.services.settings, tenant.id, tenant.id)
    assert sorted(name.rpartition("/")[2] for name in bucket.objects) == sorted([made["id"], "foreign"])


async def test_a_bucket_that_is_away_is_said(client, bucket, monkeypatch, app):
    agent = await client("agent")
    incident = await make(agent)
    made = await attach(agent, incident)
    bucket.objects.clear()
    assert (await agent.get(made["content_url"])).status_code == 404
    monkeypatch.setenv("AWS_ENDPOINT", "http://127.0.0.1:9")
    files._store.cache_clear()
    answer = await agent.get(made["content_url"])
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
