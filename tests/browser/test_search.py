"""Finding in a browser: the query language completes by keys, a wrong query is put right where it is wrong."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.conftest import Visit

API = "/api/incidents/v1/incidents"


async def test_a_query_is_completed_by_keys(visit: Visit) -> None:
    visitor = await visit("manager")
    page = visitor.page
    made = visitor.site.api("manager").post(API, json={"title": "Seekable lamp", "priority": "critical"}).json()
    await visitor.goto("/queue")
    await page.keyboard.press("/")
    await page.keyboard.type("prio")
    option = page.get_by_role("option")
    await expect(option.first).to_contain_text("priority")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    field = page.get_by_role("searchbox", name="Search incidents")
    await expect(field).to_have_value("priority:")
    await expect(option.filter(has_text="critical")).to_be_visible()
    await page.keyboard.type("cri")
    await expect(option).to_have_count(1)
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Tab")
    await expect(field).to_have_value("priority:critical ")
    await page.keyboard.type("seekable")
    await page.keyboard.press("Enter")
    await expect(page.locator(f"#row-{made['id']} mark")).to_have_text("Seekable")


async def test_a_wrong_query_is_put_right_where_it_is_wrong(visit: Visit) -> None:
    visitor = await visit("manager")
    page = visitor.page
    await visitor.goto("/queue?q=lamp+status:opn")
    await expect(page.locator(".tc-flaw mark")).to_have_text("opn")
    field = page.get_by_role("searchbox", name="Search incidents")
    await expect(field).to_be_focused()
    await page.keyboard.type("open")
    await expect(field).to_have_value("lamp status:open")
    visitor.complaints.clear()  # the page is a 422, which a browser tells in its console


async def test_likely_duplicates_show_while_the_title_is_written(visit: Visit) -> None:
    visitor = await visit("manager")
    page = visitor.page
    known = visitor.site.api("manager").post(API, json={"title": "Conveyor hums in a strange way"}).json()
    await visitor.goto("/incidents/new")
    await page.get_by_label("Title").fill("")
    await page.get_by_label("Title").press_sequentially("Conveyor hums strangely", delay=5)
    await expect(page.locator("#new-similar")).to_contain_text(known["reference_code"])
