"""A body that is refused is taken in all the same, so that the answer and the connection's next request get through."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tocsin.base.errors import Invalid, TooLarge
from tocsin.web.fences import DISCARDED, read_body
from tocsin.web.uploads import read_form

BOUNDARY = {"content-type": "multipart/form-data; boundary=x"}
FILE = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'


class Client:
    """Sends chunks, and knows how many of them were taken."""

    def __init__(self, *chunks, **headers):
        self.chunks, self.taken = chunks, 0
        self.request: Any = SimpleNamespace(headers=headers, stream=self.stream)

    async def stream(self):
        for chunk in self.chunks:
            self.taken += 1
            yield chunk


async def test_a_large_body_is_taken_in_before_it_is_refused():
    for headers in ({"content-length": "400"}, {}):
        client = Client(*[b"x" * 100] * 4, **headers)
        with pytest.raises(TooLarge):
            await read_body(client.request, 150)
        assert client.taken == 4


async def test_who_asks_before_sending_is_told_at_once():
    client = Client(b"x" * 400, **{"content-length": "400", "expect": "100-continue"})
    with pytest.raises(TooLarge):
        await read_body(client.request, 150)
    assert client.taken == 0


async def test_not_everything_is_taken_in():
    megabyte = b"x" * 1024 * 1024
    client = Client(*[megabyte] * 100)
    with pytest.raises(TooLarge):
        await read_body(client.request, 150)
    assert client.taken * len(megabyte) <= DISCARDED + 2 * len(megabyte)


@pytest.mark.parametrize(
    ("head", "limit", "error"),
    [
        (FILE, 50, TooLarge),
        (FILE.replace(b'"file"', b'"else"'), 10_000, Invalid),
    ],
)
async def test_a_form_is_taken_in_before_it_is_refused(head, limit, error):
    async def receive(part):
        async for _ in part.chunks:
            pass

    client = Client(head, *[b"x" * 100] * 4, b"\r\n--x--\r\n", **BOUNDARY)
    with pytest.raises(error):
        await read_form(client.request, fields=(), files=("file",), file_limit=limit, receive=receive)
    assert client.taken == 6
