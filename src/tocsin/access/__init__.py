"""Who may: accounts (login), users (members), roles, permissions, teams, tokens and sessions."""
