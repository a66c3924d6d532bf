"""Working on an incident's page, as people do."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import FilePayload, Page, expect

from tests.browser.conftest import Site, Visit
from tests.browser.test_everywhere import UNFIT, violations

API = "/api/incidents/v1/incidents"


@pytest.fixture
def incident(site: Site) -> dict[str, Any]:
    """A fresh incident of the demo's first tenant."""
    with site.api("manager") as api:
        made = api.post(API, json={"title": "Turnstiles are dark", "priority": "high", "description": "Both of them"})
        found: dict[str, Any] = made.raise_for_status().json()
        return found


def read(site: Site, incident: dict[str, Any], *more: str) -> Any:
    with site.api("admin") as api:
        return api.get("/".join((API, incident["id"], *more))).raise_for_status().json()


def say(site: Site, incident: dict[str, Any], body: str) -> None:
    with site.api("admin") as api:
        api.post(f"{API}/{incident['id']}/comments", json={"body": body}).raise_for_status()


async def happened(page: Page, incident: dict[str, Any]) -> None:
    """What the live hub dispatches when something happened to an incident."""
    script = "id => document.dispatchEvent(new CustomEvent('tocsin:event', {detail: {type: 'CommentAdded', incident: {id}}}))"
    await page.evaluate(script, incident["id"])


async def test_a_draft_outlives_a_reload_and_a_note_goes_out_with_its_file(
    visit: Visit, site: Site, incident: dict[str, Any]
) -> None:
    visitor = await visit("agent")
    page = visitor.page
    await visitor.goto(f"/incidents/{incident['reference_code']}")
    await page.keyboard.press("n")
    await page.keyboard.type("Licence is **gone**")
    await expect(page.locator("[data-draft-note]")).to_contain_text("Draft kept")
    await page.reload()
    text = page.get_by_label("Text, in Markdown")
    await expect(text).to_have_value("Licence is **gone**")
    await expect(page.get_by_role("radio", name="Internal note")).to_be_checked()
    await expect(page.locator("[data-draft-note]")).to_contain_text("is back")
    await expect(page.get_by_role("button", name="Add note")).to_be_visible()
    await page.get_by_role("button", name="Preview").click()
    await expect(page.locator("#composer-preview strong")).to_have_text("gone")
    await page.get_by_role("button", name="Preview").click()
    await page.locator("#composer input[type=file]").set_input_files(
        FilePayload(name="licence.txt", mimeType="text/plain", buffer=b"x" * 300_000)
    )
    await expect(page.locator("#composer-files")).to_contain_text("licence.txt")
    await text.focus()
    await page.keyboard.press("Control+Enter")
    note = page.get_by_role("article", name=re.compile("Internal note by"))
    await expect(note).to_contain_text("Licence is gone")
    await expect(note).to_contain_text("licence.txt")
    await expect(page.locator(".tc-toast")).to_contain_text("The note is added")
    await expect(text).to_have_value("")
    await page.reload()
    await expect(text).to_have_value("")
    assert [one["is_internal"] for one in read(site, incident, "comments")["items"]] == [True]


async def test_keys_open_dialogs_and_the_toast_takes_an_act_back(
    visit: Visit, site: Site, incident: dict[str, Any]
) -> None:
    visitor = await visit("manager", allowed=("status of 422",))
    page = visitor.page
    await visitor.goto(f"/incidents/{incident['reference_code']}")
    await page.keyboard.press("e")
    dialog = page.get_by_role("dialog", name="Escalate")
    await expect(dialog).to_be_visible()
    assert await violations(page) == []
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await page.keyboard.press("a")
    assigning = page.get_by_role("dialog", name="Assign")
    await assigning.get_by_label("Find people").press_sequentially("priya", delay=20)
    await assigning.locator(".tc-person", has_text="Priya Raman").click()
    await assigning.get_by_role("button", name="Assign").click()
    await expect(page.locator("[data-key=a]")).to_contain_text("Priya Raman")
    await expect(assigning).to_have_count(0)
    await page.locator(".tc-toast").get_by_role("button", name="Undo").click()
    await expect(page.locator("[data-key=a]")).to_contain_text("Nobody")
    await page.keyboard.press("i")
    await expect(page.locator("[data-key=a]")).not_to_contain_text("Nobody")
    await page.keyboard.press("s")
    await page.locator("#pick-status").get_by_role("button", name="Waiting").click()
    await expect(page.locator("[data-key=s]")).to_contain_text("Waiting")
    await expect(page.locator(".tc-clocks")).to_contain_text("Paused")
    assert read(site, incident)["status"]["slug"] == "waiting"
    text = page.get_by_label("Text, in Markdown")
    await text.press_sequentially("Ask @pri", delay=20)
    await expect(page.get_by_role("option", name="Priya Raman")).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(text).to_have_value("Ask @Priya Raman ")


