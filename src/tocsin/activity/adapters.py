"""The keys that sign anchors: a PEM file with the Ed25519 key, and after it the public keys of earlier ones."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tocsin.activity.rules import key_id
from tocsin.base.errors import SettingError
from tocsin.base.keyfiles import keep_once
from tocsin.base.settings import Settings

FILE = "audit-key.pem"
_BLOCK = re.compile(rb"-----BEGIN ([A-Z ]+)-----.*?-----END \1-----", re.DOTALL)
_RAW = (serialization.Encoding.Raw, serialization.PublicFormat.Raw)


@dataclass(frozen=True, slots=True)
class Keys:
    """The key that signs (None on a machine that has not signed yet), and the public keys by their names."""

    signing: Ed25519PrivateKey | None
    known: dict[str, bytes]

    @property
    def own(self) -> bytes:
        """The public key of the one that signs."""
        assert self.signing is not None, "ask for the keys with `make`"
        return self.signing.public_key().public_bytes(*_RAW)

    def sign(self, message: bytes) -> bytes:
        """The signature of a message."""
        assert self.signing is not None, "ask for the keys with `make`"
        return self.signing.sign(message)


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether a signature fits a message and a public key (32 bytes)."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def load_keys(settings: Settings, *, make: bool = True) -> Keys:
    """The keys of the settings' file; the one in the home is made at first use. Raises `SettingError` for a bad file."""
    path = settings.audit_key or settings.home / FILE
    if settings.audit_key is None and not path.exists():
        if not make:
            return Keys(None, {})
        _make(path)
    try:
        return read_keys(path.read_bytes())
    except OSError as error:
        raise SettingError(f"Cannot read the key that signs anchors, {path}: {error.strerror}.") from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise SettingError(
            f"{path} must hold an unencrypted Ed25519 key in PEM, and nothing after it but public keys of that kind."
        ) from None


def read_keys(content: bytes) -> Keys:
    """The keys in the text of a file. Raises `ValueError` or `TypeError` where it holds others or none."""
    signing: Ed25519PrivateKey | None = None
    known: list[bytes] = []
    for block in _BLOCK.finditer(content):
        if block[1] == b"PUBLIC KEY":
            public = serialization.load_pem_public_key(block[0])
            if not isinstance(public, Ed25519PublicKey):
                raise TypeError("not Ed25519")
            known.append(public.public_bytes(*_RAW))
            continue
        private = serialization.load_pem_private_key(block[0], None)
        if not isinstance(private, Ed25519PrivateKey) or signing is not None:
            raise TypeError("not Ed25519, or two of them")
        signing = private
        known.append(private.public_key().public_bytes(*_RAW))
    if signing is None:
        raise ValueError("no key")
    return Keys(signing, {key_id(public): public for public in known})


def as_pem(public: bytes) -> str:
    """A public key as a PEM text, for whoever is to check proofs."""
    key = Ed25519PublicKey.from_public_bytes(public)
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def _make(path: Path) -> None:
    """Make a key that only we can read. Of several processes that do so at once the first one's stays."""
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    try:
        keep_once(path, pem)
    except OSError as error:
        raise SettingError(f"Cannot write the key that signs anchors, {path}: {error.strerror}.") from None
