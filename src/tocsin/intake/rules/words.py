"""The words of the public pages, in the languages a tenant can choose."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

FlawCode = Literal["missing", "too-long", "email", "category", "file", "files", "file-size", "trap"]

_ENGLISH = {
    "report": "Report a problem",
    "lead": "Tell us what is wrong. You get a link to follow it; no account is needed.",
    "title": "What is wrong?",
    "description": "What happened?",
    "category": "Kind",
    "no-category": "I don’t know",
    "name": "Your name",
    "email": "Your e-mail",
    "email-hint": "We answer to this address.",
    "phone": "Phone",
    "organization": "Organisation",
    "file": "Photos or files",
    "file-hint": "Up to {count} files, {size} each",
    "website": "Leave this field empty",
    "optional": "(optional)",
    "send": "Send report",
    "errors": "Please check what is marked below. Nothing was sent yet.",
    "files-again": "Please choose your files again.",
    "next": "What happens next",
    "next-1": "You get a reference and a private link.",
    "next-2": "Somebody looks at your report and answers you.",
    "next-3": "The link shows how far we are.",
    "thanks": "Thank you, your report has arrived",
    "thanks-lead": "Keep the reference and the link: whoever has the link can read how it goes on.",
    "reference": "Reference",
    "follow": "Follow your report",
    "link": "Your private link",
    "another": "Report another problem",
    "tracking": "Your report",
    "status": "Status",
    "received": "Received",
    "working": "Being worked on",
    "waiting": "Waiting",
    "solved": "Solved",
    "closed": "Closed",
    "received-about": "Nobody has looked at it yet.",
    "working-about": "Somebody is taking care of it.",
    "waiting-about": "The work rests until something that is needed arrives.",
    "solved-about": "We believe that it is solved.",
    "closed-about": "This report is closed.",
    "received-at": "Received",
    "taken-up-at": "Taken up",
    "solved-at": "Solved",
    "closed-at": "Closed",
    "messages": "Messages",
    "no-messages": "There are no messages yet.",
    "you": "You",
    "not-found": "There is nothing here",
    "not-found-lead": "Check the address: it may be incomplete, or no longer valid.",
    "too-many": "Too many requests",
    "too-many-lead": "Please try again in {seconds} seconds. Go back to find what you wrote.",
    "failed": "That did not work",
    "failed-lead": "Nothing was sent. Please go back and try again in a moment.",
    "skip": "Skip to the content",
    "runs-on": "Runs on Tocsin",
    "flaw.missing": "Please fill this in.",
    "flaw.too-long": "This is too long: at most {limit} characters.",
    "flaw.email": "This is not a complete e-mail address, such as name@example.com.",
    "flaw.category": "Please choose one from the list.",
    "flaw.file": "One of the files has no content.",
    "flaw.files": "At most {limit} files.",
    "flaw.file-size": "One of the files is larger than {limit}.",
    "flaw.trap": "Please leave this field empty.",
}
_GERMAN = {
    "report": "Ein Problem melden",
    "lead": "Sagen Sie uns, was nicht in Ordnung ist. Sie erhalten einen Link zum Verfolgen, ganz ohne Konto.",
    "title": "Was ist nicht in Ordnung?",
    "description": "Was ist passiert?",
    "category": "Art",
    "no-category": "Weiß ich nicht",
    "name": "Ihr Name",
    "email": "Ihre E-Mail-Adresse",
    "email-hint": "An diese Adresse antworten wir.",
    "phone": "Telefon",
    "organization": "Organisation",
    "file": "Fotos oder Dateien",
    "file-hint": "Bis zu {count} Dateien, je {size}",
    "website": "Dieses Feld bitte leer lassen",
    "optional": "(freiwillig)",
    "send": "Meldung senden",
    "errors": "Bitte prüfen Sie, was unten markiert ist. Es wurde noch nichts gesendet.",
    "files-again": "Bitte wählen Sie Ihre Dateien noch einmal aus.",
    "next": "Wie es weitergeht",
    "next-1": "Sie erhalten ein Aktenzeichen und einen privaten Link.",
    "next-2": "Jemand sieht sich Ihre Meldung an und antwortet Ihnen.",
    "next-3": "Unter dem Link sehen Sie, wie weit wir sind.",
    "thanks": "Danke, Ihre Meldung ist angekommen",
    "thanks-lead": "Heben Sie Aktenzeichen und Link auf: Wer den Link hat, kann lesen, wie es weitergeht.",
    "reference": "Aktenzeichen",
    "follow": "Meldung verfolgen",
    "link": "Ihr privater Link",
    "another": "Ein weiteres Problem melden",
    "tracking": "Ihre Meldung",
    "status": "Stand",
    "received": "Eingegangen",
    "working": "In Arbeit",
    "waiting": "Wartet",
    "solved": "Gelöst",
    "closed": "Geschlossen",
    "received-about": "Es hat noch niemand darauf gesehen.",
    "working-about": "Jemand kümmert sich darum.",
    "waiting-about": "Die Arbeit ruht, bis etwas eintrifft, das gebraucht wird.",
    "solved-about": "Wir halten es für gelöst.",
    "closed-about": "Diese Meldung ist geschlossen.",
    "received-at": "Eingegangen",
    "taken-up-at": "Angenommen",
    "solved-at": "Gelöst",
    "closed-at": "Geschlossen",
    "messages": "Nachrichten",
    "no-messages": "Es gibt noch keine Nachrichten.",
    "you": "Sie",
    "not-found": "Hier ist nichts",
    "not-found-lead": "Prüfen Sie die Adresse: Vielleicht ist sie unvollständig oder nicht mehr gültig.",
    "too-many": "Zu viele Anfragen",
    "too-many-lead": "Bitte versuchen Sie es in {seconds} Sekunden noch einmal. Mit „Zurück“ finden Sie Ihren Text wieder.",
    "failed": "Das hat nicht geklappt",
    "failed-lead": "Es wurde nichts gesendet. Bitte gehen Sie zurück und versuchen Sie es gleich noch einmal.",
    "skip": "Zum Inhalt springen",
    "runs-on": "Läuft mit Tocsin",
    "flaw.missing": "Bitte füllen Sie dieses Feld aus.",
    "flaw.too-long": "Das ist zu lang: höchstens {limit} Zeichen.",
    "flaw.email": "Das ist keine vollständige E-Mail-Adresse wie name@example.com.",
    "flaw.category": "Bitte wählen Sie etwas aus der Liste.",
    "flaw.file": "Eine der Dateien hat keinen Inhalt.",
    "flaw.files": "Höchstens {limit} Dateien.",
    "flaw.file-size": "Eine der Dateien ist größer als {limit}.",
    "flaw.trap": "Bitte lassen Sie dieses Feld leer.",
}
WORDS: Mapping[str, Mapping[str, str]] = {"en": _ENGLISH, "de": _GERMAN}
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def words(locale: str) -> Mapping[str, str]:
    """The words of a language; English where nobody wrote any."""
    return WORDS.get(locale, _ENGLISH)


def moment(at: datetime, locale: str) -> str:
    """A time as people write it, in the zone that `at` is in."""
    zone = at.tzname() or "UTC"
    if locale == "de":
        return f"{at.day}.{at.month}.{at.year}, {at:%H:%M} Uhr ({zone})"
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}, {at:%H:%M} ({zone})"


def size(limit: int) -> str:
    """Bytes as people write them."""
    for unit, factor in (("GB", 1024**3), ("MB", 1024**2), ("kB", 1024)):
        if limit >= factor:
            return f"{limit / factor:.1f}".removesuffix(".0") + f" {unit}"
    return f"{limit} B"
