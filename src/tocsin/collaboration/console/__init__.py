"""What collaboration puts on the screens of incidents."""

from tocsin.access import permissions
from tocsin.base.manifest import Slot
from tocsin.collaboration.console import new
from tocsin.incidents.console.new import FILES

_MODULE = "collaboration"
ENDPOINTS = new.ENDPOINTS
SLOTS = (Slot(FILES, new.draw_files, (permissions.COMMENTS_MANAGE,), _MODULE),)
__all__ = ["ENDPOINTS", "SLOTS"]
