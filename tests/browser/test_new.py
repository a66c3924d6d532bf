"""Recording an incident as a person does: a draft that outlives a reload, a preview, files, problems beside the fields."""

from __future__ import annotations

from playwright.async_api import FilePayload, expect

from tests.browser.conftest import Visit

NEW = "/incidents/new"


def a_file(name: str) -> FilePayload:
    return {"name": name, "mimeType": "text/plain", "buffer": name.encode()}


async def test_what_was_begun_outlives_a_reload_and_goes_once_it_is_recorded(visit: Visit) -> None:
    visitor = await visit("agent")
    page = visitor.page
    await visitor.goto(NEW)
    await expect(page.get_by_label("Title")).to_be_focused()
    await page.keyboard.type("Begun and kept")
    await page.get_by_label("Description").fill("Since *this morning*")
    await page.get_by_label("Priority").select_option("critical")
    await page.reload()
    await expect(page.get_by_text("What you had begun to write is back.")).to_be_visible()
    await expect(page.get_by_label("Title")).to_have_value("Begun and kept")
    await expect(page.get_by_label("Priority")).to_have_value("critical")
    await page.get_by_role("button", name="Preview").click()
    await expect(page.locator("#new-preview em")).to_have_text("this morning")
    await page.get_by_role("button", name="Write").click()
    await page.get_by_role("button", name="Record the incident").click()
    await page.wait_for_url("**/incidents/INC-*")
    await expect(page.locator("#toasts")).to_contain_text("is recorded.")
    await visitor.goto(NEW)
    await expect(page.get_by_label("Title")).to_have_value("")
    await expect(page.get_by_text("What you had begun to write is back.")).to_be_hidden()


async def test_a_problem_takes_the_focus_and_files_go_with_the_rest(visit: Visit) -> None:
    visitor = await visit("agent", allowed=("status of 422",))
    page, api = visitor.page, visitor.site.api()
    await visitor.goto(NEW)
    await page.get_by_label("Impact").fill("The whole hall")
    await page.get_by_role("button", name="Record the incident").click()
    await expect(page.get_by_label("Title")).to_be_focused()
    await expect(page.get_by_label("Title")).to_have_attribute("aria-invalid", "true")
    await expect(page.get_by_label("Impact")).to_have_value("The whole hall")
    for name in ("one", "two"):
        await page.locator("input[type=file]").set_input_files(a_file(f"{name}.txt"))
    await expect(page.locator("[data-chosen] li")).to_have_count(2)
    await page.get_by_role("button", name="Remove: one.txt").click()
    await page.get_by_label("Title").fill("With a file")
    await page.get_by_role("button", name="Record the incident").dblclick()
    await page.wait_for_url("**/incidents/INC-*")
    reference = page.url.rpartition("/")[2]
    files = api.get(f"/api/incidents/v1/incidents/{reference}/attachments").json()["items"]
    assert [file["filename"] for file in files] == ["two.txt"]
    found = api.get("/api/incidents/v1/incidents", params={"q": '"with a file"'}).json()["items"]
    assert len(found) == 1


async def test_without_a_script_it_records_with_a_file(visit: Visit) -> None:
    visitor = await visit("agent", java_script_enabled=False)
    page = visitor.page
    await visitor.goto(NEW)
    await page.get_by_label("Title").fill("Without a script")
    await page.locator("input[type=file]").set_input_files(a_file("a.txt"))
    await page.get_by_role("button", name="Record the incident").click()
    await page.wait_for_url("**/incidents/INC-*")


async def test_the_calendar_turns_by_keys(visit: Visit) -> None:
    visitor = await visit("viewer")
    page = visitor.page
    await visitor.goto("/calendar?month=2026-03")
    await expect(page.get_by_role("heading", name="March 2026", level=2)).to_be_visible()
    await page.keyboard.press("j")
    await expect(page.get_by_role("heading", name="April 2026", level=2)).to_be_visible()
    await page.wait_for_load_state()
    await page.keyboard.press("w")
    await page.wait_for_url("**/calendar?week=2026-W14")
    await page.wait_for_load_state()
    await page.keyboard.press("t")
    await expect(page.locator(".tc-day.is-today")).to_be_visible()


async def test_on_a_phone_what_may_be_known_already_fits(visit: Visit) -> None:
    visitor = await visit("agent", viewport={"width": 360, "height": 760})
    page = visitor.page
    await visitor.goto(NEW)
    await page.get_by_label("Title").fill("No labels from printers at dock B")
    await expect(page.get_by_role("heading", name="Perhaps known already")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    await page.get_by_role("button", name="Record the incident").click(trial=True)
