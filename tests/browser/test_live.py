"""Live updates in real browsers: heard at once, by one stream for all tabs, healed when lost."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Page, Request, expect

from tests.browser.conftest import Site, Visit

NOTE = """() => {
  window.heard = [];
  document.addEventListener("tocsin:event", (event) => window.heard.push(event.detail));
}"""
INCIDENTS = "/api/incidents/v1/incidents"


def make(site: Site, title: str) -> str:
    """An incident made elsewhere; its id."""
    with site.api("agent") as api:
        answer = api.post(INCIDENTS, json={"title": title})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def hears(page: Page, incident: str) -> Any:
    """Wait until a page has heard of an incident, and once only."""
    await page.wait_for_function("id => window.heard.some((one) => one.incident === id)", arg=incident)
    found = await page.evaluate("id => window.heard.filter((one) => one.incident === id)", incident)
    assert [one["type"] for one in found] == ["IncidentCreated"]
    return found[0]


async def test_two_browsers_hear_of_a_change_at_once(visit: Visit, site: Site) -> None:
    agent, viewer = await visit("agent"), await visit("viewer")
    for visitor in (agent, viewer):
        await visitor.goto("/queue")
        await visitor.page.evaluate(NOTE)
    incident = make(site, "Heard by two")
    for visitor in (agent, viewer):
        assert "Heard by two" not in str(await hears(visitor.page, incident))


async def test_tabs_share_one_stream_and_the_next_takes_over(visit: Visit, site: Site) -> None:
    visitor = await visit("agent")
    streams: list[Page] = []

    def note(request: Request) -> None:
        if request.url.split("?")[0].endswith("/live"):
            streams.append(request.frame.page)

    visitor.context.on("request", note)
    await visitor.goto("/queue")
    second = await visitor.context.new_page()
    await second.goto(f"{site.url}/menu")
    for page in (visitor.page, second):
        await page.evaluate(NOTE)
    incident = make(site, "Heard in both tabs")
    for page in (visitor.page, second):
        await hears(page, incident)
    assert streams == [visitor.page]
    await visitor.page.close()
    await hears_again(second, site)
    assert streams[-1] == second


async def hears_again(page: Page, site: Site) -> None:
    """The page hears what happens from now on, even when it has no stream at the moment."""
    await hears(page, make(site, "After the other tab"))


async def test_a_lost_connection_is_shown_and_heals_with_what_was_missed(visit: Visit, site: Site) -> None:
    visitor = await visit("agent", allowed=("ERR_INTERNET_DISCONNECTED", "ERR_NETWORK", "net::ERR"))
    await visitor.goto("/queue")
    await visitor.page.evaluate(NOTE)
    await hears(visitor.page, make(site, "Still connected"))
    banner = visitor.page.locator("#offline")
    await expect(banner).to_be_hidden()
    await visitor.context.set_offline(True)
    await expect(banner).to_be_visible()
    incident = make(site, "While the line was down")
    await visitor.context.set_offline(False)
    await expect(banner).to_be_hidden()
    await hears(visitor.page, incident)


async def test_without_streams_the_page_polls(visit: Visit, site: Site) -> None:
    visitor = await visit("agent", allowed=("net::ERR", "EventSource"))
    await visitor.context.route("**/live?*", lambda route: route.abort())
    await visitor.goto("/queue")
    await visitor.page.evaluate(NOTE)
    await hears(visitor.page, make(site, "Polled"))
    await expect(visitor.page.locator("#offline")).to_be_hidden()


async def test_a_session_that_ended_elsewhere_asks_to_log_in_again(visit: Visit, site: Site) -> None:
    visitor = await visit("agent", allowed=("status of 401",))
    await visitor.goto("/queue?status=open")
    await visitor.page.wait_for_timeout(300)
    other = await visitor.context.new_page()
    await other.goto(f"{site.url}/menu")
    await other.locator("main").get_by_role("button", name="Log out").click()
    banner = visitor.page.locator("#session-over")
    await expect(banner).to_be_visible()
    await banner.get_by_role("link").click()
    await visitor.page.wait_for_url("**/login?next=*")
    login = site.login("agent")
    await visitor.page.get_by_label("E-mail").fill(login["email"])
    await visitor.page.get_by_label("Password").fill(login["password"])
    await visitor.page.keyboard.press("Enter")
    await visitor.page.wait_for_url("**/queue?status=open")
