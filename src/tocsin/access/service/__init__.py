"""Verbs on members and their rights, one file a subject."""

from tocsin.access.service.people import (
    find_member_id,
    find_team,
    find_team_id,
    find_user,
    is_assignable,
    names,
    team_members,
    users_with_role,
)

__all__ = [
    "find_member_id",
    "find_team",
    "find_team_id",
    "find_user",
    "is_assignable",
    "names",
    "team_members",
    "users_with_role",
]
