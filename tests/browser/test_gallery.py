"""The pictures of an incident, looked at without leaving its page."""

from __future__ import annotations

from playwright.async_api import FilePayload, expect

from tests.browser.conftest import Site, Visit
from tests.browser.test_everywhere import violations
from tests.collaboration.bombs import ZEROS, picture, zipped

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
    async with page.expect_download() as download:
        await viewer.get_by_role("link", name="blue.png").click()
    assert (await download.value).suggested_filename == "blue.png"
    assert await violations(page) == []
    await page.keyboard.press("ArrowRight")
    await expect(viewer.locator("figcaption")).to_have_text("red.png (2/2)")
    await viewer.get_by_label("Next picture").click()
    await expect(viewer.locator("figcaption")).to_have_text("blue.png (1/2)")
    await page.keyboard.press("Escape")
    await expect(viewer).to_be_hidden()
    await expect(pictures.first).to_be_focused()


async def test_a_file_that_is_refused_is_told_where_the_keyboard_is(visit: Visit, site: Site) -> None:
    """And what was written and chosen stays."""
    with site.api("agent") as api:
        incident = api.post(API, json={"title": "The lift shows hieroglyphs"}).raise_for_status().json()
    visitor = await visit("agent", allowed=("422",))
    page = visitor.page
    await visitor.goto(f"/incidents/{incident['reference_code']}")
    composer = page.locator("[data-composer]")
    bomb = FilePayload(name="logs.zip", mimeType="application/zip", buffer=zipped(zeros__bin=ZEROS))
    await composer.locator("input[type=file]").set_input_files([bomb])
    await composer.locator("textarea").fill("What is in here?")
    await composer.get_by_role("button", name="Reply").click()
    await expect(composer.get_by_role("alert")).to_contain_text("logs.zip unfolds into far more than it is")
    await expect(composer.locator("input[type=file]")).to_be_focused()
    await expect(composer.locator("progress")).to_be_hidden()
    await expect(composer.locator("textarea")).to_have_value("What is in here?")
    await composer.get_by_role("button", name="logs.zip").click()
    await composer.get_by_role("button", name="Reply").click()
    await expect(page.get_by_text("The reply is sent")).to_be_visible()
    await expect(composer.get_by_role("button", name="Reply")).to_be_focused()
    await page.context.set_offline(True)
    await composer.locator("input[type=file]").set_input_files(
        [FilePayload(name="later.bin", mimeType="text/plain", buffer=b"later")]
    )
    visitor.allowed += ("ERR_INTERNET_DISCONNECTED", "network", "Failed to fetch")
    await composer.get_by_role("button", name="Reply").click()
    await expect(page.get_by_text("The server cannot be reached.")).to_be_visible()
    await expect(composer.locator("progress")).to_be_hidden()
    await page.context.set_offline(False)
