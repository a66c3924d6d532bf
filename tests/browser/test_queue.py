"""The queue and triage in a browser: keys, ticking, changes in place and back, the incident beside the list, news."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Page, expect

from tests.browser.conftest import Site, Visit

API = "/api/incidents/v1/incidents"


def make(site: Site, title: str, **more: Any) -> dict[str, Any]:
    """An incident made by somebody else meanwhile."""
    found: dict[str, Any] = site.api("manager").post(API, json={"title": title, **more}).raise_for_status().json()
    return found


def row(page: Page, incident: dict[str, Any]) -> Any:
    return page.locator(f"#row-{incident['id']}")


async def test_keys_move_tick_and_change_and_ctrl_z_takes_it_back(visit: Visit) -> None:
    visitor = await visit("manager")
    page = visitor.page
    one = make(visitor.site, "Keyboarding: first", priority="low")
    two = make(visitor.site, "Keyboarding: second", priority="low")
    await visitor.goto("/queue?q=Keyboarding&sort=created_at")
    await page.keyboard.press("j")
    await expect(page.get_by_role("link", name="Keyboarding: first")).to_be_focused()
    await page.keyboard.press("s")
    await expect(page.locator("#picker")).to_be_visible()
    await page.locator("#picker").get_by_role("button", name="Triaged").click()
    await expect(row(page, one)).to_contain_text("Triaged")
    await expect(row(page, one).locator("[data-pick=status]")).to_be_focused()
    await expect(page.get_by_role("status").get_by_text("is Triaged now")).to_be_visible()
    await page.keyboard.press("Control+z")
    await expect(row(page, one)).to_contain_text("Open")
    await page.keyboard.press("x")
    await page.keyboard.press("j")
    await page.keyboard.press("x")
    await expect(page.get_by_text("2 selected")).to_be_visible()
    await page.keyboard.press("i")
    await expect(page.get_by_text("2 incidents changed")).to_be_visible()
    for incident in (one, two):
        assert visitor.site.api().get(f"{API}/{incident['id']}").json()["assigned_to"] is not None
    await expect(page.locator("#bulk")).to_be_hidden()


async def test_shift_click_ticks_a_range_and_refusals_stay_listed(visit: Visit) -> None:
    visitor = await visit("agent")
    page = visitor.page
    made = [make(visitor.site, f"Range: {n}") for n in range(4)]
    await visitor.goto("/queue?q=Range&sort=created_at&status=any")
    boxes = page.locator("input[name=ref]")
    await boxes.nth(0).click()
    await boxes.nth(2).click(modifiers=["Shift"])
    await expect(page.get_by_text("3 selected")).to_be_visible()
    visitor.site.api().post(f"{API}/{made[1]['id']}/close", json={}).raise_for_status()
    await page.locator("#bulk").get_by_role("button", name="Close").click()
    await expect(page.locator("#refused")).to_contain_text(made[1]["reference_code"])
    await expect(page.get_by_text("2 incidents changed")).to_be_visible()
    await expect(row(page, made[3])).to_contain_text("Open")


async def test_the_incident_stands_beside_the_list_and_follows_the_keys(visit: Visit) -> None:
    visitor = await visit("agent")
    page = visitor.page

    make(visitor.site, "Beside: first")
    two = make(visitor.site, "Beside: second")
    await visitor.goto("/queue?q=Beside&sort=created_at")
    await page.keyboard.press("j")
    await page.get_by_role("button", name="Split view").click()
    pane = page.locator("#pane-inside")
    await expect(pane.get_by_role("heading", name="Beside: first")).to_be_visible()
    await page.keyboard.press("j")
    await expect(pane.get_by_role("heading", name="Beside: second")).to_be_visible()
    assert page.url.endswith(f"open={two['reference_code']}")
    await expect(row(page, two)).to_have_attribute("aria-current", "true")
    await page.keyboard.press("p")
    await page.locator("#picker").get_by_role("button", name="High").click()
    await expect(pane).to_contain_text("High")
    await page.reload()
    await expect(pane.get_by_role("heading", name="Beside: second")).to_be_visible()
    await page.get_by_role("link", name="Beside: first").focus()
    await page.keyboard.press("Escape")
    await expect(page.locator("#pane")).to_be_hidden()
    await expect(page.get_by_role("link", name="Beside: second")).to_be_focused()


async def test_news_change_rows_in_place_and_new_ones_wait(visit: Visit) -> None:
    visitor = await visit("agent")
    page = visitor.page
    known = make(visitor.site, "Tidings: known")
    await visitor.goto("/queue?q=Tidings")
    await expect(row(page, known)).to_be_visible()
    site = visitor.site
    site.api().post(f"{API}/{known['id']}/transition", json={"status": "in-progress"}).raise_for_status()
    await expect(row(page, known)).to_contain_text("In progress")
    make(site, "Something else")
    make(site, "Tidings: another")
    make(site, "Tidings: a third")
    pill = page.locator("[data-new]")
    await expect(pill).to_have_text("2 new")
    await expect(page.locator("tr.tc-row")).to_have_count(1)
    await pill.click()
    await expect(page.locator("tr.tc-row")).to_have_count(3)


async def test_triage_takes_single_keys(visit: Visit) -> None:
    visitor = await visit("manager")
    page = visitor.page
    await visitor.goto("/triage")
    title = await page.locator("#main h2").inner_text()
    await page.keyboard.press("2")
    await page.wait_for_url("**ref=**")
    await expect(page.locator(".tc-decide[aria-current]", has_text="High")).to_be_visible()
    await expect(page.locator("#main h2")).to_have_text(title)
    await page.keyboard.press("i")
    await page.wait_for_url("**/triage?done=1")
    await expect(page.locator("#main h2")).not_to_have_text(title)


async def test_back_is_at_the_row_that_was_opened(visit: Visit) -> None:
    visitor = await visit("manager")
    page = visitor.page
    for number in range(53):
        make(visitor.site, f"Returning: {number:02}")
    await visitor.goto("/queue?q=Returning&sort=created_at")
    await page.get_by_role("link", name="Load more").click()
    await page.get_by_role("link", name="Returning: 51").click()
    await page.go_back()
    await expect(page.locator("tr.is-current")).to_contain_text("Returning: 51")
    await expect(page.locator("tr.is-current")).to_be_in_viewport()
    await expect(page.locator("tr.tc-row")).to_have_count(53)
    await page.keyboard.press("j")
    await expect(page.get_by_role("link", name="Returning: 52")).to_be_focused()
