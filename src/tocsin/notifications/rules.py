"""Pure decisions about messages: when to try again, which addresses and headers are fit to leave the house."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

from tocsin.base.errors import N_

BACK_OFF_MINUTES = (1, 2, 5, 15, 60, 180, 720, 1440, 1440)
"""Minutes to wait after the first, second, … failed attempt. After the last one the delivery has failed."""
MAX_ATTEMPTS = len(BACK_OFF_MINUTES) + 1

SUBJECT_LENGTH = 255
BODY_LENGTH = 100_000
ERROR_LENGTH = 500

# Line breaks by any standard's reading (Unicode's included) end a header for some reader.
_NOT_IN_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_NOT_IN_BODY = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_ADDRESS = re.compile(r"[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f]{1,64}@[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f]{1,253}")
_PHONE = re.compile(r"\+?[0-9](?:[ ()./-]*[0-9]){3,17}")
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")
_OURS = frozenset(
    (
        "from",
        "to",
        "cc",
        "bcc",
        "sender",
        "subject",
        "date",
        "message-id",
        "mime-version",
        "auto-submitted",
        "return-path",
    )
)


def next_attempt(attempts: int, now: datetime) -> datetime | None:
    """When to try again after `attempts` failures, or None when it is time to give up."""
    return now + timedelta(minutes=BACK_OFF_MINUTES[attempts - 1]) if attempts < MAX_ATTEMPTS else None


def one_line(text: str, length: int = SUBJECT_LENGTH) -> str:
    """Text that is safe inside a header: one line, no control characters, at most `length` characters."""
    line = " ".join(_NOT_IN_LINE.sub(" ", text).split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def plain_body(text: str) -> str:
    """A body with line feeds only, without control characters, cut at 100,000 characters."""
    return _NOT_IN_BODY.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))[:BODY_LENGTH]


def with_link(body: str, base: str | None, text: str | None, path: str | None) -> str:
    """A body with a link below it, where the server knows the address that people reach it at."""
    if base is None or path is None:
        return body
    return f"{body.rstrip()}\n\n{text or ''}\n{base}{path}\n".replace("\n\n\n", "\n\n")


def is_address(text: str | None) -> bool:
    """Whether a mail can be addressed to this, as it stands: no spaces, no list, no route, no second line."""
    return text is not None and len(text) <= 254 and _ADDRESS.fullmatch(text) is not None and ".." not in text


def is_phone(text: str | None) -> bool:
    """Whether this is a telephone number: 4 to 18 digits, a plus before them and the usual separators allowed."""
    return text is not None and _PHONE.fullmatch(text) is not None


def phone_number(text: str) -> str:
    """A telephone number without its separators."""
    return ("+" if text.startswith("+") else "") + "".join(c for c in text if c.isdigit())


def why_unreachable(channel: str, address: str | None) -> str | None:
    """Why nothing can be sent to an address, in words, or None when something can."""
    if channel == "slack":
        return None
    if not address:
        return "has no e-mail address" if channel == "email" else "has no telephone number"
    fits = is_address(address) if channel == "email" else is_phone(address)
    return None if fits else "the address is not one that can be written to"


def extra_headers(given: Mapping[str, str]) -> dict[str, str]:
    """The given headers that a feature may set, each on one line; those that are ours to set are left out."""
    kept = {}
    for name, value in given.items():
        lower = name.lower()
        if _HEADER_NAME.fullmatch(name) and lower not in _OURS and not lower.startswith("content-"):
            kept[name] = one_line(value, 900)
    return kept


def domain_of(sender: str) -> str:
    """The domain of the sender's address, for message ids; `localhost` when it has none that fits."""
    found = re.search(r"@([A-Za-z0-9.-]+)>?\s*$", sender)
    return found.group(1).lower() if found else "localhost"


def message_id(delivery_id: UUID, domain: str) -> str:
    """The Message-ID of a delivery: the same at every attempt, so that a receiver can tell a repetition."""
    return f"<{delivery_id}@{domain}>"


