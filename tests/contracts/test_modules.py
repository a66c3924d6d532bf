"""Switched-off modules: over every declared route, at once; and for jobs and sweeps."""

from __future__ import annotations

import pytest

from tests.contracts import samples
from tests.contracts.docs import endpoints
from tocsin import wiring
from tocsin.activity import rules, service as activity
from tocsin.activity.model import Event
from tocsin.activity.service import SUBSCRIPTIONS
from tocsin.base.actor import system_actor
from tocsin.base.manifest import Handler
from tocsin.tenancy import service as tenancy

pytestmark = pytest.mark.contract

ALWAYS_ON = {"tenancy", "access", "modules", "activity"}
MODULES = {module.name: module for module in wiring.modules()}
SWITCHED = [e for e in endpoints() if e.module not in ALWAYS_ON and e.access != "open"]


def named(endpoint):
    return f"{endpoint.method} {endpoint.path}"


async def switch(database, world, name, enabled):
    async with database.tenant(world.tenant_id) as tx:
        await tenancy.switch_module(tx, name, enabled=enabled)


def test_every_route_belongs_to_a_known_module():
    assert {endpoint.module for endpoint in endpoints()} <= set(MODULES)


def test_the_base_cannot_be_switched_off():
    for name in ALWAYS_ON:
        assert MODULES[name].always_on, name


@pytest.mark.parametrize("endpoint", SWITCHED, ids=named)
async def test_a_switch_acts_at_once(endpoint, database, worlds, stranger):
    """Off, and for what is only read on again too."""
    a = worlds[0]
    path = await samples.address(endpoint, a)
    client = a.api if endpoint.access == "member" else stranger
    await switch(database, a, endpoint.module, False)
    try:
        answer = await samples.send(client, endpoint, path, a)
    finally:
        await switch(database, a, endpoint.module, True)
    if endpoint.access == "public":
        assert answer.status_code == 404
        assert samples.refusal(endpoint, answer) == "not-found"
    else:
        assert answer.status_code == 403, f"{answer.status_code} {answer.text[:300]}"
        assert samples.refusal(endpoint, answer) == "module-disabled"
        if endpoint.method == "GET":
            assert (await client.get(path)).status_code == 200


HANDLERS = [
    (name, handler)
    for subscribed in SUBSCRIPTIONS.handlers.values()
    for name, handler in subscribed
    if name not in ALWAYS_ON and not MODULES[name].always_on
]


@pytest.mark.parametrize("module, handler", HANDLERS, ids=[handler.name for _, handler in HANDLERS])
async def test_jobs_of_a_switched_off_module_are_not_made(module, handler, database, worlds):
    """An event that a switched-off module would hear of lists no job for it."""
    a = worlds[0]
    event = type(handler.event, (Event,), {})(actor=system_actor(a.tenant_id))
    pending = {}
    for enabled in (False, True):
        await switch(database, a, module, enabled)
        async with database.tenant(a.tenant_id) as tx:
            await tenancy.current(tx)
            row, _ = activity._row(tx, a.tenant_id, 1, rules.START, event)
            pending[enabled] = row[13]
    assert handler.name not in pending[False]
    assert handler.name in pending[True]


@pytest.mark.parametrize("module, handler", HANDLERS, ids=[handler.name for _, handler in HANDLERS])
async def test_jobs_made_before_the_switch_rest(module, handler, database, worlds, monkeypatch):
    """A job that was enqueued before its module was switched off does nothing."""
    a, ran = worlds[0], []

    async def run(tx, event):
        ran.append(event)

    monkeypatch.setitem(SUBSCRIPTIONS.by_name, handler.name, (module, Handler(handler.event, handler.name, run)))
    for enabled in (False, True):
        await switch(database, a, module, enabled)
        async with database.tenant(a.tenant_id) as tx:
            await tenancy.current(tx)
            event_id = await tx.value(
                "select id from events where tenant_id = $1 order by recorded_at limit 1", tx.tenant_id
            )
            await tx.run(
                "update events set pending = $3 where tenant_id = $1 and id = $2",
                tx.tenant_id,
                event_id,
                [handler.name],
            )
            await activity.handle(tx, {"event": str(event_id), "handler": handler.name})
        assert len(ran) == enabled


SWEEPS = [(module, sweep) for module in wiring.modules() for sweep in module.sweeps]


@pytest.mark.parametrize("module, sweep", SWEEPS, ids=[sweep.name for _, sweep in SWEEPS])
def test_sweeps_leave_out_suspended_tenants_sandboxes_and_switched_off_modules(module, sweep):
    text = " ".join(sweep.due.split()).lower()
    assert "'active'" in text, "leave out suspended tenants"
    assert "'live'" in text, "leave out sandboxes"
    if sweep.module not in ALWAYS_ON:
        assert "disabled_modules" in text, "leave out tenants that switched the module off"
        assert sweep.module in text
