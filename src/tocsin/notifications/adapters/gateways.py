"""A tenant's own gateways: one POST of JSON to an address that somebody of the tenant wrote down.

Such an address is nobody's whom the operator knows. Nothing but public addresses is connected to: the name is looked up
here, every address it has must be public, and the connection goes to one that was looked at. Redirects aren't followed and
proxies of the environment aren't used.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpcore

from tocsin.base.settings import Settings
from tocsin.notifications import rules
from tocsin.notifications.adapters.sending import NotSent, body_of
from tocsin.notifications.model import Outgoing

ANSWER_BYTES = 2_000
_TIMES = {"connect": 10.0, "read": 20.0, "write": 10.0, "pool": 10.0}


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where messages go, and the secret that shows whose they are. Neither may stand in a log."""

    url: str
    secret: str | None

    def __repr__(self) -> str:
        return "Gateway(hidden)"


async def hand_over(settings: Settings, gateway: Gateway, delivery: Outgoing) -> None:
    """Hand a message to a gateway. Raises `NotSent`, whose reason names the host at most."""
    wrong = rules.wrong_gateway(gateway.url, loopback=settings.loopback_gateways)
    if wrong is not None:
        raise NotSent("the address is not one that messages may go to")
    headers = {"Content-Type": "application/json", "User-Agent": "Tocsin", "Idempotency-Key": str(delivery.id)}
    if gateway.secret is not None:
        headers["Authorization"] = f"Bearer {gateway.secret}"
    body = json.dumps(_message(settings, delivery)).encode()
    backend = PublicOnly(loopback=settings.loopback_gateways)
    try:
        async with (
            httpcore.AsyncConnectionPool(network_backend=backend) as pool,
            pool.stream(
                "POST", gateway.url, headers=list(headers.items()), content=body, extensions={"timeout": _TIMES}
            ) as answer,
        ):
            await _judge(answer)
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError) as error:
        raise NotSent(f"{rules.host_of(gateway.url)} could not be reached: {type(error).__name__}") from None


def _message(settings: Settings, delivery: Outgoing) -> dict[str, str]:
    text = body_of(settings, delivery)
    if delivery.channel == "slack":
        return {"text": rules.slack_text(rules.one_line(delivery.subject), text)}
    to = rules.phone_number(delivery.address or "")
    return {"id": str(delivery.id), "to": to, "text": f"{rules.one_line(delivery.subject)}\n{text}"}


async def _judge(answer: httpcore.Response) -> None:
    """Raises `NotSent` unless the answer says that the message was taken."""
    if 200 <= answer.status < 300:
        return
    if 300 <= answer.status < 400:
        raise NotSent(f"answered {answer.status}: redirects are not followed")
    said = ""
    with suppress(UnicodeDecodeError):
        said = (await _beginning(answer)).decode()
    reason = f"answered {answer.status} {said}".strip()
    raise NotSent(rules.one_line(reason, 200), final=answer.status in (400, 405, 410, 413, 415, 422))


async def _beginning(answer: httpcore.Response) -> bytes:
    read = b""
    async for chunk in answer.aiter_stream():
        read += chunk
        if len(read) >= ANSWER_BYTES:
            break
    return read[:ANSWER_BYTES]


class PublicOnly(httpcore.AsyncNetworkBackend):
    """Connects to public addresses alone (and to this machine, where an operator's tests need that)."""

    def __init__(self, *, loopback: bool) -> None:
        self._loopback = loopback
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Look the name up, refuse it unless all of its addresses may be connected to, and take the first that answers."""
        addresses = await look_up(host, port)
        if any(not rules.may_connect(address, loopback=self._loopback) for address in addresses):
            raise NotSent(f"{host} leads to an address inside of a network, where messages may not go")
        for address in addresses[:-1]:
            with suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
        return await self._inner.connect_tcp(addresses[-1], port, timeout, local_address, socket_options)

    async def connect_unix_socket(self, *_arguments: Any, **_more: Any) -> httpcore.AsyncNetworkStream:
        """There is none to connect to."""
        raise NotSent("messages may not go to a socket of this machine")

    async def sleep(self, seconds: float) -> None:
        """Wait between attempts, as the library asks."""
        await asyncio.sleep(seconds)


async def look_up(host: str, port: int) -> list[str]:
    """Every address of a name. Raises `NotSent` for one that has none."""
    found: list[Any] = []
    if not host.endswith(".invalid"):  # RFC 6761: nobody needs to be asked
        with suppress(OSError, UnicodeError):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    if not found:
        raise NotSent(f"nobody knows the address of {host}")
    return list(dict.fromkeys(str(each[4][0]) for each in found))
