"""Bombs and polyglots are known for what they are; honest files are not taken for them."""

from __future__ import annotations

import gzip
import random
import zipfile
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from io import BytesIO
from uuid import UUID

import filetype
import pytest
from hypothesis import example, given, strategies as st
from PIL import Image

from tests.collaboration.bombs import BOMBS, POLYGLOTS, huge_picture, nested, picture, zipped
from tocsin.collaboration.adapters import inspection, pictures
from tocsin.collaboration.adapters.inspection import Suspicious, inspect
from tocsin.collaboration.rules import links, suspicion

pytestmark = pytest.mark.pure


def look(content: bytes) -> None:
    """As an upload is looked into."""
    kind = filetype.guess(content[:8192])
    mime = kind.mime if kind else "application/octet-stream"
    if mime.startswith("image/") and suspicion.holds_code(content):
        raise Suspicious(suspicion.TWO_IN_ONE, shown=mime, hidden="text/html")
    inspect(BytesIO(content), len(content), mime)


@pytest.mark.parametrize("what", [*BOMBS, *POLYGLOTS])
def test_what_does_harm_is_known(what):
    content = POLYGLOTS[what] if what in POLYGLOTS else BOMBS[what]()
    assert len(content) < 1_000_000
    with pytest.raises(Suspicious):
        look(content)


LOG = b"".join(b"2026-11-01T12:00:%02d INFO request %d took %d ms\n" % (n % 60, n, n * 7 % 991) for n in range(60_000))
NOISE = random.Random(1).randbytes(1_000_000)


@pytest.mark.parametrize(
    "content",
    [
        zipped(a__txt=b"hello", b__bin=NOISE),
        zipped(log__txt=LOG),
        zipped(small__bin=b"\0" * 5_000_000),
        nested(3, b"hello"),
        gzip.compress(LOG * 5),
        gzip.compress(NOISE),
        gzip.compress(b"x") + b"trailing",
        gzip.compress(LOG) + gzip.compress(LOG),
        gzip.compress(b"") * 20_000,
        b"MZ" + bytes(100) + zipped(log__txt=LOG),
        zipped(log__gz=gzip.compress(LOG)),
        picture() + b"PK\x05\x06" + bytes(40),
        zipped(a__txt=b"x" * 100)[:-30],
        b"PK\x03\x04 no archive",
        b"\x1f\x8b\x08 no archive",
        b"BZh no archive",
        b"\xfd7zXZ\x00 no archive",
        picture(),
        picture("JPEG"),
        picture("GIF"),
        picture("WEBP"),
        picture(size=(9000, 6000)) + b"",
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 64,
        b"GIF89a" + b"\x00" * 20,
        b"%PDF-1.7\n" + zipped(a__txt=b"inside") + b"\nendstream\n%%EOF\n",
        b"<html><script>alert(1)</script>",
        NOISE,
    ],
)
def test_honest_files_are_let_in(content):
    look(content)


def test_looking_unpacks_no_more_than_it_may(monkeypatch):
    """Sixty archives of two megabytes each in one: most are not looked into."""
    monkeypatch.setattr(inspection, "MOST_UNPACKED", 5_000_000)
    inner = zipped(noise__bin=random.Random(2).randbytes(400_000))
    content, asked = zipped(**{f"{n}__zip": inner for n in range(60)}), []
    original = zipfile.ZipFile.open

    def counted(*args, **options):
        asked.append(1)
        return original(*args, **options)

    monkeypatch.setattr(zipfile.ZipFile, "open", counted)
    look(content)
    assert len(asked) == 5_000_000 // len(inner)


@given(st.binary(max_size=300))
@example(b"PK\x03\x04" + b"\xff" * 60)
@example(b"\x1f\x8b\x08" + b"\xff" * 60)
@example(b"\xfd7zXZ\x00" + b"\xff" * 60)
@example(b"PK\x05\x06" + b"\xff" * 18)
def test_looking_into_anything_ends(content):
    for mime in ("image/png", "application/pdf", "application/zip", "application/octet-stream"):
        with suppress(Suspicious):
            inspect(BytesIO(content), len(content), mime)


