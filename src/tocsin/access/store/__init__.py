"""SQL of accounts, members, roles, teams, tokens and sessions, one file a subject."""

from tocsin.access.store import absences, accounts, admission, figures, members, roles, secrets, sessions, teams, tokens

__all__ = ["absences", "accounts", "admission", "figures", "members", "roles", "secrets", "sessions", "teams", "tokens"]
