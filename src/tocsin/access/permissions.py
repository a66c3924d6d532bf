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
MACROS_MANAGE = "incidents.macros.manage"
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
    *(
        PRIORITIES_MANAGE,
        STATUSES_MANAGE,
        CATEGORIES_MANAGE,
        PUBLIC_SUBMIT,
        EXTENSIONS_DECIDE,
        SETTINGS_MANAGE,
        MACROS_MANAGE,
    ),
    *(USERS_MANAGE, ROLES_MANAGE, TEAMS_MANAGE, TOKENS_MANAGE, MODULES_MANAGE, SLA_MANAGE, ESCALATION_MANAGE),
    *(NOTIFICATIONS_MANAGE, REPORTS_VIEW, AUDIT_VIEW, TENANCY_MANAGE),
)

MEMBER = (VIEW, VIEW_OWN)
"""What lets a member read the catalogue, people and teams: seeing all incidents, or one's own."""

ADMINISTER = (
    *(TENANCY_MANAGE, MODULES_MANAGE, USERS_MANAGE, TEAMS_MANAGE, ROLES_MANAGE, TOKENS_MANAGE, CATEGORIES_MANAGE),
    *(PRIORITIES_MANAGE, STATUSES_MANAGE, SETTINGS_MANAGE, MACROS_MANAGE, SLA_MANAGE, ESCALATION_MANAGE, AUDIT_VIEW),
    NOTIFICATIONS_MANAGE,
)
"""Any of these opens the administration's overview; what it shows is for whoever may manage it."""

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

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Working on incidents", (VIEW, VIEW_OWN, CREATE, UPDATE, COMMENTS_MANAGE, TASKS_MANAGE, DELEGATE)),
    ("Leading the desk", (ASSIGN, ESCALATE, EXTENSIONS_DECIDE, DELETE, REPORTS_VIEW)),
    ("From outside", (PUBLIC_SUBMIT,)),
    (
        "How incidents work",
        (
            *(CATEGORIES_MANAGE, PRIORITIES_MANAGE, STATUSES_MANAGE, SETTINGS_MANAGE, MACROS_MANAGE),
            *(SLA_MANAGE, ESCALATION_MANAGE),
        ),
    ),
    ("People and rights", (USERS_MANAGE, TEAMS_MANAGE, ROLES_MANAGE, TOKENS_MANAGE)),
    ("The organisation", (TENANCY_MANAGE, MODULES_MANAGE, NOTIFICATIONS_MANAGE, AUDIT_VIEW)),
)
"""All permissions in the groups and the order that the matrix of roles shows."""

DESCRIPTIONS: dict[str, str] = {
    VIEW: "see all incidents of the organisation, and what belongs to them",
    VIEW_OWN: "see the incidents one has reported oneself, without internal comments",
    CREATE: "record incidents",
    UPDATE: "change incidents: fields, status, acknowledge, resolve, close, reopen, watchers, progress, reminders",
    DELETE: "delete incidents (softly) and restore them",
    ASSIGN: "assign and unassign people and teams, and delegate for others",
    DELEGATE: "delegate one's own work, and recall it",
    ESCALATE: "escalate by hand: raise the priority, hand to a team or person",
    TASKS_MANAGE: "create, change, order and complete tasks",
    COMMENTS_MANAGE: "write comments and add attachments",
    PRIORITIES_MANAGE: "change the priorities and their target minutes",
    STATUSES_MANAGE: "change the statuses and the allowed transitions",
    CATEGORIES_MANAGE: "change the categories",
    PUBLIC_SUBMIT: "report from outside; taken from the role `public`, the public door is shut",
    EXTENSIONS_DECIDE: "approve or reject a later due time that somebody else asked for",
    SETTINGS_MANAGE: "change how incidents work in the organisation",
    MACROS_MANAGE: "change replies kept ready, and macros",
    USERS_MANAGE: "invite, change and deactivate people",
    ROLES_MANAGE: "make and change roles; nobody grants what they don't hold",
    TEAMS_MANAGE: "make and change teams and their members",
    TOKENS_MANAGE: "make and revoke API tokens for others and for roles",
    MODULES_MANAGE: "switch modules on and off",
    SLA_MANAGE: "change service levels and calendars",
    ESCALATION_MANAGE: "change escalation policies",
    NOTIFICATIONS_MANAGE: "see deliveries, change channels and templates",
    REPORTS_VIEW: "see measures and reports",
    AUDIT_VIEW: "see the audit trail and verify it",
    TENANCY_MANAGE: "change the organisation's name, zone, language and settings; move a sandbox's clock",
}
"""What each permission allows to, as `/permissions` and the documentation say it."""
