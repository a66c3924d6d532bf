"""The manifest of access."""

from tocsin.access import permissions
from tocsin.access.service.seeds import seed
from tocsin.base.manifest import Module

MODULE = Module(name="access", title="People and rights", permissions=permissions.ALL, seeds=(seed,), always_on=True)
