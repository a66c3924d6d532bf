"""The board by pointer, by keys and by menu; what is refused says why in the column, and the card goes back."""

from __future__ import annotations

import httpx
import pytest
from playwright.async_api import FloatRect, Locator, Page, expect

from tests.browser.conftest import Site, Visit

API = "/api/incidents/v1"


def made(api: httpx.Client, title: str, **more: str) -> str:
    """A new incident; its reference."""
    answer = api.post(f"{API}/incidents", json={"title": title, "priority": "critical", **more})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["reference_code"])


def status_of(api: httpx.Client, reference: str) -> str:
    return str(api.get(f"{API}/incidents/{reference}").json()["status"]["slug"])


def act(api: httpx.Client, reference: str, verb: str, **body: str) -> None:
    api.post(f"{API}/incidents/{reference}/{verb}", json=body).raise_for_status()


def card(page: Page, reference: str, column: str | None = None) -> Locator:
    where = f'[data-column="{column}"] ' if column else ""
    return page.locator(f'{where}[data-card="{reference}"]')


async def _place_of(locator: Locator) -> FloatRect:
    """Where something is, also while the board brings it in anew."""
    for _ in range(50):
        box = await locator.bounding_box()
        if box is not None:
            return box
        await locator.page.wait_for_timeout(100)
    raise AssertionError(f"{locator} is nowhere")


async def count(page: Page, column: str) -> int:
    return int(await page.locator(f'[data-column="{column}"] [data-cards]').get_attribute("data-cards") or "")


@pytest.fixture
def api(site: Site) -> httpx.Client:
    return site.api()


async def test_a_card_is_carried_by_keys_and_its_move_undone(visit: Visit, api: httpx.Client) -> None:
    reference = made(api, "Carried by keys")
    visitor = await visit("agent")
    page = visitor.page
    await visitor.goto("/board?q=carried+by+keys")
    await page.locator("body").press("Tab")
    await card(page, reference).get_by_role("link").focus()
    await page.keyboard.press("Space")
    await expect(page.locator("#board-said")).to_contain_text(f"{reference} is lifted")
    await page.keyboard.press("ArrowRight")
    await expect(page.locator("#board-said")).to_contain_text("Triaged")
    await page.keyboard.press("Escape")
    await expect(card(page, reference, "open")).to_be_visible()
    await page.keyboard.press("Space")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("Space")
    await expect(card(page, reference, "in-progress").get_by_role("link")).to_be_focused()
    await expect(page.locator("#toasts")).to_contain_text(f"{reference} is In progress now.")
    assert (await count(page, "open"), await count(page, "in-progress")) == (0, 1)
    assert status_of(api, reference) == "in-progress"
    await page.locator("[data-undo]").click()
    await expect(card(page, reference, "open")).to_be_visible()
    assert status_of(api, reference) == "open"


async def test_a_card_is_dragged_with_the_pointer(visit: Visit, api: httpx.Client) -> None:
    reference = made(api, "Dragged by hand")
    visitor = await visit("agent")
    page = visitor.page
    await visitor.goto("/board?q=dragged+by+hand")
    await expect(card(page, reference)).to_be_visible()
    box = await _place_of(card(page, reference))
    goal = await _place_of(page.locator('[data-column="waiting"]'))
    await page.mouse.move(box["x"] + 40, box["y"] + 30)
    await page.mouse.down()
    await page.mouse.move(goal["x"] + 60, goal["y"] + 80, steps=8)
    await expect(page.locator('[data-column="waiting"]')).to_have_class("tc-col is-over")
    await page.mouse.up()
    await expect(card(page, reference, "waiting")).to_be_visible()
    await expect(page.locator("#toasts")).to_contain_text("is Waiting now.")
    assert page.url.endswith("/board?q=dragged+by+hand")
    assert status_of(api, reference) == "waiting"
    await expect(card(page, reference, "waiting").locator(".tc-sla")).to_contain_text("reply")


