"""`/api/access/v1`: people, roles, teams, tokens, and logging in."""

from tocsin.access.api import absences, people, rights, sessions, tokens

ENDPOINTS = (*sessions.ENDPOINTS, *people.ENDPOINTS, *absences.ENDPOINTS, *rights.ENDPOINTS, *tokens.ENDPOINTS)
