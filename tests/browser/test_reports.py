"""The dashboard in a browser: charts that are drawn, tables that say the same, figures that open their lists."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.browser.conftest import Visit

INKED = """() => {
  const canvas = document.querySelector('[data-chart=lines] canvas');
  if (!canvas) return 'no canvas';
  const seen = new Set(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.filter((v, i) => i % 4 < 3));
  return seen.size > 8;
}"""
COLOURS = """() => {
  const canvas = document.querySelector('[data-chart=lines] canvas');
  return canvas.toDataURL();
}"""


async def test_charts_are_drawn_and_their_tables_open(visit: Visit) -> None:
    visitor = await visit("manager")
    page = visitor.page
    await visitor.goto("/reports")
    await page.wait_for_function(INKED)
    table = page.locator("#table-course")
    await expect(table).to_be_hidden()
    await page.get_by_text("Created and resolved as a table").locator("..").click()
    await expect(table).to_be_visible()
    await expect(page.locator("[data-chart=lines]")).to_be_hidden()


async def test_a_chart_follows_the_theme(visit: Visit) -> None:
    visitor = await visit("manager", color_scheme="light")
    page = visitor.page
    await visitor.goto("/reports")
    await page.wait_for_function(INKED)
    light = await page.evaluate(COLOURS)
    await page.emulate_media(color_scheme="dark")
    await page.wait_for_function(
        "before => document.querySelector('[data-chart=lines] canvas').toDataURL() !== before", arg=light
    )


async def test_a_figure_opens_its_list(visit: Visit) -> None:
    visitor = await visit("manager")
    page = visitor.page
    await visitor.goto("/reports")
    figure = page.locator("[data-figure=open]")
    number = int((await figure.locator(".tc-stat-number").text_content() or "").strip())
    await figure.click()
    await page.wait_for_url("**/queue?status=*")
    rows = page.locator("tbody tr[id^=row-]")
    assert await rows.count() == min(number, 50)


async def test_another_period_and_moment(visit: Visit) -> None:
    visitor = await visit("viewer")
    page = visitor.page
    await visitor.goto("/reports")
    await page.get_by_role("link", name="Year").click()
    await page.wait_for_url("**/reports?period=year")
    await page.locator("[popovertarget=moment-menu]").click()
    await page.locator("#moment-menu").get_by_role("button", name="Show").click()
    await page.wait_for_url(re.compile(r"at="))
    await expect(page.locator(".tc-lint")).to_contain_text("As it was known on")
    await page.locator(".tc-lint").get_by_role("link", name="Back to now").click()
    await page.wait_for_url(re.compile(r"/reports\?period=year$"))
    await expect(page.locator(".tc-lint")).to_have_count(0)


async def test_without_scripts_the_tables_stand_open(visit: Visit) -> None:
    visitor = await visit("manager", java_script_enabled=False)
    await visitor.goto("/reports")
    await expect(visitor.page.locator("#table-course")).to_be_visible()
    await expect(visitor.page.locator("#table-times")).to_be_visible()
