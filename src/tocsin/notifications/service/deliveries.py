"""Telling people: deliveries as rows in the business transaction, sent afterwards outside of any transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import structlog

from tocsin.access import permissions
from tocsin.access.service.recovery import Letter
from tocsin.activity.model import Event
from tocsin.base.actor import Actor, system_actor
from tocsin.base.clock import system_clock
from tocsin.base.errors import N_, NotFound, Refused, SettingError, invalid
from tocsin.base.ids import new_id, parse_id
from tocsin.base.paging import Page, PageQuery, check_limit, decode_cursor, encode_cursor
from tocsin.base.settings import Settings
from tocsin.db.tx import Database, Tx
from tocsin.jobs import queue
from tocsin.notifications import events, rules, store
from tocsin.notifications.adapters import gateways, sealing, sending
from tocsin.notifications.adapters.gateways import Gateway
from tocsin.notifications.adapters.sending import NotSent
from tocsin.notifications.model import STATES, Channel, Delivery, DeliveryDetail, Outgoing, Recipient
from tocsin.tenancy import service as tenancy

log = structlog.get_logger()

MODULE = "notifications"
SWEEP = "notifications.deliveries"
DUE, NEXT_DUE = store.DUE, store.NEXT_DUE
check_settings = sending.check_settings
LEASE = timedelta(seconds=sending.SEND_SECONDS * 3)
"""How long an attempt owns its delivery: longer than it can take, so that only a crash lets it run out."""


async def people(tx: Tx, user_ids: Sequence[UUID], channel: Channel = "email") -> list[Recipient]:
    """The active persons among these members that a channel reaches, by name."""
    return [r for r in await members(tx, user_ids, channel) if r.address or channel == "slack"]


async def members(tx: Tx, user_ids: Sequence[UUID], channel: Channel = "email") -> list[Recipient]:
    """The active ones among these members; those without an address, service members too, have `address` None.

    `notify` shows what is meant for them as skipped.
    """
    found = await store.members(tx, user_ids) if user_ids else []
    return [Recipient(row["id"], None, row["name"], _address(row, channel)) for row in found]


def _address(row: Any, channel: Channel) -> str | None:
    if row["kind"] != "person":
        return None
    address: str | None = row["phone"] if channel == "sms" else row["email"]
    return address or None


async def notify(
    tx: Tx,
    *,
    kind: str,
    incident_id: UUID | None,
    recipients: Sequence[Recipient],
    subject: str,
    body: str,
    dedupe: str,
    channel: Channel = "email",
    headers: Mapping[str, str] | None = None,
    link: tuple[str, str] | None = None,
) -> list[UUID]:
    """Add one delivery for each recipient; the ids of those that are new. Sent once this transaction has committed.

    `dedupe` names the occasion: for the same one nobody is told twice at the same address. `kind` is the event's name or
    the like. `link` is what a link is for, and its path, which is shown to the recipient alone. A sandbox's deliveries
    are only recorded. Slack is one channel for all: it gets one message.
    """
    tenant = await tenancy.current(tx)
    if MODULE in tenant.disabled_modules or not recipients:
        return []
    if channel == "slack":
        recipients = [Recipient(None, None, "Slack", None)]
    made: list[UUID] = []
    pending = False
    for recipient in recipients:
        row = new_row(tx.now, recipient, channel, sandbox=tenant.kind == "sandbox")
        row |= {"dedupe_key": f"{dedupe}:{channel}:{recipient.address or recipient.user_id or recipient.reporter_id}"}
        row |= {
            "kind": kind,
            "incident_id": incident_id,
            "subject": rules.one_line(subject),
            "body": rules.plain_body(body),
        }
        row["headers"] = rules.extra_headers(headers or {})
        row["link_text"], row["link"] = link or (None, None)
        if not await store.insert(tx, row):
            continue
        made.append(row["id"])
        pending = pending or row["state"] == "pending"
        if row["state"] == "recorded":
            tx.emit(_event(events.DeliveryRecorded, tx, row, recipient.name))
    if pending:
        await queue.enqueue(tx, [(SWEEP, {})])
    return made


def new_row(now: datetime, recipient: Recipient, channel: Channel, *, sandbox: bool) -> dict[str, Any]:
    why_not = rules.why_unreachable(channel, recipient.address)
    state = "skipped" if why_not else "recorded" if sandbox else "pending"
    return {
        "id": new_id(),
        "user_id": recipient.user_id,
        "reporter_id": recipient.reporter_id,
        "channel": channel,
        "address": recipient.address,
        "state": state,
        "next_attempt_at": now if state == "pending" else None,
        "last_error": f"{rules.one_line(recipient.name, 100)} {why_not}" if why_not else None,
    }


def _event(kind: type[Event], tx: Tx, row: Any, to: str, **more: Any) -> Event:
    error = {"error": more.pop("error")} if "error" in more else {}
    return kind(
        actor=system_actor(tx.tenant_id),
        incident_id=row["incident_id"],
        facts={"delivery": row["id"], "kind": row["kind"], "channel": row["channel"], **more},
        texts={"to": to, "subject": row["subject"], **error},
    )


async def deliver(database: Database, settings: Settings, tenant_id: UUID, delivery_id: UUID) -> None:
    """Make one attempt at a due delivery: claim and commit, send, then write how it ended.

    Should we die between, the lease runs out and the message goes out again under the same Message-ID.
    """
    async with database.tenant(tenant_id) as tx:
        tenant = await tenancy.current(tx)
        if tenant.state != "active" or tenant.kind != "live" or MODULE in tenant.disabled_modules:
            return
        row = await store.claim(tx, delivery_id, tx.now + LEASE)
        own = await own_gateway(tx, row["channel"]) if row is not None else None
    if row is None:
        return
    outcome = await attempt(settings, row, own)
    async with database.tenant(tenant_id) as tx:
        await settle(tx, row, outcome)


async def own_gateway(tx: Tx, channel: Channel) -> bytes | None:
    """The tenant's own gateway for a channel, sealed; None where the operator's is used."""
    row = await store.gateway_of(tx, channel) if channel != "email" else None
    return row["sealed"] if row is not None else None


class Outcome(msgspec.Struct, frozen=True):
    """How an attempt ended; neither `failure` nor `is_sent`: there is nothing to send with, so it was recorded."""

    is_sent: bool
    failure: NotSent | None = None


async def attempt(settings: Settings, row: Any, own: bytes | None) -> Outcome:
    """Send a delivery outside of any transaction, by the tenant's own gateway where there is one."""
    delivery = msgspec.convert(dict(row), Outgoing)
    try:
        if own is not None:
            gateway = open_gateway(settings, row["tenant_id"], delivery.channel, own)
            await sending.in_time(gateways.hand_over(settings, gateway, delivery))
        elif sending.is_configured(settings, delivery.channel):
            await sending.send(settings, delivery)
        else:
            return Outcome(is_sent=False)
    except NotSent as failure:
        return Outcome(is_sent=False, failure=failure)
    return Outcome(is_sent=True)


