"""The four roles, the database they share, and what only an administrator can set up (`tocsin db init`).

Everything here may be run again at any time. Roles belong to the whole server, so several databases share them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import asyncpg

from tocsin.base.errors import SettingError
from tocsin.db.urls import DatabaseUrls, with_database, with_login, without_password

if TYPE_CHECKING:
    from asyncpg import Connection

OWNER, APP, SWEEPER, BACKUP = "tocsin_owner", "tocsin_app", "tocsin_sweeper", "tocsin_backup"
ROLES = (OWNER, APP, SWEEPER, BACKUP)
ROLES_VERSION = 1  # raised whenever init_database does more: embedded servers then run it again

EXTENSIONS = ("pg_trgm", "btree_gin", "btree_gist", "unaccent")

# Row security keeps an index from serving an operator whose function might leak what it sees. These do not: they
# raise no error that depends on a row's values, and log none (docs/decisions tell how each was judged).
LEAKPROOF_FUNCTIONS = (
    "ts_match_vq(tsvector,tsquery)",
    "similarity_op(text,text)",
    "word_similarity_op(text,text)",
    "word_similarity_commutator_op(text,text)",
    "texticlike(text,text)",
    "textlike(text,text)",
    "jsonb_contains(jsonb,jsonb)",
)

Report = Callable[[str], None]


def _silent(_line: str) -> None:
    """The default report: nobody listens."""


async def init_database(
    admin_url: str,
    database: str = "tocsin",
    passwords: Mapping[str, str] | None = None,
    report: Report = _silent,
) -> DatabaseUrls:
    """Make the roles and `database` as an administrator, or bring them to what they should be; the URLs of each role.

    A role that `passwords` does not name gets a new random password, also when it exists. `report` gets one line for
    each thing that the server does not permit. Raises `SettingError` when the administrator cannot log in.
    """
    chosen = {role: (passwords or {}).get(role) or secrets.token_urlsafe(24) for role in ROLES}
    admin = with_database(admin_url, database)
    conn = await connect_as_operator(admin_url)
    try:
        # Two at once would meet in "tuple concurrently updated". The lock ends with the connection.
        await conn.execute("SELECT pg_advisory_lock(hashtextextended('tocsin.roles', 0))")
        for role in ROLES:
            await _make_role(conn, role, chosen[role], report)
        await _make_database(conn, database)
        inside = await connect_as_operator(admin)
        try:
            await _prepare_database(inside, database, report)
        finally:
            await inside.close()
    except asyncpg.InsufficientPrivilegeError as error:
        raise SettingError(f"This login may not set up the database: {error}.") from None
    finally:
        await conn.close()
    owner, app, sweeper, backup = (with_login(admin, role, chosen[role], database) for role in ROLES)
    return DatabaseUrls(app=app, owner=owner, sweeper=sweeper, backup=backup, admin=admin)


async def connect_as_operator(url: str) -> Connection[Any]:
    """A single connection for set-up work. Raises `SettingError` with one line when there is no way in."""
    try:
        return await asyncpg.connect(url, timeout=20)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError, TimeoutError) as error:
        reason = str(error) or type(error).__name__
        raise SettingError(f"Cannot log in at {without_password(url)}: {reason}") from None


async def refuse_unsafe_role(conn: Connection[Any]) -> None:
    """Raise `SettingError` when this connection's role could see past row security, itself or by membership."""
    strong = await conn.fetchval(
        "SELECT r.rolname FROM pg_roles r WHERE (r.rolsuper OR r.rolbypassrls)"
        " AND (pg_has_role(session_user, r.oid, 'MEMBER') OR pg_has_role(current_user, r.oid, 'MEMBER'))"
        " ORDER BY r.rolname <> session_user, r.rolname LIMIT 1"
    )
    if strong is None:
        return
    user = await conn.fetchval("SELECT session_user")
    through = "" if strong == user else f" (through its membership in {strong})"
    raise SettingError(
        f"The database role {user} is a superuser or bypasses row security{through}: tenants would not be sealed off. "
        f"Use the role {APP}, which `tocsin db init` makes."
    )


async def unmarked_functions(conn: Connection[Any]) -> list[str]:
    """The functions of `LEAKPROOF_FUNCTIONS` that are not marked here: searches under row security scan without them.

    `pg_dump` does not carry the marks, so a restored database lacks them until `init_database` runs again.
    """
    rows = await conn.fetch(
        "SELECT f FROM unnest($1::text[]) f LEFT JOIN pg_proc p ON p.oid = to_regprocedure(f)"
        " WHERE NOT coalesce(p.proleakproof, false)",
        list(LEAKPROOF_FUNCTIONS),
    )
    return [row["f"] for row in rows]


def default_privilege_statements() -> list[str]:
    """What the owner's future tables grant by themselves: the backup role reads all of them.

    Nothing for the application: a migration says what it may do with each table, and a forgotten table is shut.
    """
    prefix = f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA public"
    return [f"{prefix} GRANT SELECT ON TABLES TO {BACKUP}", f"{prefix} GRANT SELECT ON SEQUENCES TO {BACKUP}"]


