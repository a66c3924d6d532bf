"""The manifest of access."""

from tocsin.access import console, events, permissions, service
from tocsin.access.api import ENDPOINTS
from tocsin.access.service.seeds import seed
from tocsin.base.manifest import Kind, Module

MODULE = Module(
    name="access",
    title="People and rights",
    permissions=permissions.ALL,
    endpoints=(*ENDPOINTS, *console.ENDPOINTS),
    events=events.ALL,
    navigation=console.NAVIGATION,
    slots=console.SLOTS,
    kinds=(
        Kind("user", service.names, service.find_anybody, "/admin/people/{id}", (permissions.USERS_MANAGE,)),
        Kind("team", service.team_names, None, "/admin/teams/{id}", (permissions.TEAMS_MANAGE,)),
        Kind("role", service.role_names, None, "/admin/roles/{id}", (permissions.ROLES_MANAGE,)),
    ),
    seeds=(seed,),
    always_on=True,
)
