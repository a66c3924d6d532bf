"""The manifest of the catalogue; its routes belong to the module `incidents`."""

from tocsin.base.manifest import Kind, Module
from tocsin.classification import console, events
from tocsin.classification.api import ENDPOINTS
from tocsin.classification.service import names, seed

MODULE = Module(
    name="classification",
    title="Catalogue",
    endpoints=(*ENDPOINTS, *console.ENDPOINTS),
    navigation=console.NAVIGATION,
    slots=console.SLOTS,
    kinds=(Kind("entry", names),),
    events=events.ALL,
    seeds=(seed,),
    always_on=True,
    part_of="incidents",
)
