"""Password hashes: argon2id, in a thread, a few at a time (each takes 64 MiB while it runs)."""

from __future__ import annotations

import asyncio
from functools import cache

from pwdlib import PasswordHash
from pwdlib.exceptions import PwdlibError
from pwdlib.hashers.argon2 import Argon2Hasher

from tocsin.access import rules
from tocsin.base.errors import invalid

TURNS = asyncio.Semaphore(2)
"""Held while a password is being tried: limits memory, and how far guesses in parallel get ahead of the counter."""

_HASHER = PasswordHash((Argon2Hasher(),))


@cache
def _nobody() -> str:
    return _HASHER.hash("the password of an account that is not there")


async def hash_password(password: str, field: str = "password") -> str:
    """The hash of a new password. Raises `Invalid` naming `field` for one that is too short or too simple."""
    if (flaw := rules.password_flaw(password)) is not None:
        raise invalid(field, flaw)
    return await asyncio.to_thread(_HASHER.hash, password)


async def verify(password: str, kept: str | None) -> tuple[bool, str | None]:
    """Whether a password is the kept one, and its hash under today's parameters when they changed.

    Without a kept hash it takes as long and says no: an answer's time doesn't tell whether an account exists.
    """
    if len(password) > 256:
        password, kept = "", None
    try:
        right, fresh = await asyncio.to_thread(_HASHER.verify_and_update, password, kept or _nobody())
    except PwdlibError:
        return False, None
    return (right, fresh) if kept is not None else (False, None)
