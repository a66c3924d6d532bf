"""Every setting of the server, read once from the environment (and a TOML file) into one frozen object.

Each field `x_y` is the variable `TOCSIN_X_Y`; the same names in lower case may stand in the TOML file that
`TOCSIN_CONFIG` names. `docs/settings.md` lists them all (a test compares).
"""

from __future__ import annotations

import dataclasses
import ipaddress
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from tocsin.base.errors import SettingError

PREFIX = "TOCSIN_"


def _setting(default: Any, about: str) -> Any:
    return field(default=default, metadata={"about": about})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The server's settings. Durations are seconds, sizes bytes, URLs without a trailing slash."""

    home: Path = _setting(Path("var"), "Directory of the embedded database, its secrets and stored files.")
    database_url: str | None = _setting(None, "PostgreSQL URL of the role tocsin_app; unset: the embedded server.")
    owner_url: str | None = _setting(None, "PostgreSQL URL of the role tocsin_owner, which migrates.")
    sweeper_url: str | None = _setting(None, "PostgreSQL URL of the role tocsin_sweeper, which lists what is due.")
    backup_url: str | None = _setting(None, "PostgreSQL URL of the role tocsin_backup, for dumps and proofs.")
    pg_bin: Path | None = _setting(None, "Directory of PostgreSQL programs for the embedded mode, instead of its own.")
    pool_size: int = _setting(16, "Database connections of one web process.")
    public_url: str | None = _setting(None, "The address people reach the server at, used in links and mails.")
    files_url: str | None = _setting(None, "Object store of attachments; unset: the folder files in the home.")
    attachment_limit: int = _setting(25 * 1024 * 1024, "Largest attachment, in bytes.")
    clamd_url: str | None = _setting(
        None, "ClamAV's daemon, tcp://host:3310 or unix:///path: attachments are locked up until it finds them clean."
    )
    smtp_url: str | None = _setting(None, "smtp://user:password@host:port or smtps://…; unset: mails are recorded.")
    mail_from: str = _setting("Tocsin <tocsin@localhost>", "Sender of the mails.")
    sms_url: str | None = _setting(None, "Apprise URL that sends text messages; {phone} stands for the number.")
    slack_url: str | None = _setting(None, "Apprise URL of the Slack channel; unset: messages are recorded.")
    channel_key: Path | None = _setting(
        None,
        "File of the keys that seal organisations' own channels (32 bytes in base64, one a line, the first seals);"
        " unset: channel-key in the home, made at first use.",
    )
    loopback_gateways: bool = _setting(False, "Organisations' own channels may lead to this machine: for tests alone.")
    public_rate_per_minute: int = _setting(30, "Public submissions allowed per address and tenant in a minute.")
    login_rate_per_minute: int = _setting(10, "Failed logins allowed per account and per address in a minute.")
    session_hours: int = _setting(12, "Hours after which an unused session ends.")
    trusted_proxies: str = _setting("", "Comma-separated addresses whose X-Forwarded-For is believed.")
    metrics_token: str | None = _setting(None, "Bearer token that may read /metrics; unset: loopback only.")
    audit_key: Path | None = _setting(
        None,
        "PEM file of the Ed25519 key that signs the record's anchors; unset: audit-key.pem in the home, made at first use.",
    )
    demo: bool = _setting(False, "Set by `tocsin demo` alone, for its web processes: its logins work with one click.")
    log_level: str = _setting("info", "debug, info, warning or error.")
    log_format: str = _setting("text", "text or json.")


def load_settings(environ: Mapping[str, str]) -> Settings:
    """The settings in `environ` and in the file it names. Raises `SettingError` with one clear line."""
    given = _from_file(environ.get(PREFIX + "CONFIG"))
    fields = {f.name: f for f in dataclasses.fields(Settings)}
    for name in given:
        if name not in fields:
            raise SettingError(f"{name!r} in the settings file is not a setting of Tocsin.")
    for key, text in environ.items():
        if not key.startswith(PREFIX) or key == PREFIX + "CONFIG":
            continue
        name = key.removeprefix(PREFIX).lower()
        if name not in fields:
            raise SettingError(f"{key} is not a setting of Tocsin; docs/settings.md lists them.")
        if text != "":
            given[name] = text
    values = {name: _convert(name, fields[name].type, value) for name, value in given.items()}
    settings = Settings(**values)
    _check(settings)
    return dataclasses.replace(settings, home=settings.home.expanduser().absolute())


