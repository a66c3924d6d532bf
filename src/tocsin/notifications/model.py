"""Recipients and deliveries."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

Channel = Literal["email", "sms", "slack"]
PersonalChannel = Literal["email", "sms"]
GatewayChannel = Literal["slack", "sms"]
GATEWAYS: tuple[GatewayChannel, ...] = ("slack", "sms")
State = Literal["pending", "sent", "recorded", "failed", "skipped"]
STATES: tuple[State, ...] = ("pending", "sent", "recorded", "failed", "skipped")


class Recipient(msgspec.Struct, frozen=True):
    """Somebody to tell: a member, a reporter, or (neither id) an outside address. `address` None: shown as skipped."""

    user_id: UUID | None
    reporter_id: UUID | None
    name: str
    address: str | None


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one recipient over one channel, as lists show it."""

    id: UUID
    kind: str
    incident_id: UUID | None
    user_id: UUID | None
    reporter_id: UUID | None
    channel: Channel
    address: str | None
    subject: str
    state: State
    attempts: int
    next_attempt_at: datetime | None
    last_error: str | None
    created_at: datetime
    sent_at: datetime | None


class DeliveryDetail(Delivery, frozen=True, kw_only=True):
    """A delivery with its text and the headers beside ours."""

    body: str
    headers: dict[str, str]


class Outgoing(DeliveryDetail, frozen=True, kw_only=True):
    """A delivery on its way. `link` is a path of ours that only its recipient may know, `link_text` what it is for."""

    link: str | None = None
    link_text: str | None = None


class ContactChannel(msgspec.Struct, frozen=True, kw_only=True):
    """An address of one's own. `id` is null for an address of the profile that nobody has begun to verify."""

    id: UUID | None
    kind: PersonalChannel
    address: str
    is_primary: bool
    is_verified: bool
    verified_at: datetime | None


class GatewayView(msgspec.Struct, frozen=True, kw_only=True):
    """The organisation's own way out for a channel. Its address and secret are never shown again; `host` is."""

    id: UUID
    channel: GatewayChannel
    host: str
    has_secret: bool
    updated_at: datetime
