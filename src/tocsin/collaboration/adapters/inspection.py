"""Looking into a stored file before it is accepted: archives are measured without being unpacked, pictures by their size.

Nothing is ever unpacked onto the disk, and what is unpacked in memory is bounded.
"""

from __future__ import annotations

import bz2
import lzma
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

from PIL import Image

from tocsin.base.errors import BadValue
from tocsin.collaboration.rules import suspicion

_TAIL = 65_536 + 22
_CHUNK = 256 * 1024
MOST_UNPACKED = 64_000_000
"""Bytes that looking into one file unpacks at most; what looks harmless so far is."""
_ZIP = b"PK\x03\x04"
_STREAMS = (b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\x00")
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")


class Suspicious(BadValue):
    """Why a file is not accepted."""


def is_worth_looking(head: bytes, mime_type: str) -> bool:
    """Whether there is anything to look for in a file: archives, pictures, documents."""
    packed = head.startswith((_ZIP, *_STREAMS))
    return packed or mime_type.startswith("image/") or mime_type == "application/pdf"


def inspect(file: Any, size: int, mime_type: str) -> None:
    """Look into a binary file that can be read at any place. Raises `Suspicious`."""
    head = _at(file, 0, 1024)
    if head.startswith(_ZIP):
        _Zips().look(file, size, 1)
    elif (unpacker := _unpacker(head)) is not None:
        file.seek(0)
        _measure(file, unpacker)
    if mime_type.startswith("image/"):
        _look_at_picture(file, size)
    if mime_type.startswith("image/") or mime_type == "application/pdf":
        hidden = suspicion.hides_in_head(mime_type, head)
        if hidden is None and suspicion.ends_as_archive(_at(file, max(0, size - _TAIL), _TAIL)):
            hidden = "application/zip"
        if hidden is not None:
            raise Suspicious(suspicion.TWO_IN_ONE, shown=mime_type, hidden=hidden)


def _at(file: Any, place: int, size: int) -> bytes:
    file.seek(place)
    return bytes(file.read(size))


def _look_at_picture(file: Any, size: int) -> None:
    """Its size in pixels, from its header: nothing is decoded."""
    file.seek(0)
    try:
        with Image.open(file, formats=_FORMATS) as picture:
            width, height = picture.size
    except Image.DecompressionBombError:
        raise Suspicious(suspicion.BOMB) from None
    except (OSError, ValueError, SyntaxError, EOFError, KeyError, IndexError):
        return  # no picture that we could show: it is kept as the bytes it is
    if suspicion.explodes(size, width, height):
        raise Suspicious(suspicion.BOMB)


class _Zips:
    """A ZIP archive and those within it, measured by their directories."""

    def __init__(self) -> None:
        self.unpacked = 0

    def look(self, file: Any, size: int, depth: int) -> int:
        """The bytes that an archive unfolds into. Raises `Suspicious`."""
        if depth > suspicion.DEEPEST:
            raise Suspicious(suspicion.NESTED)
        try:
            with zipfile.ZipFile(file) as archive:
                entries = archive.infolist()
                whole = sum(entry.file_size for entry in entries)
                if suspicion.unfolds(size, whole):
                    raise Suspicious(suspicion.BOMB)
                for entry in entries:
                    if entry.filename.lower().endswith((".zip", ".jar")) and not entry.flag_bits & 1:
                        whole += self._inside(archive, entry, depth)
                        if suspicion.unfolds(size, whole):
                            raise Suspicious(suspicion.BOMB)
        except Suspicious:
            raise
        except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, OSError, zlib.error, lzma.LZMAError):
            return 0  # nothing unpacks this either
        return whole

    def _inside(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, depth: int) -> int:
        if self.unpacked + entry.file_size > MOST_UNPACKED:
            return 0
        with archive.open(entry) as packed:
            content = packed.read(entry.file_size + 1)
        self.unpacked += len(content)
        return self.look(BytesIO(content), len(content), depth + 1)


Unpacker = Callable[[bytes, int], bytes]


def _unpacker(head: bytes) -> Unpacker | None:
    """What unpacks a stream piece by piece, or None for what is packed in no way that we know."""
    gzip, bzip, xz = _STREAMS
    if head.startswith(gzip):
        return _Gzip()
    if head.startswith(bzip):
        return _limited(bz2.BZ2Decompressor())
    if head.startswith(xz):
        return _limited(lzma.LZMADecompressor(memlimit=MOST_UNPACKED))
    return None


class _Gzip:
    """zlib hands back what it has not unpacked yet; the others keep it."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(wbits=31)

    def __call__(self, content: bytes, most: int) -> bytes:
        return self._zlib.decompress(self._zlib.unconsumed_tail + content, most)


def _limited(unpacker: Any) -> Unpacker:
    def run(content: bytes, most: int) -> bytes:
        return b"" if unpacker.eof else bytes(unpacker.decompress(content, most))

    return run


def _measure(file: Any, unpack: Unpacker) -> None:
    """Unpack until it is known to be a bomb, or has been harmless for long enough. Raises `Suspicious`."""
    packed = unpacked = 0
    try:
        while unpacked < MOST_UNPACKED and (content := bytes(file.read(_CHUNK // 8))):
            packed += len(content)
            while produced := unpack(content, _CHUNK):
                unpacked += len(produced)
                content = b""
                if suspicion.unfolds(packed, unpacked):
                    raise Suspicious(suspicion.BOMB)
    except Suspicious:
        raise
    except (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError):
        return  # nothing unpacks this either
