"""Globex: a retail bank with branches and a chain of shops, its people and what it classifies."""

from __future__ import annotations

from tocsin.intake.rules.demo.globex_done import DONE
from tocsin.intake.rules.demo.globex_open import OPEN
from tocsin.intake.rules.demo.globex_work import WORK
from tocsin.intake.rules.demo.model import DemoCategory, DemoPerson, DemoTeam, DemoTenant
from tocsin.intake.rules.demo.shelf import HANDOVER, outage

_TEAMS = (
    DemoTeam("payments", "Payments Operations", "Cards, transfers, cash machines and the clearing windows."),
    DemoTeam("digital", "Digital Channels", "Mobile app, online banking and the web shop."),
    DemoTeam("store-support", "Store Support", "Tills, stock and everything in a shop or branch."),
    DemoTeam(
        "security-operations", "Security Operations", "Fraud signals, phishing, access and alarms, around the clock."
    ),
)
_PEOPLE = (
    DemoPerson("Daniel Whitfield", "daniel.whitfield@globex.example", "admin", ("digital",)),
    DemoPerson("Keisha Grant", "keisha.grant@globex.example", "manager", ("payments", "digital")),
    DemoPerson(
        "Robert Castellano", "robert.castellano@globex.example", "manager", ("store-support", "security-operations")
    ),
    DemoPerson("Mei Tanaka", "mei.tanaka@globex.example", "agent", ("payments",)),
    DemoPerson("Omar Haddad", "omar.haddad@globex.example", "agent", ("digital",)),
    DemoPerson("Chloe Bennett", "chloe.bennett@globex.example", "agent", ("store-support",)),
    DemoPerson("Samuel Adeyemi", "samuel.adeyemi@globex.example", "agent", ("security-operations",)),
    DemoPerson("Valentina Rossi", "valentina.rossi@globex.example", "agent", ("payments", "security-operations")),
    DemoPerson("Margaret Lowe", "margaret.lowe@globex.example", "viewer"),
    DemoPerson("Ethan Park", "ethan.park@globex.example", "reporter"),
    DemoPerson("Nadia Kowalczyk", "nadia.kowalczyk@globex.example", "reporter"),
    DemoPerson("Victor Salas", "victor.salas@globex.example", "agent", ("digital",), is_active=False),
)
_CATEGORIES = (
    DemoCategory(
        "payments-and-cards", "Payments and cards", "operations", "Banking", "Card payments, transfers, clearing."
    ),
    DemoCategory("cash-machines", "Cash machines", "operations", "Banking", "Machines, cash supply, depositing."),
    DemoCategory(
        "online-channels", "Online channels", "service", "Digital", "App, online banking, web shop, notifications."
    ),
    DemoCategory("point-of-sale", "Point of sale", "operations", "Retail", "Tills, scanners, receipts, price labels."),
    DemoCategory(
        "fraud-and-security", "Fraud and security", "security", "Security", "Fraud, phishing, access, alarms."
    ),
    DemoCategory("premises", "Premises", "facility", "Property", "Branches and shops: doors, climate, lights."),
)

_CHECKLISTS = (
    HANDOVER,
    outage(
        "Payments do not go through",
        "payments-and-cards",
        "Switch to the second acquirer",
        "See a payment of each kind go through",
    ),
)

GLOBEX = DemoTenant(
    slug="globex",
    name="Globex Bank and Retail",
    time_zone="America/New_York",
    locale="en",
    teams=_TEAMS,
    people=_PEOPLE,
    categories=_CATEGORIES,
    checklists=_CHECKLISTS,
    incidents=(*OPEN, *WORK, *DONE),
)