async def test_tasks_by_keyboard(visit: Visit, site: Site, incident: dict[str, Any]) -> None:
    visitor = await visit("agent")
    page = visitor.page
    await visitor.goto(f"/incidents/{incident['reference_code']}")
    field = page.get_by_label("New task")
    for title in ("First", "Second", "Third"):
        await field.fill(title)
        await field.press("Enter")
        await expect(page.locator(".tc-task-title", has_text=title)).to_be_visible()
        await expect(field).to_have_value("")
        await expect(field).to_be_focused()
    await page.get_by_role("checkbox", name="Third").focus()
    await page.keyboard.press("Alt+ArrowUp")
    await expect(page.locator(".tc-task-title").nth(1)).to_have_text("Third")
    await expect(page.get_by_role("checkbox", name="Third")).to_be_focused()
    await page.keyboard.press("Alt+ArrowUp")
    await expect(page.locator(".tc-task-title").nth(0)).to_have_text("Third")
    await page.keyboard.press("Space")
    await expect(page.get_by_role("checkbox", name="Third")).to_be_checked()
    rows = page.locator("[data-task]")
    await rows.nth(0).locator(".tc-grip").drag_to(rows.nth(2), target_position={"x": 60, "y": 28})
    await expect(page.locator(".tc-task-title").nth(2)).to_have_text("Third")
    assert [one["title"] for one in read(site, incident, "tasks")["items"]] == ["First", "Second", "Third"]


async def test_a_field_is_edited_in_place_and_a_conflict_is_a_choice(
    visit: Visit, site: Site, incident: dict[str, Any]
) -> None:
    visitor = await visit("agent", allowed=("status of 412",))
    page = visitor.page
    await visitor.goto(f"/incidents/{incident['reference_code']}")
    edit = page.get_by_role("button", name=re.compile("^Edit: Title"))
    await edit.click()
    field = page.get_by_role("textbox", name="Title")
    await expect(field).to_be_focused()
    await field.fill("Not this")
    await page.keyboard.press("Escape")
    await expect(edit).to_be_focused()
    await expect(edit).to_have_text("Turnstiles are dark")
    await edit.press("Enter")
    await field.fill("Turnstiles C are dark")
    await page.keyboard.press("Enter")
    await expect(edit).to_have_text("Turnstiles C are dark")
    await expect(edit).to_be_focused()
    await edit.press("Enter")
    await field.fill("Mine")
    with site.api("admin") as api:
        api.put(f"{API}/{incident['id']}", json={"title": "Theirs"}).raise_for_status()
    await page.keyboard.press("Enter")
    choice = page.locator(".tc-conflict")
    await expect(choice).to_contain_text("Theirs")
    await expect(page.get_by_label("Mine, still to be saved")).to_have_value("Mine")
    assert await violations(page) == []
    await page.get_by_role("button", name="Save mine").click()
    await expect(edit).to_have_text("Mine")


async def test_what_happens_comes_in_without_touching_what_is_open(
    visit: Visit, site: Site, incident: dict[str, Any]
) -> None:
    visitor = await visit("agent")
    page = visitor.page
    await visitor.goto(f"/incidents/{incident['reference_code']}")
    await page.get_by_label("Text, in Markdown").fill("Half a sentence")
    await page.get_by_role("button", name=re.compile("^Edit: Title")).click()
    await page.get_by_role("textbox", name="Title").fill("Half a title")
    say(site, incident, "News from elsewhere")
    with site.api("admin") as api:
        api.post(f"{API}/{incident['id']}/acknowledge", json={}).raise_for_status()
    await happened(page, incident)
    await expect(page.get_by_role("article", name=re.compile("Public reply by"))).to_contain_text("News from elsewhere")
    await expect(page.get_by_text("Acknowledged", exact=True)).to_be_visible()
    await expect(page.locator(".tc-clocks")).to_contain_text("First reply met")
    await page.wait_for_timeout(1100)
    await expect(page.locator(".tc-clocks")).not_to_contain_text("NaN")
    await expect(page.get_by_role("textbox", name="Title")).to_have_value("Half a title")
    await expect(page.get_by_role("textbox", name="Title")).to_be_focused()
    await expect(page.get_by_label("Text, in Markdown")).to_have_value("Half a sentence")


