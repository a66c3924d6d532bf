"""A server on loopback that speaks clamd's protocol, to the letter of its manual, and does what a test wants."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The test pattern that all scanners agree to find (put together here, so that none finds this file)."""


class Clamd:
    """`limit`: StreamMaxLength; `mode`: what it does instead of its work. `scanned` are the sizes it was sent."""

    def __init__(self) -> None:
        self.limit = 1_000_000_000
        self.mode = "works"
        self.scanned: list[int] = []
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One session."""
        try:
            if self.mode == "hangs up":
                return
            if self.mode == "keeps silent":
                await reader.read()
                return
            command = await reader.readuntil(b"\0")
            if command == b"zPING\0" and self.mode == "works":
                writer.write(b"PONG\0")
                await writer.drain()
                return
            if command != b"zINSTREAM\0" or self.mode == "babbles":
                writer.write(b"UNKNOWN COMMAND\0")
                return
            content = bytearray()
            while size := struct.unpack("!L", await reader.readexactly(4))[0]:
                content += await reader.readexactly(size)
                if len(content) > self.limit:
                    writer.write(b"INSTREAM size limit exceeded. ERROR\0")
                    await writer.drain()
                    return
            self.scanned.append(len(content))
            writer.write(b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else b"stream: OK\0")
            await writer.drain()
        finally:
            writer.close()


@asynccontextmanager
async def clamd(path: str | None = None) -> AsyncIterator[Clamd]:
    """One that listens on a port of loopback, or on a Unix socket."""
    found = Clamd()
    if path is None:
        server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
        found.url = f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    else:
        server = await asyncio.start_unix_server(found.serve, path)
        found.url = f"unix://{path}"
    async with server:
        yield found
