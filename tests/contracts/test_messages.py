"""Languages: every text of pages and refusals is translated, and no text stands in a template untranslatable."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from jinja2 import Environment

from tests.contracts import messages

pytestmark = pytest.mark.contract

SOURCE = messages.ROOT / "src" / "tocsin"
ENGLISH_ONLY = {"docs.html"}
"""Templates of the API's documentation, which is written in English."""
NAMES = {"Tocsin", "Slack", "Android", "Ctrl", "Esc", "Enter", "Shift", "Alt", "Tab"}
"""What is called the same in every language."""
SPOKEN = {"aria-label", "title", "placeholder", "alt", "aria-description", "aria-roledescription", "label"}
SILENT = {"kbd", "code", "svg", "script", "style"}
_WORD = re.compile(r"[A-Za-zÄÖÜäöüß]{2,}")
_SENTENCE = re.compile(r"[A-Z][a-z]")
_ATTRIBUTES = re.compile(
    r'[\w-]+="[^"]*"|\b(autofocus|formnovalidate|required|checked|selected|disabled|hidden|multiple|open)\b'
)
"""What macros that make attributes hold: it looks like text there."""
_CLASSES = re.compile(r"\bis-[a-z]+\b")
"""What blocks hold that fill a class."""
CALLS = ("_", "gettext", "ngettext", "N_")


@pytest.mark.parametrize("locale", messages.LANGUAGES)
def test_every_text_is_translated(locale):
    found = list(messages.flaws(messages.extracted(), locale))
    assert not found, "run `make messages`, then translate:\n" + "\n".join(found)


@pytest.mark.parametrize("locale", messages.LANGUAGES)
def test_the_catalogue_is_written_in_its_one_form(locale):
    assert messages.path_of(locale).read_bytes() == messages.written(messages.translated(locale))


def test_placeholders_of_both_kinds_are_found():
    assert messages.placeholders("%(name)s has {count} of {size!r}") == {"%(name)s", "{count}", "{size!r}"}
    assert messages.placeholders("%(num)s files, {{literal}}") == set()


# ------------------------------------------------------------------------------------------------------- templates

TEMPLATES = sorted(path for path in SOURCE.glob("*/templates/*.html") if path.name not in ENGLISH_ONLY)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_templates_say_nothing_outside_the_catalogues(path):
    html, literals = _taken_apart(path.read_text(encoding="utf-8"))
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert [*reader.found, *literals] == []


class _Reader(HTMLParser):
    """Collects what a reader sees or hears."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag, attrs):
        self.silent += tag in SILENT
        for name, value in attrs:
            if name in SPOKEN and value:
                self._judge(value)

    def handle_endtag(self, tag):
        self.silent -= tag in SILENT and self.silent > 0

    def handle_data(self, data):
        if not self.silent:
            self._judge(_CLASSES.sub("", _ATTRIBUTES.sub("", data)))

    def _judge(self, text):
        if set(_WORD.findall(text)) - NAMES:
            self.found.append(text.strip())


def _taken_apart(source: str) -> tuple[str, list[str]]:
    """A template's own HTML (each expression an empty text), and texts that stand in expressions outside `_()`."""
    html, literals = [], []
    translated = False
    before: list[str] = []
    for _line, kind, value in Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"]).lex(source):
        if kind == "data":
            html.append("" if translated else value)
        elif kind == "name" and value in ("trans", "endtrans"):
            translated = value == "trans"
        elif kind == "string":
            called = before[-1:] == ["("] and before[-2:-1] and before[-2] in CALLS
            text = ast.literal_eval(value)
            listed = "ngettext" in before or "pgettext" in before
            if not called and not listed and _SENTENCE.match(text) and text not in NAMES:
                literals.append(text)
        if kind in ("variable_begin", "block_begin"):
            before = []
        elif kind != "whitespace":
            before.append(value)
    return "".join(html), literals


def test_the_lint_finds_what_it_should():
    html, literals = _taken_apart(
        '<p title="Hello there">{{ _("Fine") }} {% trans %}Fine too{% endtrans %} <kbd>Ctrl</kbd>'
    )
    reader = _Reader()
    reader.feed(html)
    assert (reader.found, literals) == (["Hello there"], [])
    assert _taken_apart('{{ ui.empty("x", "Nothing here") }}')[1] == ["Nothing here"]
    reader = _Reader()
    reader.feed("<b>Plain words</b>")
    assert reader.found == ["Plain words"]


# ----------------------------------------------------------------------------------------------------------- code

CONSOLES = sorted([*SOURCE.glob("*/console.py"), *SOURCE.glob("*/console/*.py")])


@pytest.mark.parametrize("path", CONSOLES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_toasts_go_through_the_catalogues(path):
    assert list(_plain_toasts(ast.parse(path.read_text(encoding="utf-8")))) == []


def test_refusals_are_templates_with_values():
    found = {
        str(path.relative_to(SOURCE)): list(_filled_refusals(ast.parse(path.read_text(encoding="utf-8"))))
        for path in sorted(SOURCE.rglob("*.py"))
    }
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


def _filled_refusals(tree: ast.AST) -> Iterator[str]:
    """Refusals whose sentence is put together before the catalogues see it. What msgspec says passes (`base.reasons`)."""
    places = {name: int(place or 1) - 1 for name, _, place in (word.partition(":") for word in messages.KEYWORDS)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in places:
            continue
        place = places[node.func.id]
        for given in node.args[place : place + 1]:
            words = [part.value for part in getattr(given, "values", ()) if isinstance(part, ast.Constant)]
            is_filled = isinstance(given, ast.JoinedStr) and words != ["."]
            is_text = isinstance(given, ast.Call) and ast.unparse(given.func) == "str"
            is_said = isinstance(given, ast.Attribute) and given.attr in ("detail", "message")
            if is_filled or is_text or is_said:
                yield ast.unparse(node)


def test_the_lint_of_refusals_finds_what_it_should():
    wrong = 'Refused(f"{a} is b."); invalid("x", str(error)); FieldError("x", each.message)'
    assert len(list(_filled_refusals(ast.parse(wrong)))) == 3
    right = 'Refused("{a} is b.", a=a); invalid(f"x.{y}", f"{text}."); FieldError("x", each.template, each.values)'
    assert list(_filled_refusals(ast.parse(right))) == []


def _plain_toasts(tree: ast.AST) -> Iterator[str]:
    """Texts said after an action (`pages.back`, `pages.redirect`) that nothing translates."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("back", "redirect")
        ):
            given = [*node.args[2:], *(word.value for word in node.keywords if word.arg == "said")]
            for one in given:
                if isinstance(one, ast.JoinedStr) or (isinstance(one, ast.Constant) and isinstance(one.value, str)):
                    yield ast.unparse(one)
