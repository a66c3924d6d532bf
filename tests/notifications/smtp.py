"""A real SMTP server on loopback, which does to its clients what a test wants."""

from __future__ import annotations

import asyncio
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP


class Handler:
    """Keeps the mails it took. `answers` are what DATA is answered, one after the other; then 250."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.answers: list[str] = []
        self.rcpt_answers: list[str] = []
        self.hang = False
        self.tried = 0

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        """Takes or refuses one recipient."""
        if self.rcpt_answers:
            return self.rcpt_answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """Takes or refuses one mail, or says nothing for a long time."""
        self.tried += 1
        if self.hang:
            await asyncio.sleep(3600)
        if self.answers:
            return self.answers.pop(0)
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        self.recipients.append(list(envelope.rcpt_tos))
        return "250 OK"


class Server:
    """The server; `url` for `smtp_url`."""

    def __init__(self) -> None:
        self.handler = Handler()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"smtp://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(self.handler, enable_SMTPUTF8=True, loop=loop), "127.0.0.1", 0
        )

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