@given(
    packed=st.integers(0, 10**9), unpacked=st.integers(0, 10**12), more=st.integers(0, 10**9), factor=st.integers(1, 20)
)
def test_the_more_unfolds_the_worse(packed, unpacked, more, factor):
    if suspicion.unfolds(packed, unpacked):
        assert suspicion.unfolds(packed, unpacked + more)
        assert unpacked > suspicion.HARMLESS
    assert not suspicion.unfolds(packed, factor * packed)


@given(
    st.sampled_from(["image/png", "text/plain", "application/pdf"]),
    st.lists(st.sampled_from(["image/*", "*/*", "application/pdf"])),
)
def test_what_is_accepted(mime, accepted):
    expected = not accepted or "*/*" in accepted or mime in accepted or ("image/*" in accepted and "image/" in mime)
    assert suspicion.is_accepted(mime, accepted) == expected


# --------------------------------------------------------------------------------------------------------- pictures


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_thumbnail_is_small_and_written_anew(kind):
    made = pictures.thumbnail(picture(kind, (1200, 900)) + b"hidden words")
    assert made is not None
    assert b"hidden" not in made
    with Image.open(BytesIO(made)) as shown:
        assert (shown.format, shown.size) == ("WEBP", (480, 360))


def test_a_thumbnail_stands_upright_and_says_nothing_of_where_it_was_taken():
    out = BytesIO()
    taken = Image.new("RGB", (200, 100), "blue")
    exif = taken.getexif()
    exif[0x0112], exif[0x010F] = 6, "Camera of Ada"
    taken.save(out, "JPEG", exif=exif)
    made = pictures.thumbnail(out.getvalue())
    assert made is not None
    with Image.open(BytesIO(made)) as shown:
        assert shown.size == (100, 200)
        assert not shown.getexif()
    assert b"Ada" not in made


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no picture",
        huge_picture(),
        huge_picture(9000, 9000),
        picture()[:-30],
        picture("GIF")[:20],
        picture("JPEG")[:100],
        b"\x89PNG\r\n\x1a\n" + b"\xff" * 100,
        b"RIFF\xff\xff\xff\xffWEBPVP8 ",
    ],
)
def test_what_is_no_picture_has_no_thumbnail(content):
    assert pictures.thumbnail(content) is None


# ------------------------------------------------------------------------------------------------------------ links

IDS = st.uuids()
TIMES = st.integers(0, 2**40).map(
    lambda seconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds % 10**11)
)
KEYS = st.binary(min_size=32, max_size=32)


@given(IDS, IDS, TIMES, KEYS)
def test_a_link_says_what_it_is_for(tenant, attachment, expires, key):
    link = links.Link(tenant, attachment, expires)
    token = links.write(link, key)
    assert links.read(token) == link
    assert links.holds(token, link, key, expires - timedelta(seconds=1))
    assert not links.holds(token, link, key, expires)
    assert not links.holds(token, link, b"another" + key[7:], expires - timedelta(days=1)) or key[:7] == b"another"


@given(st.integers(0, 82), st.sampled_from("abcXYZ019-_"))
def test_no_other_token_holds(place, letter):
    key, expires = b"k" * 32, datetime(2026, 11, 1, tzinfo=UTC)
    token = links.write(links.Link(UUID(int=1), UUID(int=2), expires), key)
    other = token[:place] + letter + token[place + 1 :]
    link = links.read(other)
    if other != token and link is not None:
        assert not links.holds(other, link, key, expires - timedelta(days=1))


@given(st.text(max_size=120))
@example("A" * 83)
@example("_" * 83)
@example("é" * 83)
def test_what_is_no_link_is_none(text):
    assert links.read(text) is None or len(text) == 83