def grant_statements() -> list[str]:
    """What the first migration grants after its tables exist: the queue to the application, everything to the backup.

    The queue's library reads and writes all its tables; `TRUNCATE` it uses only where somebody empties the queue.
    """
    queue = "pgqueuer, pgqueuer_log, pgqueuer_schedules, pgqueuer_statistics"
    sequences = "pgqueuer_id_seq, pgqueuer_log_id_seq, pgqueuer_schedules_id_seq, pgqueuer_statistics_id_seq"
    return [
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {queue} TO {APP}",
        f"GRANT USAGE, SELECT ON SEQUENCE {sequences} TO {APP}",
        f"GRANT SELECT ON alembic_version TO {APP}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {BACKUP}",
        f"GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {BACKUP}",
    ]


async def _make_role(conn: Connection[Any], role: str, password: str, report: Report) -> None:
    known = await conn.fetchrow("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = $1", role)
    verb = "CREATE" if known is None else "ALTER"
    await conn.execute(f"{verb} ROLE {role} LOGIN PASSWORD '{scram_verifier(password)}'")
    bypasses = known is not None and known["rolbypassrls"]
    if known is not None and known["rolsuper"]:
        await conn.execute(f"ALTER ROLE {role} NOSUPERUSER")
    if role != BACKUP and bypasses:
        await conn.execute(f"ALTER ROLE {role} NOBYPASSRLS")
    if role == BACKUP and not bypasses:
        try:
            await conn.execute(f"ALTER ROLE {BACKUP} BYPASSRLS")
        except asyncpg.InsufficientPrivilegeError:
            report(f"{BACKUP} may not bypass row security here: dumps must run as the server's administrator.")


async def _make_database(conn: Connection[Any], database: str) -> None:
    name = quoted(database)
    if not await conn.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
        await conn.execute(f"GRANT {OWNER} TO CURRENT_USER")  # who gives a database away must belong to its owner
    owner = await conn.fetchval("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = $1", database)
    if owner is None:
        await conn.execute(f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE template0 ENCODING 'UTF8'")
    elif owner != OWNER:
        await conn.execute(f"ALTER DATABASE {name} OWNER TO {OWNER}")
    await conn.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC, {APP}, {SWEEPER}, {BACKUP}")
    await conn.execute(f"GRANT CONNECT ON DATABASE {name} TO {APP}, {SWEEPER}, {BACKUP}")


async def _prepare_database(conn: Connection[Any], database: str, report: Report) -> None:
    """What is done inside the database: extensions, privileges, marks and the roles' settings."""
    await conn.execute("SET client_min_messages = warning")
    for extension in EXTENSIONS:
        await conn.execute(f"CREATE EXTENSION IF NOT EXISTS {extension} SCHEMA public")
    await conn.execute(f"REVOKE ALL ON SCHEMA public FROM PUBLIC; GRANT USAGE ON SCHEMA public TO {', '.join(ROLES)}")
    await conn.execute(f"GRANT CREATE ON SCHEMA public TO {OWNER}")
    for statement in default_privilege_statements():
        await conn.execute(statement)
    await _mark_leakproof(conn, report)
    await _role_settings(conn, quoted(database))


async def _mark_leakproof(conn: Connection[Any], report: Report) -> None:
    missing = await unmarked_functions(conn)
    for position, function in enumerate(missing):
        try:
            await conn.execute(f"ALTER FUNCTION {function} LEAKPROOF")
        except asyncpg.InsufficientPrivilegeError:
            report(f"{len(missing) - position} search functions may not be marked LEAKPROOF here: search is slower.")
            return


async def _role_settings(conn: Connection[Any], database: str) -> None:
    await conn.execute("SELECT similarity('a', 'b')")  # loads pg_trgm: its settings are unknown to others before
    app = f"ALTER ROLE {APP} IN DATABASE {database} SET"
    # 0.45 finds 93 of 100 titles with one word replaced, at two thirds of the time of the default 0.3.
    await conn.execute(f"{app} pg_trgm.similarity_threshold = 0.45")
    await conn.execute(f"ALTER ROLE {BACKUP} IN DATABASE {database} SET default_transaction_read_only = on")
    if await conn.fetchval("SELECT 1 FROM pg_extension WHERE extname = 'citus'"):
        await conn.execute(f"{app} citus.propagate_set_commands = 'local'")  # carries the tenant's pin to the shards


def scram_verifier(password: str, salt: bytes | None = None, rounds: int = 4096) -> str:
    """The SCRAM-SHA-256 verifier of `password` (RFC 5803), so that no log or statistics view can show the password."""
    salt = salt if salt is not None else secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    return f"SCRAM-SHA-256${rounds}:{_base64(salt)}${_base64(stored)}:{_base64(server)}"


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def quoted(identifier: str) -> str:
    """An SQL identifier, quoted."""
    return '"' + identifier.replace('"', '""') + '"'