async def test_two_see_each_other(visit: Visit, incident: dict[str, Any]) -> None:
    first, second = await visit("agent"), await visit("manager")
    for visitor in (first, second):
        await visitor.goto(f"/incidents/{incident['reference_code']}")
    await expect(second.page.locator("#presence")).to_contain_text("is here")
    await first.page.goto("about:blank")
    await second.page.wait_for_timeout(300)
    await second.page.reload()
    await expect(second.page.locator("#presence")).to_have_text("")


async def test_on_a_phone_the_foot_acts(visit: Visit, site: Site, incident: dict[str, Any]) -> None:
    visitor = await visit("agent", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = visitor.page
    with site.api("manager") as api:
        tasks = f"{API}/{incident['id']}/tasks"
        first = api.post(tasks, json={"title": "Take the turnstiles out of service"}).raise_for_status().json()["id"]
        api.post(tasks, json={"title": "Replace the sensors", "depends_on": [first]}).raise_for_status()
    await visitor.goto(f"/incidents/{incident['reference_code']}")
    await expect(page.get_by_text("Waits for Take the turnstiles out of service")).to_be_visible()
    assert await page.evaluate(UNFIT) == []
    foot = page.get_by_role("region", name="Actions")
    await expect(page.locator(".tc-tabs")).to_be_hidden()
    await foot.get_by_role("button", name="Ack").tap()
    await expect(foot.get_by_role("button", name="Ack")).to_have_count(0)
    await foot.get_by_role("link", name="Reply").tap()
    await expect(page.get_by_label("Text, in Markdown")).to_be_focused()
    await page.locator(".tc-send").click(trial=True)
    await foot.get_by_role("button", name="Resolve").tap()
    await page.get_by_role("dialog", name="Resolve").get_by_role("button", name="Resolve").tap()
    await expect(foot.get_by_role("button", name="Reopen")).to_be_visible()
    assert read(site, incident)["status"]["slug"] == "resolved"


async def test_without_javascript_one_reads_replies_ticks_and_resolves(
    visit: Visit, site: Site, incident: dict[str, Any]
) -> None:
    visitor = await visit("agent", java_script_enabled=False)
    page = visitor.page
    await visitor.goto(f"/incidents/{incident['reference_code']}")
    await page.locator("#comment-body").fill("By hand")
    await page.locator("#composer input[type=file]").set_input_files(
        FilePayload(name="plain.txt", mimeType="text/plain", buffer=b"plain")
    )
    await page.locator(".tc-send").click()
    await expect(page.locator(".tc-message")).to_contain_text("plain.txt")
    await page.locator("#task-title").fill("A task")
    await page.locator("#task-title").press("Enter")
    await page.locator(".tc-task-tick").click()
    await expect(page.locator(".tc-task-tick")).to_have_attribute("aria-checked", "true")
    await page.locator(".tc-desk-acts .btn-primary").click()
    await page.locator("#resolve-note").fill("Done by hand")
    await page.locator("#incident-dialog .btn-primary").click()
    await expect(page.locator("#timeline")).to_contain_text("Done by hand")
    assert read(site, incident)["status"]["slug"] == "resolved"


async def test_somebody_is_found_and_assigned_from_the_search_field(
    visit: Visit, site: Site, incident: dict[str, Any]
) -> None:
    page = (visitor := await visit("manager")).page
    await visitor.goto(f"/incidents/{incident['reference_code']}")
    await page.keyboard.press("a")
    search = page.get_by_role("searchbox", name="Find people")
    await expect(search).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(search).to_be_hidden()
    await page.keyboard.press("a")
    await expect(search).to_be_focused()
    await page.keyboard.type("len")
    first = page.locator(".tc-people input[type=radio]:checked + * + *")
    await expect(first).to_contain_text("Lena Hoffmann")
    await page.keyboard.press("ArrowDown")
    await expect(first).to_contain_text("Helena Brandt")
    await page.keyboard.press("ArrowUp")
    await expect(first).to_contain_text("Lena Hoffmann")
    await page.keyboard.type("a")
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-key=a]")).to_contain_text("Lena Hoffmann")
    assert read(site, incident)["assigned_to"]["name"] == "Lena Hoffmann"
