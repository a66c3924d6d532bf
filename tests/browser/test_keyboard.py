"""The whole way without a pointer: from the login to a resolved incident, by keys alone."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.test_queue import API, make

FOCUSED = """() => {
  const at = document.activeElement;
  const label = at.labels?.[0]?.textContent ?? at.getAttribute('aria-label') ?? at.textContent;
  return (label ?? '').replace(/\\s+/g, ' ').trim();
}"""


async def tab_to(page: Page, name: str) -> None:
    """Press Tab until what begins with `name` has the focus, as somebody does who has no pointer."""
    passed = []
    for _ in range(80):
        await page.keyboard.press("Tab")
        passed.append(await page.evaluate(FOCUSED))
        if passed[-1].startswith(name):
            return
    raise AssertionError(f"{name} is not reached by Tab; passed: {passed}")


async def test_from_login_to_resolution(visit: Visit) -> None:
    visitor = await visit(None)
    page, login = visitor.page, visitor.site.login("manager")
    incident = make(visitor.site, "Handsfree: the printer is on fire")
    await visitor.goto("/queue?q=Handsfree")
    await expect(page.get_by_label("E-mail")).to_be_focused()
    await page.keyboard.type(login["email"])
    await tab_to(page, "Password")
    await page.keyboard.type(login["password"])
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/queue?q=Handsfree")
    await page.keyboard.press("j")
    await expect(page.get_by_role("link", name="Handsfree")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#incident")).to_be_visible()
    await page.keyboard.press("i")
    await expect(page.locator("[data-key=a]")).not_to_contain_text("Nobody")
    await page.keyboard.press("r")
    await page.keyboard.type("We are on our way.")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_role("article", name="Public reply by")).to_contain_text("We are on our way.")
    await page.keyboard.press("Escape")
    await tab_to(page, "Resolve")
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Resolve")
    await expect(dialog).to_be_visible()
    await expect(dialog.get_by_role("textbox")).to_be_focused()
    await page.keyboard.type("Put out.")
    await tab_to(page, "Resolve")
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-key=s]")).to_contain_text("Resolved")
    assert visitor.site.api().get(f"{API}/{incident['id']}").json()["status"]["slug"] == "resolved"
