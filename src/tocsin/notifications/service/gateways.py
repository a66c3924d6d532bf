"""An organisation's own ways out: its Slack webhook and its gateway for text messages, instead of the operator's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tocsin.access import permissions
from tocsin.base.actor import Actor
from tocsin.base.errors import NotFound, Refused, SettingError, invalid
from tocsin.base.ids import new_id, parse_id
from tocsin.base.settings import Settings
from tocsin.db.tx import Tx
from tocsin.notifications import events, rules, store
from tocsin.notifications.adapters.gateways import Gateway
from tocsin.notifications.adapters.sending import NotSent
from tocsin.notifications.model import GATEWAYS, DeliveryDetail, GatewayChannel, GatewayView, Recipient
from tocsin.notifications.service.deliveries import (
    LEASE,
    attempt,
    delivery,
    new_row,
    open_gateway,
    own_gateway,
    seal_gateway,
    settle,
)
from tocsin.tenancy import service as tenancy

PAUSE = timedelta(seconds=10)
"""At most one test of a channel in each: nobody sends floods by them."""

Opens = Callable[[], AbstractAsyncContextManager[Tx]]
Claim = Callable[[Callable[[], Awaitable[UUID]]], Awaitable[tuple[UUID, bool]]]
"""Begins something, or finds what the same request began before: its id, and whether it began now."""


class GatewayChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where messages go. `secret`: sent along as a bearer token; null for none, left out: the one that is kept, as long as
    the address names the same host.
    """

    url: Annotated[str, Meta(max_length=rules.GATEWAY_LENGTH)]
    secret: Annotated[str, Meta(max_length=500)] | UnsetType | None = UNSET


class Trial(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`phone`: the number that a text message goes to; left out: the one in one's own profile."""

    phone: Annotated[str, Meta(max_length=40)] | None = None


async def gateways(tx: Tx, actor: Actor) -> list[GatewayView]:
    """The organisation's own gateways."""
    actor.must(permissions.NOTIFICATIONS_MANAGE)
    return [msgspec.convert(dict(row), GatewayView) for row in await store.gateways(tx)]


async def set_gateway(tx: Tx, actor: Actor, settings: Settings, ref: str, change: GatewayChange) -> GatewayView:
    """Send a channel's messages by a gateway of one's own. Raises `NotFound`, and `Invalid` for an address inside of a network."""
    actor.must(permissions.NOTIFICATIONS_MANAGE)
    channel, before = await _find(tx, ref)
    url = change.url.strip()
    wrong = rules.wrong_gateway(url, loopback=settings.loopback_gateways)
    if wrong is not None:
        raise invalid("url", wrong)
    secret = _kept(settings, before, url) if change.secret is UNSET else change.secret or None
    if secret is not None and not rules.is_secret(secret):
        raise invalid("secret", "Use visible characters without spaces.")
    try:
        sealed = seal_gateway(settings, tx.tenant_id, channel, Gateway(url, secret))
    except SettingError:
        raise Refused("The server's operator has to mend the key that seals channels first.") from None
    host, gateway_id = rules.host_of(url), before["id"] if before is not None else new_id()
    row = await store.set_gateway(tx, gateway_id, channel, host, sealed, actor.id, has_secret=secret is not None)
    tx.emit(events.GatewaySet(actor=actor, facts={"gateway": row["id"], "channel": channel}, texts={"host": host}))
    return msgspec.convert(dict(row), GatewayView)


def _kept(settings: Settings, before: Any, url: str) -> str | None:
    """The secret that is kept, for the host that it was given for alone."""
    if before is None or before["host"] != rules.host_of(url):
        return None
    try:
        return open_gateway(settings, before["tenant_id"], before["channel"], before["sealed"]).secret
    except NotSent:
        raise invalid("secret", "The secret that was kept can't be read any more; write it anew.") from None


async def remove_gateway(tx: Tx, actor: Actor, ref: str) -> None:
    """Send a channel's messages by the operator's means again. Raises `NotFound`."""
    actor.must(permissions.NOTIFICATIONS_MANAGE)
    channel, row = await _find(tx, ref)
    if row is None:
        raise NotFound
    await store.remove_gateway(tx, row["id"])
    facts = {"gateway": row["id"], "channel": channel}
    tx.emit(events.GatewayRemoved(actor=actor, facts=facts, texts={"host": row["host"]}))


async def _find(tx: Tx, ref: str) -> tuple[GatewayChannel, Any]:
    """The channel that a reference names (by name, or by its gateway's id), and its gateway. Raises `NotFound`."""
    if ref in GATEWAYS:
        return ref, await store.gateway_of(tx, ref)
    gateway_id = parse_id(ref)
    row = await store.gateway(tx, gateway_id) if gateway_id is not None else None
    if row is None:
        raise NotFound
    return row["channel"], row


async def try_gateway(
    opens: Opens,
    settings: Settings,
    whose: Callable[[], Actor],
    ref: str,
    trial: Trial,
    claim: Claim | None = None,
) -> DeliveryDetail:
    """Send one message by a channel's way out, the operator's too, and say what became of it: one attempt, no second.

    A sandbox's is recorded. `claim` begins it once for whoever asks again. Raises `NotFound`, `Invalid` without a number,
    `Refused` right after another test.
    """
    begun: list[tuple[dict[str, Any], bytes | None]] = []

    async with opens() as tx:

        async def begin() -> UUID:
            begun.append(await _begin(tx, whose(), ref, trial))
            made: UUID = begun[0][0]["id"]
            return made

        delivery_id = (await claim(begin))[0] if claim is not None else await begin()
    for row, own in begun:
        if row["state"] == "pending":
            outcome = await attempt(settings, row, own)
            async with opens() as tx:
                await settle(tx, row, outcome, once=True)
    async with opens() as tx:
        return await delivery(tx, whose(), str(delivery_id))


async def _begin(tx: Tx, actor: Actor, ref: str, trial: Trial) -> tuple[dict[str, Any], bytes | None]:
    """A delivery of the test's, leased already, so that no sweep takes it; and the tenant's gateway, sealed."""
    actor.must(permissions.NOTIFICATIONS_MANAGE)
    channel, _row = await _find(tx, ref)
    tenant = await tenancy.current(tx)
    recipient = Recipient(None, None, "Slack", None)
    if channel == "sms":
        recipient = Recipient(None, None, actor.name, await _number(tx, actor, trial))
    row = new_row(tx.now, recipient, channel, sandbox=tenant.kind == "sandbox")
    window = int(tx.real_now.timestamp() // PAUSE.total_seconds())
    row |= {"dedupe_key": f"test:{channel}:{window}", "kind": "ChannelTest", "incident_id": None, "headers": {}}
    row |= {"subject": f"{tenant.name}: a test", "body": f"{actor.name} tests whether messages arrive here.\n"}
    row |= {"link": None, "link_text": None}
    if row["state"] == "pending":
        row["next_attempt_at"] = tx.now + LEASE
    if not await store.insert(tx, row):
        raise Refused("A test was sent a moment ago; wait a few seconds before the next one.")
    row |= {"tenant_id": tx.tenant_id, "attempts": 0, "created_at": tx.now, "sent_at": None}
    return row, await own_gateway(tx, channel)


async def _number(tx: Tx, actor: Actor, trial: Trial) -> str:
    """Where a text message goes. Raises `Invalid`."""
    number = trial.phone or next(
        (row["phone"] for row in await store.members(tx, [actor.id] if actor.id else [])), None
    )
    if number is None or not rules.is_phone(number):
        raise invalid("phone", "Give a telephone number, such as +49 30 901820.")
    return str(number)