def _from_file(path: str | None) -> dict[str, Any]:
    if not path:
        return {}
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingError(f"TOCSIN_CONFIG={path}: cannot be read as TOML: {error}") from None


def _convert(name: str, kind: Any, value: Any) -> Any:
    variable = PREFIX + name.upper()
    if str(kind).startswith("int"):
        try:
            if isinstance(value, bool | float):  # the TOML file's `true` and `1.5`
                raise TypeError
            return int(value)
        except (TypeError, ValueError):
            raise SettingError(f"{variable}={value!r}: a whole number is needed.") from None
    if str(kind).startswith("bool"):
        if value not in (True, False, "true", "false"):
            raise SettingError(f"{variable}={value!r}: use true or false.")
        return value in (True, "true")
    if not isinstance(value, str):
        raise SettingError(f"{variable}: text is needed, not {type(value).__name__}.")
    return Path(value) if str(kind).startswith("Path") else value


_MOST = {
    "pool_size": 1000,
    "attachment_limit": 2**40,
    "public_rate_per_minute": 1_000_000,
    "login_rate_per_minute": 1_000_000,
    "session_hours": 10 * 365 * 24,
}
_SCHEMES = {
    "database_url": ("postgresql", "postgres"),
    "owner_url": ("postgresql", "postgres"),
    "sweeper_url": ("postgresql", "postgres"),
    "backup_url": ("postgresql", "postgres"),
    "smtp_url": ("smtp", "smtps"),
    "public_url": ("http", "https"),
    "files_url": ("file", "s3", "gs", "az"),
    "clamd_url": ("tcp", "clamd", "unix"),
    "sms_url": (),
    "slack_url": (),
}
"""What each address starts with; an empty list takes any."""


def _check(settings: Settings) -> None:
    for name, most in _MOST.items():
        value = getattr(settings, name)
        if not 1 <= value <= most:
            raise SettingError(f"{PREFIX}{name.upper()}={value}: a number from 1 to {most} is needed.")
    for name, schemes in _SCHEMES.items():
        value = getattr(settings, name)
        if value is not None:
            _check_address(PREFIX + name.upper(), value, schemes)
    for proxy in settings.trusted_proxies.split(","):
        try:
            ipaddress.ip_address(proxy.strip() or "::")
        except ValueError:
            raise SettingError(f"TOCSIN_TRUSTED_PROXIES: {proxy.strip()!r} is not an IP address.") from None
    if settings.log_level not in ("debug", "info", "warning", "error"):
        raise SettingError(f"TOCSIN_LOG_LEVEL={settings.log_level!r}: use debug, info, warning or error.")
    if settings.log_format not in ("text", "json"):
        raise SettingError(f"TOCSIN_LOG_FORMAT={settings.log_format!r}: use text or json.")
    if settings.demo and settings.database_url:
        raise SettingError("TOCSIN_DEMO: the demo serves its own, embedded database; TOCSIN_DATABASE_URL is another.")
    if settings.database_url and not (settings.owner_url and settings.sweeper_url):
        raise SettingError(
            "TOCSIN_DATABASE_URL is set: set TOCSIN_OWNER_URL and TOCSIN_SWEEPER_URL too (`tocsin db init` prints them)."
        )


def _check_address(variable: str, text: str, schemes: tuple[str, ...]) -> None:
    """Refuse what is no address of these schemes. The text stays out of the message: it may hold a password."""
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise SettingError(f"{variable} is not an address: {error}.") from None
    if not text.lower().startswith(f"{parts.scheme}://") or (schemes and parts.scheme not in schemes):
        raise SettingError(
            f"{variable}: an address that starts with {schemes[0] if schemes else 'scheme'}:// is needed."
        )
    if variable == PREFIX + "PUBLIC_URL" and not _is_plain(parts):
        raise SettingError(f"{variable}: an address such as https://tocsin.example is needed.")
    if variable == PREFIX + "FILES_URL" and not _names_a_store(parts):
        raise SettingError(f"{variable}: use file:///folder, or a bucket such as s3://bucket/folder.")


def _is_plain(parts: SplitResult) -> bool:
    """A host, perhaps a port and a path, and nothing that could not stand before the path of a link."""
    try:
        return bool(parts.hostname) and parts.port != 0 and not parts.query and not parts.fragment
    except ValueError:
        return False


def _names_a_store(parts: SplitResult) -> bool:
    if parts.scheme == "file":
        return parts.netloc in ("", "localhost") and len(parts.path) > 1
    return bool(parts.netloc)
