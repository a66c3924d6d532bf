"""Connection URLs: one for each role, and the few rewrites we need of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from tocsin.base.errors import SettingError
from tocsin.base.settings import Settings


@dataclass(frozen=True, slots=True)
class DatabaseUrls:
    """Where each role logs in. `backup` and `admin` may be unknown on a server of the operator's own.

    URLs hold passwords, so none of them shows in a repr.
    """

    app: str = field(repr=False)
    owner: str = field(repr=False)
    sweeper: str = field(repr=False)
    backup: str | None = field(default=None, repr=False)
    admin: str | None = field(default=None, repr=False)


def urls_from_settings(settings: Settings) -> DatabaseUrls | None:
    """The operator's own server, or None where the embedded one serves."""
    if settings.database_url is None:
        return None
    if settings.owner_url is None or settings.sweeper_url is None:
        raise SettingError("TOCSIN_DATABASE_URL needs TOCSIN_OWNER_URL and TOCSIN_SWEEPER_URL beside it.")
    return DatabaseUrls(settings.database_url, settings.owner_url, settings.sweeper_url, settings.backup_url)


def socket_url(user: str, password: str, database: str, socket_dir: str, port: int) -> str:
    """A URL through the Unix socket in `socket_dir`."""
    login = f"{quote(user, safe='')}:{quote(password, safe='')}"
    return f"postgresql://{login}@/{quote(database, safe='')}?host={quote(socket_dir)}&port={port}"


def with_login(url: str, user: str, password: str, database: str) -> str:
    """`url` with another user, password and database; host, port and options stay."""
    parts = urlsplit(url)
    where = parts.netloc.rpartition("@")[2]
    query = urlencode([(k, v) for k, v in parse_qsl(parts.query) if k not in _LOGIN_OPTIONS], safe="/")
    login = f"{quote(user, safe='')}:{quote(password, safe='')}"
    # Built by hand: urlunsplit would drop the empty host's slashes and the socket's URL with them.
    return f"{parts.scheme}://{login}@{where}/{quote(database, safe='')}" + (f"?{query}" if query else "")


def with_database(url: str, database: str) -> str:
    """`url` with another database; the login, host, port and options stay."""
    parts = urlsplit(url)
    query = urlencode([(k, v) for k, v in parse_qsl(parts.query) if k not in {"dbname", "database"}], safe="/")
    return f"{parts.scheme}://{parts.netloc}/{quote(database, safe='')}" + (f"?{query}" if query else "")


_LOGIN_OPTIONS = frozenset({"user", "password", "dbname", "database"})


def without_password(url: str) -> str:
    """`url` for logs and messages."""
    parts = urlsplit(url)
    login, _, where = parts.netloc.rpartition("@")
    user = unquote(login.partition(":")[0])
    return f"{parts.scheme}://{user + '@' if user else ''}{where}{parts.path}"
