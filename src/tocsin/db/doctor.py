"""Proofs that tenants are sealed off, as SQL: each check returns no row on a healthy database.

`tocsin doctor` and the isolation contract run them. `T` stands for the tables that carry a tenant.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tocsin.db.roles import APP, LEAKPROOF_FUNCTIONS, SWEEPER, connect_as_operator
from tocsin.db.urls import DatabaseUrls

if TYPE_CHECKING:
    from asyncpg import Connection

Role = Literal["app", "owner", "backup"]

# Tables without a tenant that the application may read: they hold nothing of a tenant's, or ids only.
GLOBAL_TABLES = (
    "account_secrets",
    "accounts",
    "alembic_version",
    "pgqueuer",
    "pgqueuer_log",
    "pgqueuer_schedules",
    "pgqueuer_statistics",
    "rate_counters",
    "tenants",
)
SEAL = "(tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)"


@dataclass(frozen=True, slots=True)
class Check:
    """A statement that returns a row for every hole, run as `role`; `why` tells what a row means.

    With `generates` each row of `sql` is itself a statement to run, and their rows count.
    """

    name: str
    sql: str
    why: str
    role: Role = "owner"
    generates: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: one line of text per row; `skipped` when it could not be run."""

    check: Check
    rows: list[str]
    skipped: bool = False


def _literals(names: Iterable[str]) -> str:
    return ", ".join("'" + name.replace("'", "''") + "'" for name in names)


_GLOBAL = f"ARRAY[{_literals(GLOBAL_TABLES)}]"
_T = (
    "(SELECT a.attrelid, a.attnum FROM pg_attribute a JOIN pg_class k ON k.oid = a.attrelid"
    " WHERE a.attname = 'tenant_id' AND NOT a.attisdropped AND k.relkind IN ('r', 'p') AND k.oid > 16383)"
)

