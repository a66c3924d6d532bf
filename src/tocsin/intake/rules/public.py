"""What the public may know: a status in five words of our own, whatever the organisation calls its statuses."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

from tocsin.base.errors import N_

PublicStatus = Literal["received", "working", "waiting", "solved", "closed"]
STATUSES: dict[PublicStatus, str] = {
    "received": N_("Received"),
    "working": N_("Being worked on"),
    "waiting": N_("Waiting"),
    "solved": N_("Solved"),
    "closed": N_("Closed"),
}
ABOUT: dict[PublicStatus, str] = {
    "received": N_("Nobody has looked at it yet."),
    "working": N_("Somebody is taking care of it."),
    "waiting": N_("The work rests until something that is needed arrives."),
    "solved": N_("We believe that it is solved."),
    "closed": N_("This report is closed."),
}
"""The public's words for a status, and what they mean."""

FlawCode = Literal[
    "missing", "too-long", "email", "category", "file", "file-refused", "files", "file-size", "custom", "trap"
]
FLAWS: dict[FlawCode, str] = {
    "missing": N_("Please fill this in."),
    "too-long": N_("This is too long: at most {limit} characters."),
    "email": N_("This is not a complete e-mail address, such as name@example.com."),
    "category": N_("Please choose one from the list."),
    "file": N_("One of the files has no content."),
    "file-refused": N_("One of the files is of a kind that is not accepted here."),
    "files": N_("At most {limit} files."),
    "file-size": N_("One of the files is larger than {limit}."),
    "custom": N_("This is not what is asked for here."),
    "trap": N_("Please leave this field empty."),
}
"""What is wrong with a field; `limit` is the flaw's own."""

SECRET_BYTES = 32
"""256 random bits: nobody guesses them, so a fast hash of them is enough."""
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_HOST = re.compile(r"(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:[0-9]{1,5})?")
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def public_status(*, is_terminal: bool, is_resolved: bool, pauses: bool, is_taken_up: bool) -> PublicStatus:
    """The public's word for a status. `is_taken_up`: somebody has acknowledged it, or it left the first status."""
    if is_terminal:
        return "closed"
    if is_resolved:
        return "solved"
    if pauses:
        return "waiting"
    return "working" if is_taken_up else "received"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a report's way: its name, whether it is behind, present or ahead, and since when."""

    name: str
    state: Literal["done", "now", "ahead"]
    at: datetime | None = None


def steps(
    status: PublicStatus,
    *,
    received_at: datetime,
    taken_up_at: datetime | None,
    solved_at: datetime | None,
    closed_at: datetime | None,
) -> tuple[Step, ...]:
    """A report's way in four steps, one of them present."""
    if status == "received":
        ahead = (Step("taken-up", "ahead"), Step("working", "ahead"), Step("solved", "ahead"))
        return (Step("received", "now", received_at), *ahead)
    begun = (Step("received", "done", received_at), Step("taken-up", "done", taken_up_at))
    if status in ("working", "waiting"):
        return (*begun, Step(status, "now"), Step("solved", "ahead"))
    if status == "solved":
        return (*begun, Step("working", "done"), Step("solved", "now", solved_at))
    return (*begun, Step("solved", "done", solved_at), Step("closed", "now", closed_at))


def size(limit: int) -> str:
    """Bytes as people write them."""
    for unit, factor in (("GB", 1024**3), ("MB", 1024**2), ("kB", 1024)):
        if limit >= factor:
            return f"{limit / factor:.1f}".removesuffix(".0") + f" {unit}"
    return f"{limit} B"


def new_secret() -> str:
    """A fresh secret for an address: 43 characters."""
    return secrets.token_urlsafe(SECRET_BYTES)


def is_secret(text: str) -> bool:
    """Whether a text has a secret's form."""
    return _SECRET.fullmatch(text) is not None


def secret_hash(secret: str) -> bytes:
    """What alone is stored of a secret."""
    return hashlib.sha256(secret.encode()).digest()


def sealed(secret: str, key: str) -> str:
    """A secret that only who knows `key` can read again, so that it need not be kept in clear.

    Both are texts of one client; the key is kept as a hash only.
    """
    pad = hashlib.sha512(b"tocsin.intake.seal\x00" + key.encode("utf-8", "surrogatepass")).digest()
    return bytes(a ^ b for a, b in zip(secret.encode(), pad, strict=False)).hex()


def unsealed(text: str, key: str) -> str:
    """The secret in what `sealed` made with the same key."""
    pad = hashlib.sha512(b"tocsin.intake.seal\x00" + key.encode("utf-8", "surrogatepass")).digest()
    return bytes(a ^ b for a, b in zip(bytes.fromhex(text), pad, strict=False)).decode()


def base_address(*, scheme: str, host: str, tenant_host: str | None, public_url: str | None) -> str:
    """The address that links begin with: the tenant's own host, else the configured one, else a loopback host.

    The Host header comes from the client: one that is none of these never gets into a link, which is then relative.
    """
    known = _HOST.fullmatch(host.lower())
    if known and tenant_host is not None and known.group(1) == tenant_host:
        return f"{urlsplit(public_url).scheme if public_url else scheme}://{known.group(0)}"
    if public_url:
        return public_url.rstrip("/")
    return f"{scheme}://{known.group(0)}" if known and known.group(1) in _LOOPBACK else ""
