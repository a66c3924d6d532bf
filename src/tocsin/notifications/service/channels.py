"""By which addresses a person wants to be told, and whether each is known to be theirs.

The address they log in with counts as verified: their invitation went there. Everything else is verified by a code that is
sent to it. A telephone number that an administrator wrote into the profile is a channel, too, and unverified until then.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from tocsin.access import permissions, service as access
from tocsin.base.actor import Actor
from tocsin.base.errors import Forbidden, NotFound, Refused, invalid
from tocsin.base.ids import new_id, parse_id
from tocsin.db.tx import Tx
from tocsin.notifications import events, rules, store
from tocsin.notifications.model import ContactChannel, PersonalChannel, Recipient
from tocsin.notifications.service.deliveries import notify

CODE_LIFE = timedelta(minutes=15)
CODE_PAUSE = timedelta(minutes=1)
MOST_GUESSES = 5
MOST_CHANNELS = 20


class NewChannel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An e-mail address or a telephone number of one's own. A code is sent to it."""

    kind: PersonalChannel
    address: Annotated[str, Meta(max_length=254)]


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """A way to reach an active person."""

    user_id: UUID
    name: str
    kind: PersonalChannel
    address: str
    is_primary: bool
    is_verified: bool

    @property
    def recipient(self) -> Recipient:
        """The person at this address."""
        return Recipient(self.user_id, None, self.name, self.address)


async def contacts(tx: Tx, user_ids: Sequence[UUID]) -> dict[UUID, list[Contact]]:
    """How each of some active persons can be reached, the addresses of their profile first. Nobody is left out."""
    found: dict[UUID, list[Contact]] = {}
    people = await store.members(tx, user_ids) if user_ids else []
    kept: dict[UUID, list[Any]] = {}
    for row in await store.channels(tx, [row["id"] for row in people]) if people else ():
        kept.setdefault(row["user_id"], []).append(row)
    for row in people:
        if row["kind"] == "person":
            found[row["id"]] = _contacts(row, kept.get(row["id"], []))
    return found


def _contacts(person: Any, own: Sequence[Any]) -> list[Contact]:
    verified = {(row["kind"], row["address"]) for row in own if row["verified_at"] is not None}
    primary: list[tuple[PersonalChannel, str | None]] = [("email", person["email"]), ("sms", person["phone"])]
    listed = [(kind, address, True) for kind, address in primary if address]
    known = {(kind, address) for kind, address, _ in listed}
    listed += [(row["kind"], row["address"], False) for row in own if (row["kind"], row["address"]) not in known]
    return [
        Contact(
            user_id=person["id"],
            name=person["name"],
            kind=kind,
            address=address,
            is_primary=is_primary,
            is_verified=(is_primary and kind == "email") or (kind, address) in verified,
        )
        for kind, address, is_primary in listed
        if rules.why_unreachable(kind, address) is None
    ]


def _myself(actor: Actor) -> UUID | None:
    """The person who asks; None for a token without one. Raises `Forbidden` for somebody without any right."""
    if not any(actor.can(permission) for permission in permissions.ALL):
        raise Forbidden("This needs a role in the organisation.")
    return actor.id if actor.kind == "person" else None


async def channels(tx: Tx, actor: Actor) -> list[ContactChannel]:
    """One's own channels, the addresses of the profile first."""
    me = _myself(actor)
    if me is None:
        return []
    rows = {(row["kind"], row["address"]): row for row in await store.channels(tx, [me])}
    return [_view(one, rows.get((one.kind, one.address))) for one in (await contacts(tx, [me])).get(me, [])]


def _view(contact: Contact, row: Any) -> ContactChannel:
    return ContactChannel(
        id=row["id"] if row is not None else None,
        kind=contact.kind,
        address=contact.address,
        is_primary=contact.is_primary,
        is_verified=contact.is_verified,
        verified_at=row["verified_at"] if row is not None else None,
    )


