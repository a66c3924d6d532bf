"""Permission names of this feature."""

MANAGE = "tenancy.manage"
ALL = (MANAGE,)
