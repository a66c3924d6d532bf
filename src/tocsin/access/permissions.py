"""Every permission there is, and the seeded roles. The specification's thirteen by its names, then ours."""

VIEW = "incidents.view"
VIEW_OWN = "incidents.view_own"
"""See the incidents one has reported oneself: what the seeded role `reporter` holds instead of `incidents.view`."""
CREATE = "incidents.create"
UPDATE = "incidents.update"
DELETE = "incidents.delete"
ASSIGN = "incidents.assign"
DELEGATE = "incidents.delegate"
ESCALATE = "incidents.escalate"
TASKS_MANAGE = "incidents.tasks.manage"
COMMENTS_MANAGE = "incidents.comments.manage"
PRIORITIES_MANAGE = "incidents.priorities.manage"
STATUSES_MANAGE = "incidents.statuses.manage"
CATEGORIES_MANAGE = "incidents.categories.manage"
PUBLIC_SUBMIT = "incidents.public.submit"

EXTENSIONS_DECIDE = "incidents.extensions.decide"
SETTINGS_MANAGE = "incidents.settings.manage"
USERS_MANAGE = "users.manage"
ROLES_MANAGE = "roles.manage"
TEAMS_MANAGE = "teams.manage"
TOKENS_MANAGE = "tokens.manage"
MODULES_MANAGE = "modules.manage"
SLA_MANAGE = "sla.manage"
ESCALATION_MANAGE = "escalation.manage"
NOTIFICATIONS_MANAGE = "notifications.manage"
REPORTS_VIEW = "reports.view"
AUDIT_VIEW = "audit.view"
TENANCY_MANAGE = "tenancy.manage"

ALL: tuple[str, ...] = (
    *(VIEW, VIEW_OWN, CREATE, UPDATE, DELETE, ASSIGN, DELEGATE, ESCALATE, TASKS_MANAGE, COMMENTS_MANAGE),
    *(PRIORITIES_MANAGE, STATUSES_MANAGE, CATEGORIES_MANAGE, PUBLIC_SUBMIT, EXTENSIONS_DECIDE, SETTINGS_MANAGE),
    *(USERS_MANAGE, ROLES_MANAGE, TEAMS_MANAGE, TOKENS_MANAGE, MODULES_MANAGE, SLA_MANAGE, ESCALATION_MANAGE),
    *(NOTIFICATIONS_MANAGE, REPORTS_VIEW, AUDIT_VIEW, TENANCY_MANAGE),
)

MEMBER = (VIEW, VIEW_OWN)
"""What lets a member read the catalogue, people and teams: seeing all incidents, or one's own."""

_VIEWER = (VIEW, REPORTS_VIEW)
_AGENT = (*_VIEWER, CREATE, UPDATE, DELEGATE, TASKS_MANAGE, COMMENTS_MANAGE)
_MANAGER = (*_AGENT, ASSIGN, ESCALATE, DELETE, EXTENSIONS_DECIDE, AUDIT_VIEW)

SEEDED_ROLES: dict[str, tuple[str, tuple[str, ...]]] = {
    "viewer": ("Viewer", _VIEWER),
    "agent": ("Agent", _AGENT),
    "manager": ("Manager", _MANAGER),
    "admin": ("Administrator", ALL),
    "reporter": ("Reporter", (CREATE, VIEW_OWN)),
    "public": ("Public", (PUBLIC_SUBMIT,)),
}
"""slug: (name, permissions)."""
