"""Secrets of tenants at rest: sealed by a key that the database never sees (AES-256-GCM)."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tocsin.base.errors import SettingError
from tocsin.base.keyfiles import keep_once
from tocsin.base.settings import Settings

FILE = "channel-key"
_NONCE = 12


def seal(settings: Settings, content: bytes, about: bytes) -> bytes:
    """`content`, readable by the key alone and only as what it is `about`. Raises `SettingError` for a bad key's file."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(_keys(settings)[0]).encrypt(nonce, content, about)


def unseal(settings: Settings, sealed: bytes, about: bytes) -> bytes | None:
    """What was sealed about this, or None where none of the keys fits. Raises `SettingError` for a bad key's file."""
    for key in _keys(settings):
        try:
            return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], about)
        except InvalidTag:
            continue
    return None


def _keys(settings: Settings) -> list[bytes]:
    """The keys of the settings' file, one a line: the first seals, all open. The one in the home is made at first use."""
    path = settings.channel_key or settings.home / FILE
    if settings.channel_key is None and not path.exists():
        _make(path)
    try:
        keys = [base64.b64decode(line, validate=True) for line in path.read_text(encoding="ascii").split()]
    except OSError as error:
        raise SettingError(f"Cannot read the key that seals channels, {path}: {error.strerror}.") from None
    except (binascii.Error, ValueError):
        keys = []
    if not keys or any(len(key) != 32 for key in keys):
        raise SettingError(f"{path} must hold keys of 32 bytes in base64, one a line.")
    return keys


def _make(path: Path) -> None:
    """Make a key, unless another process has just done so."""
    try:
        keep_once(path, base64.b64encode(secrets.token_bytes(32)) + b"\n")
    except OSError as error:
        raise SettingError(f"Cannot write the key that seals channels, {path}: {error.strerror}.") from None
