"""The administration's screens of the catalogue, one file each."""

from tocsin.access import permissions
from tocsin.base.manifest import Navigation
from tocsin.classification.console import categories, demands, fields, overview, priorities, statuses
from tocsin.web.i18n import N_

ENDPOINTS = (*categories.ENDPOINTS, *priorities.ENDPOINTS, *statuses.ENDPOINTS, *demands.ENDPOINTS, *fields.ENDPOINTS)
NAVIGATION = (
    Navigation(
        N_("Categories"),
        "/admin/categories",
        icon="tags",
        permissions=(permissions.CATEGORIES_MANAGE,),
        place="admin",
        order=30,
        module="incidents",
    ),
    Navigation(
        N_("Priorities"),
        "/admin/priorities",
        icon="antenna-bars-5",
        permissions=(permissions.PRIORITIES_MANAGE,),
        place="admin",
        order=32,
        module="incidents",
    ),
    Navigation(
        N_("Statuses"),
        "/admin/statuses",
        icon="sitemap",
        permissions=(permissions.STATUSES_MANAGE,),
        place="admin",
        order=34,
        module="incidents",
    ),
    Navigation(
        N_("Custom fields"),
        "/admin/fields",
        icon="forms",
        permissions=(permissions.SETTINGS_MANAGE,),
        place="admin",
        order=35,
        module="incidents",
    ),
)
SLOTS = overview.SLOTS
