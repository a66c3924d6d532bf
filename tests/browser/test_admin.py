"""The administration as a person uses it."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.conftest import Visit


async def test_a_move_is_forbidden_in_the_table_and_gone_from_the_graph(visit: Visit) -> None:
    visitor = await visit("admin", "globex")
    page = visitor.page
    await visitor.goto("/admin/statuses")
    await page.locator("svg.tc-graph a", has_text="Triaged").focus()
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/admin/statuses?chosen=triaged")
    assert await page.locator(".tc-edge.is-from").count() == 5
    await page.get_by_label("Triaged may go to Closed").uncheck()
    await expect(page.get_by_text("1 changed, not saved yet")).to_be_visible()
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_label("Triaged may go to Closed")).to_be_checked()
    await page.get_by_label("Triaged may go to Closed").uncheck()
    await page.get_by_role("button", name="Save moves").click()
    await expect(page.get_by_text("The moves of 1 status were changed.")).to_be_visible()
    assert await page.locator(".tc-edge.is-from").count() == 4
    await page.get_by_label("Triaged may go to Closed").check()
    await page.get_by_role("button", name="Save moves").click()


async def test_a_ladder_grows_by_its_buttons_and_keeps_what_was_typed(visit: Visit) -> None:
    visitor = await visit("admin", "globex")
    page = visitor.page
    await visitor.goto("/admin/escalation/new")
    await page.get_by_label("Name").fill("Out of hours")
    await page.get_by_label("Who").first.select_option("user:owner")
    await page.get_by_role("button", name="Add step").click()
    await expect(page.get_by_label("Step 2: wait")).to_be_focused()
    await expect(page.get_by_label("Name")).to_have_value("Out of hours")
    await page.get_by_label("What is done").nth(1).select_option("raise_priority")
    await expect(page.get_by_label("Who").nth(1)).to_be_hidden()
    await page.get_by_role("button", name="Save", exact=True).last.click()
    await expect(page.get_by_text("It does nothing until you activate it.")).to_be_visible()
    await page.get_by_role("button", name="Delete", exact=True).click()
    await page.get_by_role("button", name="Delete for good").click()
    await page.wait_for_url("**/admin/escalation")


async def test_a_token_is_copied_and_never_seen_again(visit: Visit) -> None:
    visitor = await visit("admin", "globex", permissions=["clipboard-read", "clipboard-write"])
    page = visitor.page
    await visitor.goto("/admin/tokens/new")
    await page.get_by_role("textbox", name="Name").fill("Browser test")
    await page.get_by_label("Acts as").select_option("viewer")
    await page.get_by_role("button", name="Make token").click()
    token = await page.locator("#fresh-token").inner_text()
    await page.get_by_role("button", name="Copy").click()
    await expect(page.get_by_text("Copied")).to_be_visible()
    assert await page.evaluate("navigator.clipboard.readText()") == token
    await visitor.goto("/admin/tokens")
    assert token not in await page.content()
    await page.get_by_role("button", name="Revoke Browser test").click()
    await expect(page.get_by_text("The token Browser test was revoked.")).to_be_visible()


async def test_the_preview_follows_the_colour(visit: Visit) -> None:
    visitor = await visit("admin", "globex", allowed=("status of 422",))
    page = visitor.page
    await visitor.goto("/admin/branding")
    await page.locator("#branding-brand_color").fill("#0b5c4f")
    await expect(page.get_by_text("White text on it has a contrast of 7.9 to 1")).to_be_visible()
    await expect(page.locator(".tc-preview rect[fill='#0b5c4f']").first).to_be_visible()
    await page.locator("#branding-brand_color").fill("teal")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator("#branding-brand_color")).to_be_focused()
    await expect(page.get_by_text("Give a colour as #rrggbb")).to_be_visible()


async def test_the_record_is_verified_in_place(visit: Visit) -> None:
    visitor = await visit("manager", "globex")
    await visitor.goto("/admin/audit?type=LoggedIn")
    await visitor.page.get_by_role("button", name="Verify").click()
    await expect(visitor.page.get_by_text("The record is whole")).to_be_visible()
    assert "type=LoggedIn" in visitor.page.url


async def test_without_scripts_people_and_ladders_are_kept_too(visit: Visit) -> None:
    visitor = await visit("admin", "globex", java_script_enabled=False)
    page = visitor.page
    await visitor.goto("/admin/people/new")
    await page.get_by_label("Name").fill("No Script")
    await page.get_by_label("E-mail").fill("no.script@globex.example")
    await page.get_by_label("Agent").check()
    await page.get_by_role("button", name="Add person").click()
    await expect(page.get_by_text("No Script was added.")).to_be_visible()
    await visitor.goto("/admin/escalation/new")
    await page.get_by_role("button", name="Add step").click()
    await expect(page.get_by_label("Step 2: wait")).to_have_value("15")


async def test_focus_is_seen(visit: Visit) -> None:
    """A ring in the accent, two pixels wide, on links as on buttons: in the console and on the public pages."""
    visitor = await visit("admin", "globex", color_scheme="light", reduced_motion="reduce")
    page = visitor.page
    for path, links in (("/admin/people", "tbody a"), ("/admin/people", ".tc-bar a.btn"), ("/p/globex", "header a")):
        await visitor.goto(path)
        await page.keyboard.press("Tab")
        await page.locator(links).first.focus()
        ring = await page.locator(links).first.evaluate("(one) => getComputedStyle(one).outline")
        assert ring.endswith(" solid 2px"), (links, ring)
