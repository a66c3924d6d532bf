"""Refusals carry a template and its values; what is written without values stays as it is."""

from __future__ import annotations

import pytest

from tocsin.base.errors import FieldError, Forbidden, Invalid, NotFound, RateLimited, Refused, invalid
from tocsin.base.reasons import reason
from tocsin.web.i18n import preferred, tongue
from tocsin.web.problems import as_problem


def test_a_refusal_fills_its_template():
    error = Refused("{code} is {status} already.", code="INC-1", status="{closed}")
    assert str(error) == error.detail == "INC-1 is {closed} already."
    assert (error.template, error.values) == ("{code} is {status} already.", {"code": "INC-1", "status": "{closed}"})


def test_braces_without_values_are_no_template():
    assert Refused("There is no {thing}.").detail == "There is no {thing}."
    assert invalid("x", "Use {a}.").errors[0].message == "Use {a}."
    assert FieldError("x", "Use {a}.", {"a": 1}).message == "Use 1."


def test_slugs_and_waiting_times_stay_what_they_were():
    assert Forbidden("No.", slug="csrf").problem_slug == "csrf"
    assert RateLimited("Wait {wait}.", 3, wait=3).retry_after == 3
    assert NotFound().detail == "There is nothing here by that name."


def test_the_api_speaks_english_and_pages_their_readers_language():
    error = Forbidden("This needs the permission {wanted}.", wanted="users.manage")
    german = tongue("de", "UTC").say
    assert as_problem(error, "r").detail == "This needs the permission users.manage."
    found = as_problem(error, "r", german)
    assert (found.title, found.detail) == ("Nicht erlaubt", "Dafür ist die Berechtigung users.manage nötig.")
    fields = as_problem(invalid("name", "Fill this in."), "r", german)
    assert fields.errors == [{"field": "name", "message": "Füllen Sie dies aus."}]
    assert fields.detail == "name: Füllen Sie dies aus."
    assert as_problem(Invalid([], "All of it."), "r", german).detail == "All of it."
    assert as_problem(invalid("level", "Expected `int` >= 1."), "r").errors[0]["message"] == "Expected `int` >= 1."
    said = as_problem(invalid("level", "Expected `int` >= 1."), "r", german).errors[0]["message"]
    assert said == "Geben Sie eine Zahl von mindestens 1 an."
    assert as_problem(RuntimeError("inside"), "r-7", german).detail.endswith("Anfragekennung r-7.")


@pytest.mark.parametrize(
    "text, said",
    [
        ("Expected `str` of length >= 1", "Fill this in."),
        ("Expected `str` of length <= 200", "Write at most 200 characters."),
        ("Expected `int` >= 5", "Give a number of at least 5."),
        ("Expected `float` <= 2.5.", "Give a number of at most 2.5."),
        ("Expected `int | null`, got `str`", "Give a number."),
        ("Expected `str`, got `int`.", "Give a text."),
        ("Expected `object`, got `array` - at `$.to`", "This kind of value does not fit here."),
        ("Invalid ISO8601 duration", "Give a duration, such as PT15M."),
        ("Invalid enum value 'pink'", "Choose one from the list."),
        ("Something new", "Something new."),
    ],
)
def test_what_msgspec_says_is_said_for_people(text, said):
    template, values = reason(text)
    assert template.format(**values) == said


@pytest.mark.parametrize(
    "header, language",
    [("de-AT,en;q=0.5", "de"), ("fr,de;q=0.2", "de"), ("fr", None), ("", None), ("en-GB;q=x,de", "de")],
)
def test_what_a_browser_prefers(header, language):
    assert preferred(header) == language
