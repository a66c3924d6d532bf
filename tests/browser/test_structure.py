"""Merging, and work on all that match, in a browser: seen first, done, and taken back."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_queue import API, make


async def test_all_that_match_are_shown_changed_and_put_back(visit: Visit) -> None:
    visitor = await visit("manager")
    page, api = visitor.page, visitor.site.api()
    made = [make(visitor.site, f"Quokka {n}") for n in range(3)]
    await visitor.goto("/queue?q=Quokka&sort=created_at")
    await page.locator("input[name=ref]").first.click()
    await page.get_by_label("All 3 that match").check()
    await page.locator("#bulk").get_by_role("button", name="Close").click()
    await expect(page.get_by_role("heading", name="3 incidents")).to_be_visible()
    await page.get_by_role("button", name="Change 3 incidents").click()
    await expect(page.get_by_text("3 of 3 incidents")).to_be_visible()
    assert {api.get(f"{API}/{one['id']}").json()["status"]["slug"] for one in made} == {"closed"}
    await page.get_by_role("button", name="Undo all of it").click()
    await expect(page.get_by_text("Undone for 3 incidents")).to_be_visible()
    assert {api.get(f"{API}/{one['id']}").json()["status"]["slug"] for one in made} == {"open"}


async def test_a_duplicate_is_merged_by_its_words_and_parted_again(visit: Visit) -> None:
    visitor = await visit("agent")
    page = visitor.page
    one, two = make(visitor.site, "Zebra crossing dark"), make(visitor.site, "Zebra lights are out")
    await visitor.goto(f"/incidents/{one['reference_code']}")
    await page.locator("#links").get_by_role("button", name="Merge it into another").click()
    visitor.site.api().post(f"{API}/{one['id']}/transition", json={"status": "triaged"}).raise_for_status()
    await expect(page.locator("#incident .tc-pick").first).to_contain_text("Triaged")
    await page.get_by_label("Find incidents").fill("lights are out")  # the form stays open whatever happens beneath it
    await page.locator("#merge-list").get_by_text("Zebra lights are out").click()
    await page.get_by_role("button", name="Merge", exact=True).click()
    await expect(page.get_by_role("status").get_by_text(f"goes on in {two['reference_code']}")).to_be_visible()
    await visitor.goto(f"/incidents/{one['reference_code']}")
    await expect(page.get_by_text("Merged: it goes on in")).to_be_visible()
    await page.get_by_role("button", name="Undo the merge").click()
    await expect(page.get_by_text("Merged: it goes on in")).to_be_hidden()
    await expect(page.get_by_role("status").get_by_text("Undone")).to_be_visible()


async def test_the_room_follows_what_others_say_and_keeps_what_is_being_written(visit: Visit) -> None:
    visitor = await visit("manager")
    page, api = visitor.page, visitor.site.api()
    one = make(visitor.site, "Every line stands")
    api.post(f"{API}/{one['id']}/major", json={"reason": "All of it"}).raise_for_status()
    await visitor.goto(f"/incidents/{one['reference_code']}/major")
    await page.get_by_label("Status update").fill("Half a sen")
    await page.get_by_role("heading", name="Updates").click()
    said = {"body": "It is the **core switch**", "stage": "identified"}
    api.post(f"{API}/{one['id']}/major/updates", json=said).raise_for_status()
    await expect(page.locator("#h-updates").locator("xpath=../..").get_by_text("core switch")).to_be_visible()
    await expect(page.locator(".tc-badge.is-breach")).to_have_text("Cause identified")
    await expect(page.get_by_label("Status update")).to_have_value("Half a sen")