def seal_gateway(settings: Settings, tenant_id: UUID, channel: Channel, gateway: Gateway) -> bytes:
    """A gateway as it lies in the database, of use to this tenant and for this channel alone."""
    return sealing.seal(settings, msgspec.json.encode([gateway.url, gateway.secret]), _about(tenant_id, channel))


def open_gateway(settings: Settings, tenant_id: UUID, channel: Channel, sealed: bytes) -> Gateway:
    """A sealed gateway. Raises `NotSent` where the key that sealed it is not at hand."""
    try:
        content = sealing.unseal(settings, sealed, _about(tenant_id, channel))
    except SettingError as error:
        raise NotSent(str(error)) from None
    if content is None:
        raise NotSent("the key that sealed the channel's settings is gone; write them anew")
    url, secret = msgspec.json.decode(content, type=tuple[str, str | None])
    return Gateway(url, secret)


def _about(tenant_id: UUID, channel: Channel) -> bytes:
    return tenant_id.bytes + channel.encode()


async def settle(tx: Tx, row: Any, outcome: Outcome, *, once: bool = False) -> None:
    """Write how an attempt ended, and when the next one is due; with `once` there is none."""
    number, failure = row["attempts"], outcome.failure
    if failure is None:
        state, sent_at = ("sent", tx.now) if outcome.is_sent else ("recorded", None)
        await store.settle(tx, row["id"], number, state=state, next_attempt_at=None, error=None, sent_at=sent_at)
        return
    again = None if failure.final or once else rules.next_attempt(number, tx.now)
    state, reason = ("failed" if again is None else "pending"), str(failure)
    if not await store.settle(tx, row["id"], number, state=state, next_attempt_at=again, error=reason, sent_at=None):
        return
    log.warning(
        "message not sent",
        tenant=str(tx.tenant_id),
        delivery=str(row["id"]),
        attempt=number,
        again=str(again) if again else "no",
    )
    if again is None:
        to = row["address"] or row["channel"]
        tx.emit(_event(events.DeliveryFailed, tx, row, to, attempts=number, error=reason))


