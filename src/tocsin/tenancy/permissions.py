"""Permission names of this feature, and whose lets a member read about the own tenant."""

MANAGE = "tenancy.manage"
READ = ("incidents.view", "incidents.view_own", MANAGE)
ALL = (MANAGE,)
