"""The pictures of an incident, looked at without leaving its page."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.conftest import Site, Visit
from tests.browser.test_everywhere import violations
from tests.collaboration.bombs import picture

API = "/api/incidents/v1/incidents"


async def test_pictures_open_above_the_page(visit: Visit, site: Site) -> None:
    with site.api("agent") as api:
        incident = api.post(API, json={"title": "The lift shows hieroglyphs"}).raise_for_status().json()
        for color in ("red", "blue"):
            file = (f"{color}.png", picture(size=(800, 600), color=color), "image/png")
            api.post(f"{API}/{incident['id']}/attachments", files={"file": file}).raise_for_status()
    visitor = await visit("agent")
    page = visitor.page
    pictures = page.locator("[data-picture]")
    await visitor.goto(f"/incidents/{incident['reference_code']}")
    await expect(pictures).to_have_count(
        2, timeout=20_000
    )  # the worker makes the thumbnails, and the page finds them by itself
    await pictures.first.click()
    viewer = page.locator("dialog.tc-viewer")
    await expect(viewer.locator("figcaption")).to_have_text("blue.png (1/2)")
    await expect(viewer.locator("img")).to_have_js_property("naturalWidth", 800)
    assert await violations(page) == []
    await page.keyboard.press("ArrowRight")
    await expect(viewer.locator("figcaption")).to_have_text("red.png (2/2)")
    await viewer.get_by_label("Next picture").click()
    await expect(viewer.locator("figcaption")).to_have_text("blue.png (1/2)")
    await page.keyboard.press("Escape")
    await expect(viewer).to_be_hidden()
    await expect(pictures.first).to_be_focused()
