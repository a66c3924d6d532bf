"""Links by which the one who was told acknowledges without logging in: signed with a key of the tenant's own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import timedelta
from uuid import UUID

from tocsin.base.ids import parse_id
from tocsin.db.tx import Tx
from tocsin.escalation import store
from tocsin.tenancy import service as tenancy

LINK_LIFE = timedelta(days=7)


async def link_to(tx: Tx, alert_id: UUID) -> str:
    """The path at which an alert is acknowledged."""
    key = await store.settings.link_key(tx)
    if key is None:
        key = await store.settings.make_link_key(tx, secrets.token_bytes(32))
    return f"/ack/{(await tenancy.current(tx)).slug}/{alert_id}/{_sign(key, alert_id)}"


async def read_link(tx: Tx, alert: str, signature: str) -> UUID | None:
    """The alert that a link names, or None for a link that is none of ours."""
    alert_id, key = parse_id(alert), await store.settings.link_key(tx)
    if alert_id is None or key is None or not signature.isascii():
        return None
    return alert_id if hmac.compare_digest(_sign(key, alert_id), signature) else None


def _sign(key: bytes, alert_id: UUID) -> str:
    signature = hmac.digest(key, b"acknowledge:" + alert_id.bytes, hashlib.sha256)
    return base64.urlsafe_b64encode(signature).rstrip(b"=").decode()
