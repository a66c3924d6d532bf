"""What an address that nothing answers says: a page to somebody at a browser, a problem document to a program."""

from __future__ import annotations

import pytest

from tests.conftest import Client

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8", "accept-language": "de"}


@pytest.mark.parametrize("path", ["/nosuch", "/admin/nosuch/deep"])
async def test_a_browser_gets_a_page(path: str, connect: Client) -> None:
    answer = await connect(**BROWSER).get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert 'data-problem="not-found"' in answer.text
    assert 'lang="de"' in answer.text


async def test_a_browser_that_opens_what_only_takes_forms_gets_a_page_too(connect: Client) -> None:
    answer = await connect(**BROWSER).get("/queue/bulk")
    assert answer.status_code == 405
    assert "POST" in answer.headers["allow"]
    assert 'data-problem="method-not-allowed"' in answer.text


@pytest.mark.parametrize(("path", "accept"), [("/api/nosuch", "text/html"), ("/nosuch", "*/*"), ("/nosuch", "")])
async def test_a_program_gets_a_problem_document(path: str, accept: str, connect: Client) -> None:
    answer = await connect(accept=accept).get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:tocsin:problem:not-found"
