"""Looking into a stored file before it is accepted: archives are measured without being unpacked, pictures by their size.

Nothing is ever unpacked onto the disk, and what is unpacked in memory is bounded.
"""

from __future__ import annotations

import bz2
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

from PIL import Image

from tocsin.base.errors import BadValue
from tocsin.collaboration.rules import suspicion

TAIL = 65_536 + 22
"""Bytes of a file's end in which the end of a ZIP archive is found."""
_CHUNK = 256 * 1024
MOST_UNPACKED = 64_000_000
"""Bytes that looking into one file unpacks at most; what looks harmless so far is."""
_ZIP = b"PK\x03\x04"
_STREAMS = (b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\x00")
_PACKED = (".zip", ".jar", ".gz", ".tgz", ".bz2", ".tbz2", ".xz", ".txz")
_MEMBERS = 10_000
"""Streams one after the other in a file that are unpacked at most: BGZF begins one for every 64 kB."""
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")


class Suspicious(BadValue):
    """Why a file is not accepted. Who knows its name puts it in the place of `file`."""

    def __init__(self, template: str, /, **values: Any) -> None:
        super().__init__(template, **{"file": "The file", **values})


def is_worth_looking(head: bytes, tail: bytes, mime_type: str) -> bool:
    """Whether there is anything to look for in a file: archives (also those that unpack themselves), pictures, documents."""
    packed = head.startswith((_ZIP, *_STREAMS)) or suspicion.ends_as_archive(tail)
    return packed or mime_type.startswith("image/") or mime_type == "application/pdf"


def inspect(file: Any, size: int, mime_type: str) -> None:
    """Look into a binary file that can be read at any place. Raises `Suspicious`."""
    head, tail = _at(file, 0, 1024), _at(file, max(0, size - TAIL), TAIL)
    is_picture = mime_type.startswith("image/")
    if is_picture:
        _look_at_picture(file, size)
    if is_picture or mime_type == "application/pdf":
        hidden = suspicion.hides_in_head(mime_type, head)
        if hidden is None and (suspicion.ends_as_archive(tail) or (is_picture and suspicion.holds_archive(tail))):
            hidden = "application/zip"
        if hidden is not None:
            raise Suspicious(suspicion.TWO_IN_ONE, shown=mime_type, hidden=hidden)
    if head.startswith(_ZIP) or suspicion.ends_as_archive(tail):
        _Zips().look(file, size, 1)
    elif (unpacker := _unpacker(head)) is not None:
        file.seek(0)
        _measure(file, unpacker)


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
    except (OSError, ValueError, SyntaxError, EOFError, LookupError, TypeError, ArithmeticError, struct.error):
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
                    if entry.filename.lower().endswith(_PACKED) and not entry.flag_bits & 1:
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
        if (unpacker := _unpacker(content[:8])) is not None:
            return _measure(BytesIO(content), unpacker)
        return self.look(BytesIO(content), len(content), depth + 1)


def _unpacker(head: bytes) -> _Streams | None:
    """What unpacks a stream piece by piece, or None for what is packed in no way that we know."""
    gzip, bzip, xz = _STREAMS
    if head.startswith(gzip):
        return _Streams(lambda: zlib.decompressobj(wbits=31))
    if head.startswith(bzip):
        return _Streams(bz2.BZ2Decompressor)
    if head.startswith(xz):
        return _Streams(lambda: lzma.LZMADecompressor(memlimit=MOST_UNPACKED))
    return None


class _Streams:
    """Unpacks one stream after the other, as all programs do that know these formats."""

    def __init__(self, begin: Callable[[], Any]) -> None:
        self._begin = begin
        self._stream = begin()
        self._left = _MEMBERS

    def __call__(self, content: bytes, most: int) -> bytes:
        """What comes out next, at most so many bytes; nothing when it takes more to go on."""
        while True:
            if self._stream.eof:
                content, self._left = self._stream.unused_data + content, self._left - 1
                if not content or self._left < 0:
                    return b""
                self._stream = self._begin()
            # zlib hands back what it has not unpacked yet; the others keep it.
            found = bytes(self._stream.decompress(getattr(self._stream, "unconsumed_tail", b"") + content, most))
            if found or not self._stream.eof:
                return found
            content = b""


def _measure(file: Any, unpack: _Streams) -> int:
    """Unpack until it is known to be a bomb, or has been harmless for long enough; how much came out.

    Raises `Suspicious`.
    """
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
        pass  # nothing unpacks the rest of it either
    return unpacked
