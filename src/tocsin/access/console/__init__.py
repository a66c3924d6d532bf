"""The screens of members and their rights, one file each."""

from tocsin.access import permissions
from tocsin.access.console import absences, login, overview, password, people, profile, roles, teams, tokens
from tocsin.base.manifest import Navigation
from tocsin.web.i18n import N_

ENDPOINTS = (
    *login.ENDPOINTS,
    *password.ENDPOINTS,
    *profile.ENDPOINTS,
    *overview.ENDPOINTS,
    *people.ENDPOINTS,
    *absences.ENDPOINTS,
    *teams.ENDPOINTS,
    *roles.ENDPOINTS,
    *tokens.ENDPOINTS,
)
NAVIGATION = (
    Navigation(
        N_("Administration"), "/admin", icon="settings", permissions=permissions.ADMINISTER, place="desk", order=90
    ),
    Navigation(
        N_("People"), "/admin/people", icon="users", permissions=(permissions.USERS_MANAGE,), place="admin", order=20
    ),
    Navigation(
        N_("Absences"),
        "/admin/absences",
        icon="beach",
        permissions=(permissions.USERS_MANAGE,),
        place="admin",
        order=21,
    ),
    Navigation(
        N_("Teams"),
        "/admin/teams",
        icon="users-group",
        permissions=(permissions.TEAMS_MANAGE,),
        place="admin",
        order=22,
    ),
    Navigation(
        N_("Roles"),
        "/admin/roles",
        icon="shield-check",
        permissions=(permissions.ROLES_MANAGE,),
        place="admin",
        order=24,
    ),
    Navigation(
        N_("API tokens"), "/admin/tokens", icon="key", permissions=(permissions.TOKENS_MANAGE,), place="admin", order=26
    ),
)
SLOTS = overview.SLOTS
