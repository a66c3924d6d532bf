"""An organisation of many people: a field that offers people offers everybody."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urljoin

import pytest

from tests.contracts import samples
from tests.contracts.samples import World
from tests.contracts.test_console import SCREENS, Offers
from tocsin.base.ids import new_id

pytestmark = pytest.mark.contract

CROWD = 205
"""More than a page of a list holds at most."""


class Selects(HTMLParser):
    """The values that each field of choices offers."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[set[str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "select":
            self.found.append(set())
        if tag == "option" and self.found:
            self.found[-1].add((dict(attrs).get("value") or "").removeprefix("user:"))


async def test_a_field_that_offers_people_offers_everybody(worlds: tuple[World, World]) -> None:
    world = worlds[0]
    crowd = {str(new_id()): f"Crowd {number:03}" for number in range(CROWD)}
    async with world.database.tenant(world.tenant_id) as tx:
        await tx.run_many(
            "insert into users (tenant_id, id, name, email, kind, is_active, created_at, updated_at)"
            " values ($1, $2::text::uuid, $3, $3 || '@crowd.example', 'person', true, $4, $4)",
            [(world.tenant_id, person, name, tx.real_now) for person, name in crowd.items()],
        )
    offering, missing, asked = set(), [], set()
    try:
        addresses = [await samples.address(screen, world) for screen in SCREENS]
        for path in addresses:
            answer = await world.api.get(path)
            for method, offered in Offers(answer.text).found if path not in asked else ():
                target = urljoin(path, offered)
                if method == "GET" and "do=" in target and target not in asked and path.startswith("/incidents/"):
                    addresses.append(target)
                    asked.add(target)
            for select in Selects(answer.text).found:
                if select & set(crowd):
                    offering.add(path)
                if select & set(crowd) not in (set(), set(crowd)):
                    missing.append(path)
    finally:
        async with world.database.tenant(world.tenant_id) as tx:
            await tx.run("delete from users where tenant_id = $1 and email like '%@crowd.example'", world.tenant_id)
    assert missing == []
    assert len(offering) > 10, offering
