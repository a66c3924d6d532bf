"""The rota in a browser: an override begun by dragging, or at a gap, is the form that can be typed, too."""

from __future__ import annotations

from tests.browser.conftest import Site, Visit


async def test_an_override_is_begun_by_dragging_and_a_gap_is_filled(visit: Visit, site: Site) -> None:
    visitor = await visit("admin")
    api = site.api("admin")
    person = api.get("/api/access/v1/users").json()["items"][0]["id"]
    layer = {"start": "2020-01-06", "users": [person], "hours": {"mon": [["09:00", "17:00"]]}}
    body = {"name": "Dragged watch", "time_zone": "Europe/Berlin", "layers": [layer]}
    made = api.post("/api/escalation/v1/schedules", json=body).raise_for_status().json()
    page = visitor.page
    await page.goto(f"{site.url}/oncall/{made['slug']}?span=week&from=2030-04-01")
    row = page.locator("[data-drag]")
    box = await row.bounding_box()
    assert box is not None
    await row.scroll_into_view_if_needed()
    box = await row.bounding_box()
    assert box is not None
    height = box["y"] + box["height"] / 2
    await page.mouse.move(box["x"] + box["width"] / 7 * 2, height)
    await page.mouse.down()
    await page.mouse.move(box["x"] + box["width"] / 7 * 2.5, height, steps=4)
    await page.mouse.up()
    assert await page.input_value("#override [name=from]") == "2030-04-03T00:00"
    assert await page.input_value("#override [name=to]") == "2030-04-03T12:00"
    await page.click("#override button.btn-primary")
    await page.wait_for_selector(".tc-shift.is-override")
    overrides = api.get(f"/api/escalation/v1/schedules/{made['id']}/overrides").json()["items"]
    assert [one["from"] for one in overrides] == ["2030-04-02T22:00:00Z"]
    await page.click("a[data-fill] >> nth=0")
    assert await page.input_value("#override [name=from]")
    api.delete(f"/api/escalation/v1/schedules/{made['id']}").raise_for_status()