async def add_channel(tx: Tx, actor: Actor, new: NewChannel) -> ContactChannel:
    """Add a channel of one's own, or begin to verify one of the profile's; a code is sent to it.

    Raises `Invalid` for an address that can't be written to, `Refused` for one that is there already or too many.
    """
    me = _myself(actor)
    if me is None:
        raise Refused("A token without a person behind it has no channels.")
    address = access.clean_email(new.address, "address") if new.kind == "email" else new.address.strip()
    if rules.why_unreachable(new.kind, address) is not None:
        raise invalid("address", "Give a telephone number, such as +49 30 901820.")
    mine = (await contacts(tx, [me])).get(me, [])
    known = next((one for one in mine if (one.kind, one.address) == (new.kind, address)), None)
    if known is not None and (known.is_verified or not known.is_primary):
        raise Refused("You have this channel already.", field="address")
    if len(mine) >= MOST_CHANNELS:
        raise Refused("You have {most} channels already; remove one first.", most=MOST_CHANNELS)
    channel_id = new_id()
    if not await store.add_channel(tx, channel_id, me, new.kind, address):
        raise Refused("You have this channel already.", field="address")
    tx.emit(
        events.ChannelAdded(actor=actor, facts={"channel": channel_id, "kind": new.kind}, texts={"address": address})
    )
    await _send_code(tx, actor, await store.channel(tx, me, channel_id))
    return await _mine(tx, me, channel_id)


async def send_code(tx: Tx, actor: Actor, ref: str) -> ContactChannel:
    """Send a fresh code. Raises `NotFound`, `Refused` for a verified one, or within a minute of the last code."""
    me, row = await _find(tx, actor, ref)
    if row["verified_at"] is not None:
        raise Refused("This channel is verified already.")
    if row["code_sent_at"] is not None and tx.real_now - row["code_sent_at"] < CODE_PAUSE:
        raise Refused("A code was sent a moment ago; wait a minute before the next one.")
    await _send_code(tx, actor, row)
    return await _mine(tx, me, row["id"])


async def _send_code(tx: Tx, actor: Actor, row: Any) -> None:
    """Codes go by real time, as logins do, also where the organisation's own clock stands still."""
    code = f"{secrets.randbelow(1_000_000):06d}"
    await store.set_code(tx, row["id"], _hash(row["id"], code), tx.real_now)
    await notify(
        tx,
        kind="ChannelCode",
        incident_id=None,
        recipients=[Recipient(row["user_id"], None, actor.name, row["address"])],
        subject="Your code for Tocsin",
        body=f"The code that verifies this address is {code}. It works for 15 minutes.\n",
        dedupe=f"code:{row['id']}:{tx.real_now.isoformat()}",
        channel=row["kind"],
    )


def _hash(channel_id: UUID, code: str) -> bytes:
    return hashlib.sha256(channel_id.bytes + code.encode()).digest()


async def verify_channel(tx: Tx, actor: Actor, ref: str, code: str) -> ContactChannel:
    """Verify a channel by the code that was sent to it.

    Raises `NotFound`, `Invalid` for a wrong code (it counts, whatever becomes of this transaction), and `Refused` for one
    that is too old or was guessed at too often.
    """
    me, row = await _find(tx, actor, ref)
    if row["verified_at"] is not None:
        raise Refused("This channel is verified already.")
    is_alive = row["code_sent_at"] is not None and tx.real_now - row["code_sent_at"] <= CODE_LIFE
    async with tx.database.aside(tx.tenant_id) as side:
        may_guess = is_alive and await store.count_guess(side, row["id"], MOST_GUESSES)
    if not may_guess:
        raise Refused("This code works no more; send another one.")
    if not secrets.compare_digest(_hash(row["id"], code.strip()), row["code_hash"]):
        raise invalid("code", "This is not the code that was sent.")
    await store.set_verified(tx, row["id"])
    facts = {"channel": row["id"], "kind": row["kind"]}
    tx.emit(events.ChannelVerified(actor=actor, facts=facts, texts={"address": row["address"]}))
    return await _mine(tx, me, row["id"])


async def remove_channel(tx: Tx, actor: Actor, ref: str) -> None:
    """Remove a channel of one's own; an address of the profile stays there, unverified. Raises `NotFound`."""
    _me, row = await _find(tx, actor, ref)
    await store.remove_channel(tx, row["id"])
    facts = {"channel": row["id"], "kind": row["kind"]}
    tx.emit(events.ChannelRemoved(actor=actor, facts=facts, texts={"address": row["address"]}))


async def _find(tx: Tx, actor: Actor, ref: str) -> tuple[UUID, Any]:
    """Who asks, and the channel of theirs. Raises `NotFound`."""
    me, channel_id = _myself(actor), parse_id(ref)
    row = await store.channel(tx, me, channel_id) if me is not None and channel_id is not None else None
    if me is None or row is None:
        raise NotFound
    return me, row


async def _mine(tx: Tx, me: UUID, channel_id: UUID) -> ContactChannel:
    row = await store.channel(tx, me, channel_id)
    found = next(
        one for one in (await contacts(tx, [me]))[me] if (one.kind, one.address) == (row["kind"], row["address"])
    )
    return _view(found, row)
