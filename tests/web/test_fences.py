"""A body that is refused is taken in all the same, so that the answer and the connection's next request get through."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tocsin.base.errors import Invalid, TooLarge, UnsupportedMedia
from tocsin.web.fences import DISCARDED, decode_json, read_body
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


async def _unseen(part):
    raise AssertionError(part)


@pytest.mark.parametrize("packing", ["gzip", "br", "identity, gzip", "nonsense"])
async def test_what_is_packed_on_its_way_is_refused(packing):
    """Kept as it comes it would not be what its sender means."""
    body, form = (Client(FILE, b"x\r\n--x--\r\n", **BOUNDARY, **{"content-encoding": packing}) for _ in range(2))
    with pytest.raises(UnsupportedMedia):
        await read_body(body.request)
    with pytest.raises(UnsupportedMedia):
        await read_form(form.request, fields=(), files=("file",), file_limit=99, receive=_unseen)
    assert body.taken == form.taken == 2
    assert await read_body(Client(b"{}", **{"content-encoding": "Identity"}).request) == b"{}"


@pytest.mark.parametrize(
    ("body", "twice"),
    [
        (b'{"a": 1, "b": 2}', None),
        (b'{"a": {"a": 1}, "b": [{"a": 1}, {"a": 1}]}', None),
        (b"", None),
        (b'{"a": 1, "b": 2, "a": 1}', "a"),
        (b'{"title": "x", "t\\u0069tle": "y"}', "title"),
        (b'{"b": [{"deep": {"a": 1, "a": 1}}]}', "a"),
        (b'{"": 1, "": 2}', ""),
        (b'{"n": ' + b"9" * 15 + b', "n": 1}', "n"),
    ],
)
def test_a_field_is_given_once(body, twice):
    """Readers of JSON do not agree which of two they take (RFC 8259 section 4)."""
    if twice is None:
        assert decode_json(body, dict, "application/json") is not None
        return
    with pytest.raises(Invalid) as refused:
        decode_json(body, dict, "application/json")
    assert [(one.field, one.template) for one in refused.value.errors] == [(twice, "Give this field once.")]