CHECKS: tuple[Check, ...] = (
    Check(
        "strong role",
        f"SELECT rolname FROM pg_roles WHERE pg_has_role('{APP}', oid, 'MEMBER') AND (rolsuper OR rolbypassrls)",
        "the application's role is, or may become, one that row security does not bind",
    ),
    Check(
        "row security off",
        f"SELECT c.oid::regclass FROM pg_class c JOIN {_T} t ON t.attrelid = c.oid"
        " WHERE NOT (c.relrowsecurity AND c.relforcerowsecurity)",
        "a table with a tenant (or a partition of one) is not under forced row security",
    ),
    Check(
        "looser policy",
        "SELECT polrelid::regclass, polname FROM pg_policy WHERE CASE"
        f" WHEN polroles = ARRAY['{SWEEPER}'::regrole::oid] THEN polcmd <> 'r'"
        f" ELSE pg_get_expr(polqual, polrelid) IS DISTINCT FROM {_literals([SEAL])}"
        f" OR pg_get_expr(polwithcheck, polrelid) IS DISTINCT FROM {_literals([SEAL])} END",
        "policies are ORed: one that is not the tenant's seal opens the table",
    ),
    Check(
        "view of its owner",
        "SELECT oid::regclass FROM pg_class WHERE relkind = 'v' AND oid > 16383"
        " AND coalesce(reloptions::text, '') !~ 'security_invoker=(true|on|1)'",
        "a view without security_invoker reads with its owner's rights",
    ),
    Check(
        "materialised view",
        "SELECT schemaname, matviewname FROM pg_matviews",
        "a materialised view holds rows of all tenants and knows no row security",
    ),
    Check(
        "security definer",
        "SELECT oid::regprocedure FROM pg_proc WHERE prosecdef AND oid > 16383",
        "a SECURITY DEFINER function acts with its owner's rights",
    ),
    Check(
        "unique across tenants",
        f"SELECT i.indexrelid::regclass FROM pg_index i JOIN {_T} t ON t.attrelid = i.indrelid"
        " WHERE i.indisunique AND i.indkey[0] <> t.attnum",
        "a unique key that tenant_id does not lead tells one tenant what another has",
    ),
    Check(
        "reference across tenants",
        f"SELECT c.conrelid::regclass, c.conname FROM pg_constraint c JOIN {_T} t ON t.attrelid = c.conrelid"
        f" WHERE c.contype = 'f' AND c.confrelid IN (SELECT attrelid FROM {_T} x) AND t.attnum <> ALL (c.conkey)",
        "a foreign key without tenant_id accepts a row of another tenant",
    ),
    Check(
        "orphans",
        "SELECT format('SELECT %L AS constraint_name, count(*) FROM %s c WHERE %s AND NOT EXISTS"
        " (SELECT 1 FROM %s p WHERE %s) HAVING count(*) > 0', c.conname, c.conrelid::regclass,"
        " string_agg(format('c.%I IS NOT NULL', a.attname), ' AND '), c.confrelid::regclass,"
        " string_agg(format('p.%I = c.%I', b.attname, a.attname), ' AND '))"
        " FROM pg_constraint c CROSS JOIN LATERAL unnest(c.conkey, c.confkey) AS k (child, parent)"
        " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.child"
        " JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = k.parent"
        " WHERE c.contype = 'f' AND c.oid > 16383 GROUP BY c.oid, c.conname, c.conrelid, c.confrelid",
        "a row points at nothing: foreign keys made under forced row security are never checked against old rows",
        role="backup",
        generates=True,
    ),
    Check(
        "tenant left in a connection",
        "SELECT current_setting('app.tenant_id', true) WHERE current_setting('app.tenant_id', true) <> ''",
        "a pooled connection carries a tenant outside a transaction",
        role="app",
    ),
    Check(
        "table without a tenant",
        f"WITH tables AS (SELECT oid, oid::regclass::text AS name FROM pg_class WHERE relkind IN ('r', 'p', 'm')"
        " AND oid > 16383)"
        f" SELECT name, 'readable' AS what FROM tables WHERE has_table_privilege('{APP}', oid, 'SELECT')"
        f" AND oid NOT IN (SELECT attrelid FROM {_T} t) AND name <> ALL ({_GLOBAL})"
        f" UNION ALL SELECT name, 'TRUNCATE, REFERENCES or TRIGGER' FROM tables"
        f" WHERE has_table_privilege('{APP}', oid, 'TRUNCATE,REFERENCES,TRIGGER')"
        f" UNION ALL SELECT current_database(), 'TEMP'"
        f" WHERE has_database_privilege('{APP}', current_database(), 'TEMP')"
        f" UNION ALL SELECT nspname, 'CREATE in schema' FROM pg_namespace WHERE oid = 'public'::regnamespace"
        f" AND has_schema_privilege('{APP}', oid, 'CREATE')",
        "the application reaches a table that no policy seals, or holds a right that goes around policies",
    ),
    Check(
        "statistics",
        f"SELECT DISTINCT tablename FROM pg_stats WHERE schemaname = 'public' AND tablename <> ALL ({_GLOBAL})",
        "the planner's statistics show the application values of other tenants",
        role="app",
    ),
    Check(
        "sweeper reads whole rows",
        f"SELECT oid::regclass FROM pg_class WHERE relkind IN ('r', 'p') AND oid > 16383"
        f" AND has_table_privilege('{SWEEPER}', oid, 'SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER')",
        "the sweeper sees across tenants and may know ids and due times only",
    ),
)

# Nothing is open when these return rows; something is slow.
ADVICE: tuple[Check, ...] = (
    Check(
        "search without marks",
        f"SELECT f FROM unnest(ARRAY[{_literals(LEAKPROOF_FUNCTIONS)}]) f"
        " LEFT JOIN pg_proc p ON p.oid = to_regprocedure(f) WHERE NOT coalesce(p.proleakproof, false)",
        "this function is not marked LEAKPROOF, so searches scan instead of using an index (run `tocsin db init`)",
        role="app",
    ),
)


async def run_check(conn: Connection[Any], check: Check) -> list[str]:
    """The rows of a check on a connection of its role, each as a line of text; empty when all is well."""
    rows = await conn.fetch(check.sql)
    if check.generates:
        rows = [found for row in rows for found in await conn.fetch(row[0])]
    return [" ".join(str(value) for value in row.values()) for row in rows]


async def examine(urls: DatabaseUrls, checks: Iterable[Check] = CHECKS) -> list[Finding]:
    """Run `checks`, each as its role; a finding for every one, with its rows. Raises `SettingError` without a login."""
    logins: dict[Role, str | None] = {"app": urls.app, "owner": urls.owner, "backup": urls.backup}
    conns: dict[Role, Connection[Any]] = {}
    findings = []
    try:
        for check in checks:
            url = logins[check.role]
            if url is None:
                findings.append(Finding(check, [], skipped=True))
                continue
            if check.role not in conns:
                conns[check.role] = await connect_as_operator(url)
            findings.append(Finding(check, await run_check(conns[check.role], check)))
    finally:
        for conn in conns.values():
            await conn.close()
    return findings
