"""Acme Manufacturing: two plants and a warehouse near Leipzig, its people and what it classifies."""

from __future__ import annotations

from tocsin.intake.rules.demo.acme_done import DONE
from tocsin.intake.rules.demo.acme_open import OPEN
from tocsin.intake.rules.demo.acme_work import WORK
from tocsin.intake.rules.demo.model import DemoCategory, DemoField, DemoPerson, DemoTeam, DemoTenant
from tocsin.intake.rules.demo.shelf import HANDOVER, outage

_TEAMS = (
    DemoTeam("service-desk", "Service Desk", "First line for offices and plants, 06:00 to 22:00."),
    DemoTeam("plant-systems", "Plant Systems", "Line controllers, SCADA, MES and everything that stops a belt."),
    DemoTeam("network", "Network and Security", "Sites, wireless, firewalls and the alarms of both."),
    DemoTeam("warehouse", "Warehouse Systems", "Scanners, printers, the warehouse system and carrier links."),
)
_PEOPLE = (
    DemoPerson("Helena Brandt", "helena.brandt@acme.example", "admin", ("service-desk",)),
    DemoPerson("Tomasz Nowak", "tomasz.nowak@acme.example", "manager", ("plant-systems", "network")),
    DemoPerson("Amara Okafor", "amara.okafor@acme.example", "manager", ("service-desk", "warehouse")),
    DemoPerson("Lena Hoffmann", "lena.hoffmann@acme.example", "agent", ("service-desk",)),
    DemoPerson("Jonas Weber", "jonas.weber@acme.example", "agent", ("plant-systems",)),
    DemoPerson("Priya Raman", "priya.raman@acme.example", "agent", ("network",)),
    DemoPerson("Mateo Ruiz", "mateo.ruiz@acme.example", "agent", ("warehouse",)),
    DemoPerson("Sofia Lindqvist", "sofia.lindqvist@acme.example", "agent", ("plant-systems", "service-desk")),
    DemoPerson("Greta Baum", "greta.baum@acme.example", "viewer"),
    DemoPerson("Karl Schuster", "karl.schuster@acme.example", "reporter"),
    DemoPerson("Ines Duarte", "ines.duarte@acme.example", "reporter"),
    DemoPerson("Uwe Falk", "uwe.falk@acme.example", "agent", ("warehouse",), is_active=False),
)
_CATEGORIES = (
    DemoCategory(
        "production-line", "Production line", "operations", "Production", "Controllers, robots, sensors, MES."
    ),
    DemoCategory(
        "warehouse-system", "Warehouse system", "operations", "Logistics", "Stock, picking, labels, carriers."
    ),
    DemoCategory("site-network", "Site network", "infrastructure", "IT", "Switches, wireless, links between sites."),
    DemoCategory("workplace-it", "Workplace IT", "service", "IT", "Laptops, mail, accounts, printers."),
    DemoCategory("building", "Building and energy", "facility", "Facilities", "Doors, heating, power, compressed air."),
    DemoCategory("plant-security", "Plant security", "security", "Security", "Access, cameras, suspicious messages."),
)
_FIELDS = (
    DemoField("plant", "Plant", "choice", ("Plant 1", "Plant 2", "Warehouse"), description="Where it happens."),
    DemoField(
        "asset_tag", "Asset tag", "text", categories=("production-line",), description="On the plate of the machine."
    ),
    DemoField("vendor_ticket", "Vendor ticket", "url"),
    DemoField("production_stopped", "Production stopped", "boolean", categories=("production-line",)),
)

_CHECKLISTS = (
    HANDOVER,
    outage(
        "A line stands still",
        "production-line",
        "Make the line safe, then stop the feed",
        "See ten pieces through without a stop",
    ),
)

ACME = DemoTenant(
    slug="acme",
    name="Acme Manufacturing",
    time_zone="Europe/Berlin",
    locale="en",
    teams=_TEAMS,
    people=_PEOPLE,
    categories=_CATEGORIES,
    fields=_FIELDS,
    checklists=_CHECKLISTS,
    incidents=(*OPEN, *WORK, *DONE),
    watch=("priya.raman", "jonas.weber", "lena.hoffmann", "mateo.ruiz"),
    imports_excerpt=True,
)
