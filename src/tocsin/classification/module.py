"""The manifest of the catalogue; its routes belong to the module `incidents`."""

from tocsin.base.manifest import Module
from tocsin.classification import events
from tocsin.classification.api import ENDPOINTS
from tocsin.classification.service import seed

MODULE = Module(
    name="classification",
    title="Catalogue",
    endpoints=ENDPOINTS,
    events=events.ALL,
    seeds=(seed,),
    always_on=True,
    part_of="incidents",
)