def thread_id(incident_id: UUID, domain: str) -> str:
    """What all mails about an incident refer to (RFC 5322 section 3.6.4), so that readers show them as one thread."""
    return f"<incident.{incident_id}@{domain}>"


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mails are handed over. `starttls`: True must, False never, None when offered."""

    host: str
    port: int
    user: str | None
    password: str | None
    tls: bool
    starttls: bool | None
    verify: bool


def parse_smtp_url(url: str) -> SmtpServer:
    """The server of `smtp://user:password@host:port` or `smtps://…`. Raises ValueError in words.

    `?starttls=required|off` decides for smtp; with a password and a host that is not this machine it is required by
    itself. `?verify=off` accepts any certificate.
    """
    parts = urlsplit(url)
    options = parse_qs(parts.query, keep_blank_values=True)
    unknown = set(options) - {"starttls", "verify"}
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or unknown:
        raise ValueError("use smtp://user:password@host:port, with ?starttls= and ?verify= alone")
    starttls, verify = options.get("starttls", [""])[0], options.get("verify", ["on"])[0]
    if starttls not in ("", "required", "off") or verify not in ("on", "off"):
        raise ValueError("use starttls=required or starttls=off, verify=on or verify=off")
    tls = parts.scheme == "smtps"
    must = starttls == "required" or (starttls == "" and parts.password is not None and not _is_here(parts.hostname))
    return SmtpServer(
        host=parts.hostname,
        port=parts.port or (465 if tls else 587 if parts.username else 25),
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        tls=tls,
        starttls=False if tls or starttls == "off" else True if must else None,
        verify=verify == "on",
    )


LINKS_HELP = "set TOCSIN_PUBLIC_URL to the address that people reach the server at, such as https://tocsin.example"


def missing_links(public_url: str | None) -> str | None:
    """What is to be said where messages can't carry links, or only such as lead nowhere else; None when they can."""
    if public_url is None:
        return "TOCSIN_PUBLIC_URL is not set: messages carry no links, so nobody acknowledges from one"
    if _is_here(urlsplit(public_url).hostname or ""):
        return f"TOCSIN_PUBLIC_URL is {public_url}: links in messages work on this machine alone"
    return None


def wrong_setting(smtp_url: str | None, mail_from: str, sms_url: str | None) -> str | None:
    """What is wrong with the channels' settings, in one line, or None."""
    if smtp_url is not None:
        try:
            parse_smtp_url(smtp_url)
        except ValueError as error:
            return f"TOCSIN_SMTP_URL: {error}."
    if not is_address(parseaddr(mail_from)[1]):
        return f"TOCSIN_MAIL_FROM={mail_from!r}: use an address such as Tocsin <tocsin@example.com>."
    if sms_url is not None and "{phone}" not in sms_url:
        return "TOCSIN_SMS_URL: the place of the number is missing; write {phone} there."
    return None


GATEWAY_LENGTH = 2000
_SECRET = re.compile(r"[\x21-\x7e]+")
_TRANSLATED = IPv6Network("64:ff9b::/96")
"""IPv4 addresses as networks without IPv4 write them (RFC 6052)."""


def host_of(url: str) -> str:
    """The host that an address names."""
    return urlsplit(url).hostname or ""


def wrong_gateway(url: str, *, loopback: bool) -> str | None:
    """Why messages may not go to an address that a tenant gives, as far as it shows by itself; None when they may.

    With `loopback` an address of this machine is fine, without TLS too.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return N_("This is no address.")
    if (
        not host
        or port == 0
        or len(url) > GATEWAY_LENGTH
        or not url.isascii()
        or _NOT_IN_LINE.search(url)
        or " " in url
    ):
        return N_("Give an address such as https://hooks.example.com/services/….")
    if parts.username is not None or parts.password is not None:
        return N_("Leave the user and the password out of the address; the secret has a field of its own.")
    if parts.scheme != "https" and not (loopback and parts.scheme == "http" and _is_here(host)):
        return N_("Give an address that starts with https://.")
    if not loopback and (host == "localhost" or host.endswith((".localhost", ".local", ".internal"))):
        return N_("This address lies inside of a network; messages may go to public addresses alone.")
    with suppress(ValueError):
        if not may_connect(str(ip_address(host)), loopback=loopback):
            return N_("This address lies inside of a network; messages may go to public addresses alone.")
    return None


def is_secret(text: str) -> bool:
    """Whether a text can stand in a header as a secret does: visible characters of ASCII, no space."""
    return len(text) <= 500 and _SECRET.fullmatch(text) is not None


def may_connect(address: str, *, loopback: bool) -> bool:
    """Whether an IP address is a public one, also by what it carries inside (IPv4 within IPv6 in any of its forms)."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    inside = _inside(ip) if isinstance(ip, IPv6Address) else [ip]
    if loopback and all(each.is_loopback for each in inside):
        return True
    return all(each.is_global and not each.is_multicast and not each.is_reserved for each in inside)


def _inside(ip: IPv6Address) -> list[IPv4Address | IPv6Address]:
    """The addresses that packets to this one end at: itself, or the IPv4 addresses that it carries."""
    if ip.ipv4_mapped is not None:
        return [ip.ipv4_mapped]
    if ip.teredo is not None:
        return [*ip.teredo]
    if ip.sixtofour is not None:
        return [ip.sixtofour]
    if ip in _TRANSLATED:
        return [IPv4Address(int(ip) & 0xFFFFFFFF)]
    return [ip]


def slack_text(subject: str, body: str) -> str:
    """A message as Slack's webhooks take it: its three special characters escaped, the subject bold."""
    subject, body = (
        part.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for part in (subject, body.strip())
    )
    return f"*{subject}*\n{body}"


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
