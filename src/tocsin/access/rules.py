"""Pure decisions about credentials and rights, and about who stands in for whom."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from tocsin.base.errors import N_

TOKEN_PREFIX = "tcs"


def new_credential(tenant_id: UUID) -> tuple[str, bytes]:
    """A fresh `tcs_<tenant>_<secret>` (256 random bits) and the SHA-256 of its secret, which alone is stored."""
    secret = secrets.token_urlsafe(32)
    return f"{TOKEN_PREFIX}_{tenant_id.hex}_{secret}", secret_hash(secret)


def secret_hash(secret: str) -> bytes:
    """What is stored of a secret: it has 256 random bits, so a fast hash is enough."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def parse_credential(text: str) -> tuple[UUID, bytes] | None:
    """The tenant and the secret's hash inside a credential, or None for anything else.

    The tenant part enters SQL before anybody is authenticated: it is parsed to a UUID here, and only that goes on.
    """
    prefix, _, rest = text.partition("_")
    tenant, _, secret = rest.partition("_")
    if prefix != TOKEN_PREFIX or len(tenant) != 32 or not 20 <= len(secret) <= 128:
        return None
    try:
        return msgspec.convert(tenant, UUID), secret_hash(secret)
    except msgspec.ValidationError:
        return None


def effective_permissions(held: Iterable[str], narrowed: Iterable[str] | None) -> frozenset[str]:
    """What a token may: what its owner or role holds, cut down to its own list when it has one."""
    return frozenset(held) if narrowed is None else frozenset(held) & frozenset(narrowed)


def missing(granted: Iterable[str], held: frozenset[str]) -> list[str]:
    """Permissions that somebody would grant without holding them, sorted. Nobody grants what they don't hold."""
    return sorted(set(granted) - held)


def like_pattern(text: str) -> str:
    """A pattern for ILIKE that finds `text` anywhere, its own wildcards taken literally."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def is_loopback(host: str) -> bool:
    """Whether a Host header names this very machine: cookies go without TLS there, and nowhere else."""
    name = (host if host.endswith("]") else host.rsplit(":", 1)[0]).strip("[]")
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("python-", "Python"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def device(user_agent: str) -> tuple[str, str]:
    """The browser and the system that a User-Agent header names, in this order of telling; empty for unknown ones."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return browser, system


def opens(password_tenant: UUID | None, tenant: UUID) -> bool:
    """Whether an account's password opens a tenant. One that a tenant's administrator chose opens that tenant alone:
    nobody gets into another organisation by inventing the password of an address they don't own.
    """
    return password_tenant is None or password_tenant == tenant


def password_flaw(password: str) -> str | None:
    """Why a password cannot be taken, or None. Length is what counts (NIST SP 800-63B); rules of composition don't help."""
    if not 8 <= len(password) <= 256:
        return N_("Use 8 to 256 characters.")
    if len(set(password)) < 4:
        return N_("Use at least 4 different characters.")
    return None


# ------------------------------------------------------------------------------------------------------ absences


@dataclass(frozen=True, slots=True)
class StandIn:
    """Somebody on the way from who is meant to who gets the work. `away_until` None: here."""

    user_id: UUID
    name: str
    is_assignable: bool
    away_until: datetime | None


def stands_in(chain: Sequence[StandIn]) -> Sequence[StandIn] | None:
    """The way from the first of a chain of deputies to the first who is here: that one last. None when nobody is.

    The way ends at a deputy who is not an active person: what lies behind them is no longer theirs to hand on.
    """
    for place, one in enumerate(chain):
        if not one.is_assignable:
            return None
        if one.away_until is None:
            return chain[: place + 1]
    return None


@dataclass(frozen=True, slots=True)
class Substitution:
    """Who stands in for whom, from when until when."""

    user_id: UUID
    deputy_id: UUID
    starts_at: datetime
    ends_at: datetime


def closes_circle(known: Sequence[Substitution], new: Substitution) -> bool:
    """Whether at some moment a new substitution would lead back to where it began."""
    reached: list[tuple[UUID, datetime, datetime]] = [(new.deputy_id, new.starts_at, new.ends_at)]
    seen = set(reached)
    while reached:
        who, since, until = reached.pop()
        if who == new.user_id:
            return True
        for one in known:
            start, end = max(since, one.starts_at), min(until, one.ends_at)
            step = (one.deputy_id, start, end)
            if one.user_id == who and start < end and step not in seen:
                seen.add(step)
                reached.append(step)
    return False
