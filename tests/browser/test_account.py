"""The demo's one click, the profile that acts at once, the public pages from the form to an answer."""

from __future__ import annotations

import re

from playwright.async_api import FilePayload, expect

from tests.browser.conftest import Visit
from tests.browser.test_everywhere import violations

DROP = """
(box, names) => {
  const data = new DataTransfer();
  for (const name of names) data.items.add(new File(["content of " + name], name, { type: "text/plain" }));
  box.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
}
"""


async def test_one_click_lets_into_the_demo(visit: Visit) -> None:
    visitor = await visit(None)
    await visitor.goto("/login?next=/profile")
    await visitor.page.get_by_role("button", name="Viewer").first.click()
    await visitor.page.wait_for_url("**/profile")
    await expect(visitor.page.get_by_role("heading", name="Greta Baum")).to_be_visible()


async def test_a_theme_acts_at_once_and_stays(visit: Visit) -> None:
    visitor = await visit("viewer")
    page = visitor.page
    await visitor.goto("/profile")
    for theme in ("Dark", "Light", "Dark"):
        async with page.expect_response(
            lambda answer: answer.url.endswith("/profile") and answer.request.method == "GET"
        ):
            await page.get_by_role("radio", name=theme, exact=True).check()
        await expect(page.locator("html")).to_have_attribute("data-theme", theme.lower())
    await expect(page.get_by_role("button", name="Save looks")).to_be_hidden()
    await visitor.goto("/queue")
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    await visitor.goto("/profile")
    async with page.expect_response(lambda answer: answer.url.endswith("/profile") and answer.request.method == "GET"):
        await page.get_by_role("radio", name="As the system").check()
    assert await page.locator("html").get_attribute("data-theme") is None


async def test_looks_are_saved_by_a_button_without_a_script(visit: Visit) -> None:
    visitor = await visit("viewer", java_script_enabled=False)
    await visitor.goto("/profile")
    await visitor.page.get_by_role("radio", name="Roomy").check()
    await visitor.page.get_by_role("button", name="Save looks").click()
    await expect(visitor.page.locator("html")).to_have_attribute("data-density", "roomy")


async def test_a_reporter_goes_from_the_form_to_an_answer(visit: Visit) -> None:
    visitor = await visit(None, allowed=("status of 422",), viewport={"width": 320, "height": 640}, locale="de-DE")
    page = visitor.page
    await visitor.goto("/p/acme")
    await page.get_by_label("Was ist nicht in Ordnung?").fill("Der Aufzug steckt")
    box = page.locator(".tc-drop")
    await box.evaluate(DROP, ["a.txt", "b.txt"])
    await box.evaluate(DROP, ["c.txt"])
    await expect(page.locator("[data-chosen] li")).to_have_count(3)
    await page.get_by_role("button", name="b.txt entfernen").click()
    await expect(page.locator("[data-chosen] li")).to_have_count(2)
    await box.evaluate(DROP, [f"{n}.txt" for n in range(4)])
    await expect(page.locator("[data-chosen] li")).to_have_count(5)
    await expect(page.locator("[data-refused]")).to_contain_text("Höchstens 5 Dateien.")
    await page.get_by_role("button", name="Meldung senden").click()
    await expect(page.get_by_label("Ihre E-Mail-Adresse")).to_be_focused()
    await page.get_by_label("Ihre E-Mail-Adresse").fill("mira@visitor.example")
    await page.locator(".tc-drop").evaluate(DROP, ["photo.txt"])
    await page.get_by_role("button", name="Meldung senden").click()
    await expect(page.get_by_role("heading", name="Danke")).to_be_visible()
    assert await violations(page) == []
    code = await page.get_by_text(re.compile(r"INC-\d{6}")).inner_text()
    await page.get_by_role("link", name="Meldung verfolgen").click()
    await expect(page.locator("[aria-current=step]")).to_contain_text("Eingegangen")
    await page.get_by_label("Ihre Antwort").fill("Im dritten Stock.")
    await page.get_by_role("button", name="Antwort senden").click()
    await expect(page.get_by_text("Ihre Antwort wurde gesendet.")).to_be_visible()
    await expect(page.get_by_role("article")).to_contain_text("Im dritten Stock.")
    assert await violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth") == 320
    with visitor.site.api("agent") as api:
        found = api.get(f"/api/incidents/v1/incidents/{code}/attachments").json()["items"]
    assert [file["filename"] for file in found] == ["photo.txt"]


async def test_the_public_pages_work_without_a_script(visit: Visit) -> None:
    visitor = await visit(None, java_script_enabled=False)
    page = visitor.page
    await visitor.goto("/p/globex")
    await page.get_by_label("What is wrong?").fill("No receipt")
    await page.get_by_label("Your e-mail").fill("mira@visitor.example")
    await page.get_by_label("Photos or files").set_input_files(
        FilePayload(name="a.txt", mimeType="text/plain", buffer=b"a")
    )
    await page.get_by_role("button", name="Send report").click()
    await page.get_by_role("link", name="Follow your report").click()
    await page.get_by_label("Your answer").fill("It was on Monday.")
    await page.get_by_role("button", name="Send answer").click()
    await expect(page.get_by_text("Your answer has been sent.")).to_be_visible()
