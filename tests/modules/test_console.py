"""Switching modules in the administration."""

from __future__ import annotations


async def test_a_module_is_switched_off_and_back(client):
    admin = await client("admin")
    page = (await admin.get("/admin/modules")).text
    assert 'action="/admin/modules/reminders"' in page
    assert 'action="/admin/modules/access"' not in page
    await admin.post("/admin/modules/reminders", data={"is_enabled": "false"})
    shown = (await admin.get("/admin/modules")).text
    assert "Reminders is off." in shown
    assert 'aria-checked="false"' in shown
    assert "Switched off: Reminders." in (await admin.get("/admin")).text
    await admin.post("/admin/modules/reminders", data={"is_enabled": "true"})
    assert 'aria-checked="false"' not in (await admin.get("/admin/modules")).text


async def test_what_carries_the_others_stays_on(client):
    admin = await client("admin")
    sent = {"is_enabled": "false", "_back": "/admin/modules"}
    answer = await admin.post("/admin/modules/access", data=sent)
    assert answer.status_code == 409
    assert "carries the others" in answer.text
    assert (await admin.post("/admin/modules/nonsense", data={"is_enabled": "true"})).status_code == 404
