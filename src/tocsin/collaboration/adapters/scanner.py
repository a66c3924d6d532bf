"""ClamAV's daemon, spoken to over TCP or a Unix socket (clamd's INSTREAM: lengths and chunks, then one line)."""

from __future__ import annotations

import asyncio
import re
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

SECONDS = 30.0
"""How long one step may take: connecting, taking a chunk, telling the verdict."""
PATIENCE = 5.0
"""How long it may take to say that it is there."""
PORT = 3310
CHUNK = 64 * 1024
_LINE = re.compile(r"stream: (?:(OK)|(.{1,200}) FOUND)")


class ScannerAway(Exception):
    """The scanner does not answer, or cannot judge; nothing is known of the file."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the scanner found, by its name; None for nothing."""

    found: str | None


async def scan(url: str, chunks: AsyncIterator[bytes]) -> Verdict:
    """What the scanner says of a file. Raises `ScannerAway`."""
    try:
        async with asyncio.timeout(SECONDS):
            reader, writer = await _connect(url)
        try:
            return await _converse(reader, writer, chunks)
        finally:
            writer.close()
    except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise ScannerAway(str(error) or type(error).__name__) from None


async def ping(url: str) -> None:
    """Ask the scanner whether it is there. Raises `ScannerAway`."""
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await _connect(url)
            try:
                writer.write(b"zPING\0")
                line = (await reader.readuntil(b"\0")).rstrip(b"\0\n").decode("utf-8", "replace")
            finally:
                writer.close()
    except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise ScannerAway(str(error) or type(error).__name__) from None
    if line != "PONG":
        raise ScannerAway(line[:200])


async def _connect(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return await asyncio.open_unix_connection(unquote(parts.path))
    return await asyncio.open_connection(parts.hostname, parts.port or PORT)


async def _converse(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, chunks: AsyncIterator[bytes]
) -> Verdict:
    writer.write(b"zINSTREAM\0")
    told = asyncio.ensure_future(reader.readuntil(b"\0"))
    try:
        async for content in chunks:
            for at in range(0, len(content), CHUNK):
                part = content[at : at + CHUNK]
                writer.write(struct.pack("!L", len(part)) + part)
                async with asyncio.timeout(SECONDS):
                    await writer.drain()
            if told.done():  # it has heard enough: more than it takes, most likely
                break
        else:
            writer.write(struct.pack("!L", 0))
            await writer.drain()
        async with asyncio.timeout(SECONDS):
            line = (await told).rstrip(b"\0\n").decode("utf-8", "replace")
    finally:
        told.cancel()
    if (match := _LINE.fullmatch(line)) is None:
        raise ScannerAway(line[:200])
    return Verdict(match[2])
