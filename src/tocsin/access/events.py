"""What happens to members and their rights (stream: the tenant's own)."""

from tocsin.activity.model import Event


class UserCreated(Event):
    """A member was added. Facts: user, kind, is_active, roles, teams (slugs). Texts: name, email."""


class UserChanged(Event):
    """A member changed. Facts: user, fields, and from, to of roles, teams and is_active. Texts: name, email."""


class RoleCreated(Event):
    """A role was made. Facts: role, slug, permissions. Texts: name."""


class RoleChanged(Event):
    """A role changed. Facts: role, slug, from, to (permissions). Texts: name."""


class RoleDeleted(Event):
    """A role that nobody had was deleted. Facts: role, slug."""


class TeamCreated(Event):
    """A team was made. Facts: team, slug, members (ids), leads (ids). Texts: name."""


class TeamUpdated(Event):
    """A team changed. Facts: team, slug, fields, members (ids), leads (ids), is_active. Texts: name, before, after."""


class AbsenceAdded(Event):
    """Somebody will be away. Facts: absence, user, from, to, deputy (ids, times)."""

    changes_rights = False


class AbsenceRemoved(Event):
    """An absence was taken back. Facts: absence, user, from, to, deputy (ids, times)."""

    changes_rights = False


class TokenCreated(Event):
    """A token was made. Facts: token, user, role (slug), permissions, expires_at. Texts: name."""


class TokenRevoked(Event):
    """A token was revoked. Facts: token, user."""


class LoggedIn(Event):
    """A person logged in with a browser. Facts: session. Texts: address."""

    changes_rights = False


class LoggedOut(Event):
    """Sessions of a person were ended. Facts: user, sessions (how many), because (logout, ended, password)."""


class PasswordChanged(Event):
    """A person changed the own password. Facts: user."""


class PasswordReset(Event):
    """A person chose a new password by the link of a mail, or the operator gave them one. Facts: user."""


ALL = (
    *(UserCreated, UserChanged, RoleCreated, RoleChanged, RoleDeleted, TeamCreated, TeamUpdated),
    *(AbsenceAdded, AbsenceRemoved),
    *(TokenCreated, TokenRevoked, LoggedIn, LoggedOut, PasswordChanged, PasswordReset),
)
