"""What `tocsin doctor` looks at: whether messages can leave, carry links, and whether organisations' channels can be read."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tocsin.base.errors import SettingError
from tocsin.base.settings import Settings
from tocsin.db.roles import connect_as_operator
from tocsin.db.urls import DatabaseUrls
from tocsin.jobs.health import Symptom
from tocsin.notifications import rules
from tocsin.notifications.adapters.sending import NotSent
from tocsin.notifications.service.deliveries import open_gateway

_SEALED = (
    "select g.tenant_id, g.channel, g.sealed, t.slug from notification_gateways g join tenants t on t.id = g.tenant_id"
    " order by t.slug, g.channel"
)


async def examine(settings: Settings, urls: DatabaseUrls) -> list[Symptom]:
    """Look at links, at the relay for mails and at what is sealed. Raises `SettingError` without a login."""
    found = [links(settings), mails(settings)]
    if urls.backup is None:
        return [*found, Symptom("sealed channels", skipped="needs the role backup, whose URL is not set")]
    conn = await connect_as_operator(urls.backup)
    try:
        return [*found, sealed_channels(settings, await conn.fetch(_SEALED))]
    finally:
        await conn.close()


def links(settings: Settings) -> Symptom:
    """Whether messages can carry links to acknowledge by."""
    missing = rules.missing_links(settings.public_url)
    return Symptom("links in messages", [] if missing is None else [missing], rules.LINKS_HELP, grave=False)


def mails(settings: Settings) -> Symptom:
    """Whether mails leave at all."""
    lines = [] if settings.smtp_url is not None else ["TOCSIN_SMTP_URL is not set: mails are recorded, and none leaves"]
    return Symptom("mails", lines, "set it to smtp://user:password@host:port", grave=False)


def sealed_channels(settings: Settings, rows: list[Any]) -> Symptom:
    """Whether the key at hand opens every organisation's own channels."""
    unread: Counter[str] = Counter()
    for row in rows:
        try:
            open_gateway(settings, row["tenant_id"], row["channel"], row["sealed"])
        except (NotSent, SettingError):
            unread[row["slug"]] += 1
    lines = [f"{count} of {slug} can't be read" for slug, count in sorted(unread.items())]
    why = "bring the file back that TOCSIN_CHANNEL_KEY names (or channel-key in the home), or have them written anew"
    return Symptom("sealed channels", lines, why)
