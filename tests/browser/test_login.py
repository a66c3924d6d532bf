"""Logging in and out, as a person does."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.conftest import Visit


async def test_a_wrong_password_is_said_beside_the_field_and_a_right_one_leads_on(visit: Visit) -> None:
    visitor = await visit(None, allowed=("status of 422",))
    login, page = visitor.site.login("agent"), visitor.page
    await visitor.goto("/queue?status=open")
    await page.get_by_label("E-mail").fill(login["email"])
    await page.get_by_label("Password").fill("wrong")
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Password")).to_be_focused()
    await expect(page.get_by_label("Password")).to_have_attribute("aria-invalid", "true")
    await expect(page.get_by_label("E-mail")).to_have_value(login["email"])
    await page.get_by_label("Password").fill(login["password"])
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/queue?status=open")
    await expect(page.get_by_role("heading", name="Queue")).to_be_visible()


async def test_logging_out_ends_the_session(visit: Visit) -> None:
    visitor = await visit("viewer")
    await visitor.goto("/queue")
    await visitor.page.locator("[popovertarget=account-menu]").click()
    await visitor.page.get_by_role("button", name="Log out").click()
    await visitor.page.wait_for_url("**/login")
    await visitor.goto("/queue")
    assert "/login?next=" in visitor.page.url
