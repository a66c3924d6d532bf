"""`/api/notifications/v1/deliveries`."""

from __future__ import annotations

from tests.notifications.test_deliver import ANN, notify
from tocsin.base.ids import new_id
from tocsin.notifications import service

BASE = "/api/notifications/v1/deliveries"


async def fail(database, tenant, delivery):
    async with database.tenant(tenant.id) as tx:
        await tx.run(
            "update notification_deliveries set state = 'failed', next_attempt_at = null, attempts = 3"
            " where tenant_id = $1 and id = $2",
            tenant.id,
            delivery,
        )


async def test_pages_of_deliveries(database, tenant, client):
    api = await client("admin")
    made = [(await notify(database, tenant))[0] for _ in range(5)]
    first = (await api.get(BASE, params={"limit": 2})).json()
    second = (await api.get(BASE, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    third = (await api.get(BASE, params={"limit": 2, "cursor": second["next_cursor"]})).json()
    seen = [item["id"] for page in (first, second, third) for item in page["items"]]
    assert seen == [str(delivery) for delivery in reversed(made)]
    assert third["next_cursor"] is None


async def test_filters(database, tenant, client):
    api = await client("admin")
    incident = new_id()
    (mine,) = await notify(database, tenant, incident_id=incident)
    await notify(database, tenant)
    found = (await api.get(BASE, params={"incident": str(incident)})).json()["items"]
    assert [item["id"] for item in found] == [str(mine)]
    assert (await api.get(BASE, params={"state": "sent"})).json()["items"] == []
    assert len((await api.get(BASE, params={"state": "pending"})).json()["items"]) == 2
    for wrong in ({"state": "gone"}, {"incident": "x"}, {"cursor": "x"}, {"limit": 0}):
        assert (await api.get(BASE, params=wrong)).status_code == 422, wrong


async def test_one_delivery_and_its_retry(database, tenant, client):
    api = await client("admin")
    (delivery,) = await notify(database, tenant)
    shown = (await api.get(f"{BASE}/{delivery}")).json()
    assert (shown["body"], shown["address"], shown["state"]) == ("Look.", ANN.address, "pending")
    assert (await api.post(f"{BASE}/{delivery}/retry")).status_code == 409
    await fail(database, tenant, delivery)
    again = await api.post(f"{BASE}/{delivery}/retry")
    assert again.status_code == 200
    assert (again.json()["state"], again.json()["attempts"]) == ("pending", 0)
    for gone in (new_id(), "x"):
        assert (await api.get(f"{BASE}/{gone}")).status_code == 404
        assert (await api.post(f"{BASE}/{gone}/retry")).status_code == 404


async def test_it_needs_the_permission(database, tenant, client):
    api = await client("manager")
    (delivery,) = await notify(database, tenant)
    assert (await api.get(BASE)).status_code == 403
    assert (await api.get(f"{BASE}/{delivery}")).status_code == 403
    assert (await api.post(f"{BASE}/{delivery}/retry")).status_code == 403


def test_the_sweep_is_named_as_its_job():
    from tocsin.notifications.module import MODULE

    assert [sweep.name for sweep in MODULE.sweeps] == [service.SWEEP]