async def test_what_is_refused_says_why_before_the_drop_and_after_it(visit: Visit, site: Site) -> None:
    api = site.api("admin", "globex")
    reference = made(api, "Refused on the board")
    visitor = await visit("agent", "globex", allowed=("status of 409",))
    page = visitor.page
    await visitor.goto("/board?q=refused+on+the+board")
    statuses = {one["slug"]: one for one in api.get(f"{API}/statuses").json()["items"]}
    fewer = ["triaged", "in-progress", "waiting"]
    try:
        # Forbidden since the menu was opened: the server refuses.
        await card(page, reference).get_by_role("button", name="Move").click()
        changed = api.put(f"{API}/statuses/{statuses['open']['id']}", json={"transitions": fewer})
        assert changed.status_code == 200, changed.text
        await card(page, reference).get_by_role("button", name="Resolved").click()
        resolved = page.locator('[data-column="resolved"]')
        await expect(resolved.locator(".tc-refuse")).to_contain_text("does not allow going from Open to Resolved")
        await expect(card(page, reference, "open")).to_be_visible()
        assert await count(page, "resolved") == 0
        # Known to be forbidden: said before anything is sent, with the way round.
        await page.reload()
        await card(page, reference).get_by_role("link").focus()
        for key in ("Space", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight"):
            await page.keyboard.press(key)
        await expect(resolved.locator(".tc-refuse")).to_contain_text("Move it to Triaged first.")
        await page.keyboard.press("Space")
        await expect(card(page, reference, "open")).to_be_visible()
        assert status_of(api, reference) == "open"
    finally:
        api.put(f"{API}/statuses/{statuses['open']['id']}", json={"transitions": [*fewer, "resolved", "closed"]})


async def test_without_a_script_the_menu_moves_a_card(visit: Visit, api: httpx.Client) -> None:
    reference = made(api, "Moved without a script")
    visitor = await visit("agent", java_script_enabled=False)
    page = visitor.page
    await visitor.goto("/board?q=moved+without+a+script")
    await card(page, reference).hover()
    await card(page, reference).get_by_role("button", name="Move").click()
    await card(page, reference).get_by_role("button", name="Triaged").click()
    await expect(card(page, reference, "triaged")).to_be_visible()
    await expect(page.locator("#toasts")).to_contain_text(f"{reference} is Triaged now.")
    await page.get_by_role("button", name="Undo").click()
    await expect(card(page, reference, "open")).to_be_visible()


async def test_a_column_goes_on_where_its_page_ends(visit: Visit, site: Site) -> None:
    api = site.api()
    for number in range(22):
        made(api, f"Long column {number}")
    visitor = await visit("viewer")
    page = visitor.page
    await visitor.goto("/board?q=long+column")
    first = page.locator('[data-column="open"] .tc-tile')
    await expect(first).to_have_count(20)
    await page.get_by_role("link", name="2 more").press("Enter")
    await expect(first).to_have_count(22)
    await expect(first.nth(20).get_by_role("link")).to_be_focused()
    await expect(page.get_by_role("button", name="Move")).to_have_count(0)


async def test_on_a_phone_columns_snap_and_a_long_press_lifts(visit: Visit, api: httpx.Client) -> None:
    reference = made(api, "On a phone")
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    visitor = await visit("agent", **phone)
    page = visitor.page
    await visitor.goto("/board?q=on+a+phone")
    assert await page.evaluate("document.documentElement.scrollWidth") == 390
    assert (await page.locator(".tc-boards").evaluate("box => getComputedStyle(box).scrollSnapType")) == "x mandatory"
    await expect(card(page, reference)).to_be_visible()
    box = await _place_of(card(page, reference))
    touch = await visitor.context.new_cdp_session(page)
    at = {"x": box["x"] + 60, "y": box["y"] + 40}
    await touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [at]})
    await expect(page.locator(".is-flying")).to_be_visible()
    for x in (int(at["x"]) + 40, 200, 338):  # short of the rim, where the board would scroll
        await touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{**at, "x": x}]})
    await expect(page.locator('[data-column="triaged"]')).to_have_class("tc-col is-over")
    await touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    await expect(page.locator("#toasts")).to_contain_text(f"{reference} is ")
    assert status_of(api, reference) != "open"


async def test_what_others_do_shows_on_the_board(visit: Visit, api: httpx.Client) -> None:
    reference = made(api, "Watched by others")
    visitor = await visit("viewer")
    page = visitor.page
    await visitor.goto("/board?q=watched+by+others")
    await expect(card(page, reference, "open")).to_be_visible()
    act(api, reference, "transition", status="in-progress")
    await expect(card(page, reference, "in-progress")).to_be_visible()
    assert (await count(page, "open"), await count(page, "in-progress")) == (0, 1)
    act(api, reference, "close")
    await expect(card(page, reference)).to_have_count(0)
    made(api, "Another one")
    made(api, "Also watched by others")
    await expect(page.get_by_role("link", name="1 new")).to_be_visible()
