"""What happens to a tenant (stream: the tenant's own)."""

from tocsin.activity.model import Event


class TenantCreated(Event):
    """A tenant was made with its seeded catalogue. Facts: slug, kind."""


class TenantChanged(Event):
    """Name, zone, locale or settings changed. Facts: fields (names only). Texts: before, after."""


class TenantSuspended(Event):
    """The operator suspended the tenant."""


class TenantResumed(Event):
    """The operator let the tenant work again."""


ALL = (TenantCreated, TenantChanged, TenantSuspended, TenantResumed)
