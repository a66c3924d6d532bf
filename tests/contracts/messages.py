"""Brings the catalogues up to date with the texts in code and templates: `python -m tests.contracts.messages`.

New texts come in without a translation, lost ones go; the order is that of the English text, and nothing tells where a
text stands, so that a change of the catalogue shows what changed. Prints what is left to translate.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_keywords, parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

from tocsin.access import permissions
from tocsin.activity.console import title_of
from tocsin.web.i18n import CATALOGUES, LOCALES
from tocsin.wiring import modules

ROOT = Path(__file__).parents[2]
ERRORS = "Forbidden Malformed ModuleDisabled NotFound RateLimited Refused SlowBody Stale TenantSuspended TooLarge"
ERRORS += " Unauthenticated Unavailable UnsupportedMedia"
KEYWORDS = [*ERRORS.split(), "BadValue", "BadCondition", "BadRecipient", "N_", "invalid:2", "FieldError:2"]
"""What marks a text beside the customary names: refusals (see `base.errors`) are shown in pages too."""
LANGUAGES = [locale for locale in LOCALES if locale != "en"]
_PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]|(?<!\{)\{(\w*)[^{}]*\}(?!\})|%[sd]")


def extracted() -> Catalog:
    """Every text that stands in code and templates."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as mapping:
        methods, options = parse_mapping_cfg(mapping)
    keywords = DEFAULT_KEYWORDS | parse_keywords(KEYWORDS)
    found = Catalog(charset="utf-8")
    for _name, _line, text, comments, context in extract_from_dir(
        ROOT, method_map=methods, options_map=options, keywords=keywords
    ):
        found.add(text, auto_comments=comments, context=context)
    for text in _named():
        found.add(text)
    return found


def _named() -> Iterator[str]:
    """Texts that stand in no call of `_`: the titles of modules and events, and what permissions and their groups say."""
    for module in modules():
        yield module.title
        yield from (title_of(event.__name__) for event in module.events)
    yield from permissions.DESCRIPTIONS.values()
    yield from (title for title, _names in permissions.GROUPS)


def path_of(locale: str) -> Path:
    """The catalogue of a language."""
    return CATALOGUES / locale / "LC_MESSAGES" / "tocsin.po"


def translated(locale: str) -> Catalog:
    """The catalogue of a language as it stands; empty when there is none yet."""
    path = path_of(locale)
    if not path.is_file():
        return Catalog(locale=locale, charset="utf-8")
    with path.open("rb") as source:
        return read_po(source, locale=locale)


def flaws(template: Catalog, locale: str) -> Iterator[str]:
    """What a catalogue lacks: texts without a translation, fuzzy ones, others' placeholders, texts that are no more."""
    catalogue = translated(locale)
    for message in template:
        if not message.id:
            continue
        there = catalogue.get(message.id, context=message.context)
        if there is None or not _is_complete(there):
            yield f"not translated: {_first(message)!r}"
        elif there.fuzzy:
            yield f"fuzzy: {_first(message)!r}"
        elif any(placeholders(text) != placeholders(_last(message)) for text in _strings(there)):
            yield f"other placeholders: {_first(message)!r}"
    known = {(_first(message), message.context) for message in template}
    for message in catalogue:
        if message.id and (_first(message), message.context) not in known:
            yield f"no more in the code: {_first(message)!r}"


def placeholders(text: str) -> set[str]:
    """The names that a text has filled in, of either kind. Counts may be left out: `one` needs no figure."""
    return {match.group() for match in _PLACEHOLDER.finditer(text)} - {"%(num)s"}


def _first(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _last(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[-1]


def _strings(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def _is_complete(message: Message) -> bool:
    return all(text.strip() for text in _strings(message))


def written(catalogue: Catalog) -> bytes:
    """A catalogue as it is kept."""
    for message in catalogue:
        message.locations, message.auto_comments, message.previous_id = [], [], []
        message.flags &= {"fuzzy"}
    out = io.BytesIO()
    write_po(
        out,
        catalogue,
        width=120,
        no_location=True,
        omit_header=True,
        sort_output=True,
        ignore_obsolete=True,
    )
    return out.getvalue().lstrip()


def update(locale: str, template: Catalog) -> None:
    """Write the catalogue of a language anew."""
    catalogue = translated(locale)
    catalogue.update(template, no_fuzzy_matching=True)
    path = path_of(locale)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(written(catalogue))


def main() -> int:
    """Update every language; 1 while there is something left to translate."""
    template = extracted()
    left = 0
    for locale in LANGUAGES:
        update(locale, template)
        for flaw in flaws(template, locale):
            print(f"{locale}: {flaw}")
            left += 1
    print(f"{len(template)} texts, {left} left to do in {path_of(LANGUAGES[0]).relative_to(ROOT)}")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
