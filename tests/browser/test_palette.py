"""The command palette, keys, the list of keys, forms that are not sent twice: by hand, in a browser."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.conftest import Site, Visit
from tests.browser.test_everywhere import violations


def first(site: Site) -> dict[str, str]:
    """Some incident of the demo."""
    with site.api() as api:
        found: dict[str, str] = api.get("/api/incidents/v1/incidents?limit=1").json()["items"][0]
    return found


async def stand_in(page: Page) -> None:
    """An incident's page, which is tested elsewhere."""
    await page.route(
        "**/incidents/INC-*", lambda route: route.fulfill(body="<title>Incident</title>", content_type="text/html")
    )


async def test_the_palette_finds_an_incident_by_keyboard_alone(visit: Visit, site: Site) -> None:
    visitor, incident = await visit("agent"), first(site)
    page, code = visitor.page, incident["reference_code"]
    await stand_in(page)
    await visitor.goto("/queue")
    await page.keyboard.press("Control+k")
    field = page.get_by_role("combobox")
    await expect(field).to_be_focused()
    await page.keyboard.type(code)
    chosen = page.get_by_role("option", selected=True)
    await expect(chosen).to_contain_text(incident["title"])
    assert await field.get_attribute("aria-activedescendant") == await chosen.get_attribute("id")
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_role("option", selected=True)).not_to_contain_text(incident["title"])
    await page.keyboard.press("ArrowUp")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    assert page.url.endswith(f"/incidents/{code}")
    await visitor.goto("/queue")
    await page.keyboard.press("Control+k")
    await expect(page.get_by_role("group", name="Recently opened")).to_contain_text(incident["title"])
    await page.keyboard.press("Escape")
    await expect(page.locator("#palette")).to_be_hidden()


async def test_what_is_typed_fast_and_entered_is_what_opens(visit: Visit, site: Site) -> None:
    visitor, incident = await visit("agent"), first(site)
    await stand_in(visitor.page)
    await visitor.goto("/queue")
    await visitor.page.keyboard.press("Control+k")
    await visitor.page.keyboard.type(incident["reference_code"])
    await visitor.page.keyboard.press("Enter")
    await visitor.page.wait_for_url(f"**/incidents/{incident['reference_code']}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_in_what_lies_over_a_screen(visit: Visit, scheme: Any) -> None:
    visitor = await visit("admin", color_scheme=scheme, reduced_motion="reduce")
    page = visitor.page
    await visitor.goto("/queue")
    await page.keyboard.press("?")
    await expect(page.locator("#keys")).to_be_visible()
    assert await violations(page) == []
    await page.keyboard.press("Escape")
    await expect(page.locator("#keys")).to_be_hidden()
    await page.keyboard.press("Control+k")
    for text in ("in", "nothingiscalledthis"):
        await page.get_by_role("combobox").fill(text)
        await expect(page.get_by_role("option").last).to_contain_text(f"“{text}”")
        assert await violations(page) == []


async def test_the_palette_fills_a_phone(visit: Visit) -> None:
    visitor = await visit("agent", viewport={"width": 390, "height": 844}, has_touch=True)
    await visitor.goto("/menu")
    await visitor.page.get_by_role("banner").get_by_role("button", name="Jump to").tap()
    box = await visitor.page.locator("#palette").bounding_box()
    assert box is not None
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 390, 844)
    assert await visitor.page.evaluate("document.documentElement.scrollWidth") == 390


async def test_keys_go_and_are_listed_and_rest_while_one_types(visit: Visit) -> None:
    visitor = await visit("agent")
    page = visitor.page
    await visitor.goto("/menu")
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.keyboard.press("/")
    await expect(page.get_by_role("combobox")).to_be_focused()
    await page.keyboard.type("?gq")
    await expect(page.get_by_role("combobox")).to_have_value("?gq")
    await page.keyboard.press("Escape")
    await expect(page.locator("#palette")).to_be_hidden()
    async with page.expect_navigation():
        await page.keyboard.type("gq")
    assert page.url.endswith("/queue")


async def test_keys_that_are_switched_off_do_nothing(visit: Visit, site: Site) -> None:
    visitor = await visit("agent")
    page = visitor.page

    async def without_keys(route: Route) -> None:
        answer = await route.fetch()
        body = (await answer.text()).replace("&#34;keys&#34;:true", "&#34;keys&#34;:false")
        await route.fulfill(response=answer, body=body)

    await page.route("**/menu", without_keys)
    await visitor.goto("/menu")
    await page.keyboard.press("?")
    await expect(page.locator("#keys")).to_be_hidden()
    await page.locator("main").get_by_role("button", name="Keys").click()
    await expect(page.locator("#keys")).to_be_visible()


async def test_a_form_is_sent_once_however_often_its_button_is_pressed(visit: Visit) -> None:
    visitor = await visit("agent")
    page, sent = visitor.page, []

    async def slow(route: Route) -> None:
        sent.append(route.request.method)
        await asyncio.sleep(0.6)
        await route.continue_()

    await page.route("**/logout", slow)
    await visitor.goto("/menu")
    button = page.locator("main form button")
    state = await button.evaluate(
        """async (button) => {
          button.click();
          button.click();
          await new Promise((wait) => setTimeout(wait, 300));
          return [button.disabled, button.textContent];
        }"""
    )
    assert state == [True, "Saving"]
    await page.wait_for_url("**/login")
    assert sent == ["POST"]


async def test_an_expired_session_leads_from_the_palette_to_the_login_and_back(visit: Visit, site: Site) -> None:
    visitor = await visit("agent", allowed=("status of 401",))
    await visitor.context.route("**/live*", lambda route: route.abort())
    visitor.allowed += ("net::ERR",)
    await visitor.goto("/queue?status=open")
    await visitor.context.clear_cookies()
    await visitor.page.keyboard.press("Control+k")
    await expect(visitor.page).to_have_url(re.compile(r"/login\?next=/queue%3Fstatus%3Dopen$"))
