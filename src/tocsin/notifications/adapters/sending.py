"""Messages by the operator's means: SMTP by aiosmtplib, everything else by Apprise."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, parseaddr
from urllib.parse import quote

import aiosmtplib

from tocsin.base.errors import SettingError
from tocsin.base.settings import Settings
from tocsin.notifications import rules
from tocsin.notifications.model import Outgoing

SEND_SECONDS = 30
"""No message takes longer, whatever the other side does."""


class NotSent(Exception):
    """The message did not go out. `final`: the other side will not take it later either."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(rules.one_line(reason, rules.ERROR_LENGTH))
        self.final = final


def check_settings(settings: Settings) -> None:
    """Raises `SettingError` when a channel's address cannot be used."""
    wrong = rules.wrong_setting(settings.smtp_url, settings.mail_from, settings.sms_url)
    if wrong is not None:
        raise SettingError(wrong)


def is_configured(settings: Settings, channel: str) -> bool:
    """Whether messages of a channel can leave at all."""
    return {"email": settings.smtp_url, "sms": settings.sms_url, "slack": settings.slack_url}[channel] is not None


async def send(settings: Settings, delivery: Outgoing) -> None:
    """Hand a message over. Raises `NotSent`; returning means that the other side took it."""
    await in_time(
        _send_mail(settings, delivery) if delivery.channel == "email" else _send_by_apprise(settings, delivery)
    )


async def in_time(attempt: Awaitable[None]) -> None:
    """Wait for an attempt, though no longer than any may take. Raises `NotSent`."""
    try:
        async with asyncio.timeout(SEND_SECONDS):
            await attempt
    except TimeoutError:
        raise NotSent(f"no answer within {SEND_SECONDS} seconds") from None


def body_of(settings: Settings, delivery: Outgoing) -> str:
    """The text of a message, with its link where the server knows its own address."""
    return rules.with_link(delivery.body, settings.public_url, delivery.link_text, delivery.link)


def build_mail(settings: Settings, delivery: Outgoing) -> EmailMessage:
    """The mail of a delivery; byte for byte the same at every attempt. Raises `NotSent` when none can be made."""
    domain = rules.domain_of(settings.mail_from)
    headers = rules.extra_headers(delivery.headers)
    if delivery.incident_id is not None and "References" not in headers:
        headers["In-Reply-To"] = headers["References"] = rules.thread_id(delivery.incident_id, domain)
    name, address = parseaddr(settings.mail_from)
    mail = EmailMessage(policy=SMTP_POLICY)
    try:
        mail["From"] = Address(rules.one_line(name), addr_spec=address)
        mail["To"] = Address(addr_spec=delivery.address)
        mail["Subject"] = rules.one_line(delivery.subject)
        mail["Date"] = format_datetime(delivery.created_at)
        mail["Message-ID"] = rules.message_id(delivery.id, domain)
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
        for key, value in headers.items():
            mail[key] = value
        mail.set_content(body_of(settings, delivery))
    except (ValueError, IndexError, UnicodeError) as error:
        raise NotSent(f"no mail can be made of this: {error}", final=True) from None
    return mail


async def _send_mail(settings: Settings, delivery: Outgoing) -> None:
    assert settings.smtp_url is not None
    server = rules.parse_smtp_url(settings.smtp_url)
    mail = build_mail(settings, delivery)
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        username=server.user,
        password=server.password,
        use_tls=server.tls,
        start_tls=server.starttls,
        validate_certs=server.verify,
        local_hostname=rules.domain_of(settings.mail_from),
        timeout=SEND_SECONDS,
    )
    try:
        await client.connect()
        await client.send_message(mail)
        with suppress(aiosmtplib.SMTPException):  # it is taken; how the conversation ends no longer matters
            await client.quit(timeout=2)
    except (aiosmtplib.SMTPException, OSError) as error:
        raise NotSent(_reason(error), final=_is_final(error)) from None
    finally:
        client.close()


def _reason(error: Exception) -> str:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused) and error.recipients:
        error = error.recipients[0]
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"{error.code} {error.message}"
    return str(error) or type(error).__name__


def _is_final(error: Exception) -> bool:
    """A 5xx answer about this message (RFC 5321 section 4.2.1). A refused login is ours to mend, so it is tried again."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return all(500 <= refusal.code < 600 for refusal in error.recipients)
    if isinstance(
        error, aiosmtplib.SMTPAuthenticationError | aiosmtplib.SMTPConnectResponseError | aiosmtplib.SMTPHeloError
    ):
        return False
    return isinstance(error, aiosmtplib.SMTPResponseException) and 500 <= error.code < 600


async def _send_by_apprise(settings: Settings, delivery: Outgoing) -> None:
    import apprise  # noqa: PLC0415  a third of a second, for the few who use it

    url = settings.sms_url if delivery.channel == "sms" else settings.slack_url
    assert url is not None
    if delivery.channel == "sms":
        url = url.replace("{phone}", quote(rules.phone_number(delivery.address or ""), safe=""))
    service = apprise.Apprise()
    if not service.add(url):
        raise NotSent(f"TOCSIN_{delivery.channel.upper()}_URL is not an address that Apprise knows")
    if not await service.async_notify(title=rules.one_line(delivery.subject), body=body_of(settings, delivery)):
        raise NotSent("the service did not take the message")