async def hand_over(settings: Settings, letter: Letter) -> str | None:
    """Send a mail at once and keep nothing of it: for mails that hold a secret. None, or why it did not go out."""
    kept_by_nobody = Outgoing(
        id=new_id(),
        kind="letter",
        incident_id=None,
        user_id=None,
        reporter_id=None,
        channel="email",
        address=letter.to,
        subject=letter.subject,
        state="pending",
        attempts=1,
        next_attempt_at=None,
        last_error=None,
        created_at=system_clock(),
        sent_at=None,
        body=letter.body,
        headers={},
    )
    try:
        await sending.send(settings, kept_by_nobody)
    except NotSent as outcome:
        return str(outcome)
    return None


class DeliveryQuery(PageQuery, frozen=True, kw_only=True):
    """`state`: pending, sent, recorded, failed or skipped. `incident`: an incident's id."""

    state: str | None = None
    incident: str | None = None


async def deliveries(tx: Tx, actor: Actor, query: DeliveryQuery) -> Page[Delivery]:
    """The tenant's deliveries, newest first. Raises `Invalid`."""
    actor.must(permissions.NOTIFICATIONS_MANAGE)
    limit = check_limit(query.limit)
    if query.state is not None and query.state not in STATES:
        raise invalid("state", "Use one of {names}.", names=", ".join(STATES))
    incident_id = None if query.incident is None else parse_id(query.incident)
    if query.incident is not None and incident_id is None:
        raise invalid("incident", "Give the id of an incident.")
    question = ["deliveries", tx.tenant_id, query.state, query.incident]
    before = None if query.cursor is None else decode_cursor(query.cursor, question, tuple[datetime, UUID])
    rows = await store.page(tx, state=query.state, incident_id=incident_id, before=before, limit=limit + 1)
    items = [msgspec.convert(dict(row), Delivery) for row in rows[:limit]]
    more = len(rows) > limit
    return Page(items, encode_cursor(question, [items[-1].created_at, items[-1].id]) if more else None)


async def delivery(tx: Tx, actor: Actor, ref: str) -> DeliveryDetail:
    """One delivery with its text. Raises `NotFound`."""
    actor.must(permissions.NOTIFICATIONS_MANAGE)
    row = await store.get(tx, _delivery_id(ref))
    if row is None:
        raise NotFound
    return msgspec.convert(dict(row), DeliveryDetail)


FIGURES_OF = timedelta(days=7)


async def figures(tx: Tx, actor: Actor) -> dict[str, int]:
    """How many deliveries of the last week are in which state."""
    actor.must(permissions.NOTIFICATIONS_MANAGE)
    return await store.figures(tx, tx.now - FIGURES_OF)


_NOT_FAILED = {
    "pending": N_("Only failed deliveries are tried again; this one is pending."),
    "sent": N_("Only failed deliveries are tried again; this one is sent."),
    "recorded": N_("Only failed deliveries are tried again; this one is recorded."),
    "skipped": N_("Only failed deliveries are tried again; this one is skipped."),
}


async def retry(tx: Tx, actor: Actor, ref: str) -> DeliveryDetail:
    """Try a failed delivery anew, from the first attempt. Raises `NotFound`, and `Refused` unless it has failed."""
    actor.must(permissions.NOTIFICATIONS_MANAGE)
    row = await store.lock(tx, _delivery_id(ref))
    if row is None:
        raise NotFound
    state: str = row["state"]
    if state != "failed":
        raise Refused(_NOT_FAILED[state])
    await store.restart(tx, row["id"])
    await queue.enqueue(tx, [(SWEEP, {})])
    return await delivery(tx, actor, ref)


def _delivery_id(ref: str) -> UUID:
    found = parse_id(ref)
    if found is None:
        raise NotFound
    return found
