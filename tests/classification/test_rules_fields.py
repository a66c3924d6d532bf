"""Values of custom fields by type: what is taken, how it is kept, and by what a list finds it."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given, strategies as st

from tocsin.base.errors import BadValue
from tocsin.classification.rules import clean_tag, clean_tags
from tocsin.classification.rules.fields import TYPES, found_by, keys, read, read_choices, read_filter

CHOICES = ["Berlin", "Paris", "São Paulo"]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text() | st.sampled_from(CHOICES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=5,
)


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        ("text", "  as it is  ", "as it is"),
        ("text", " ", None),
        ("number", 5.0, 5),
        ("number", -0.25, -0.25),
        ("date", "2028-02-29", "2028-02-29"),
        ("date", "", None),
        ("boolean", False, False),
        ("choice", "Paris", "Paris"),
        ("choice", "", None),
        ("multi_choice", ["Paris", "Berlin", "Paris"], ["Berlin", "Paris"]),
        ("multi_choice", [], None),
        ("url", " https://example.com/a?b=1#c ", "https://example.com/a?b=1#c"),
        ("user", "dana@example.com", "dana@example.com"),
    ],
)
def test_a_fitting_value_is_kept_in_one_way(kind, value, kept):
    assert read(kind, CHOICES, value) == kept
    assert type(read(kind, CHOICES, value)) is type(kept)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", 5),
        ("text", "x" * 2001),
        ("number", True),
        ("number", "5"),
        ("number", math.inf),
        ("number", math.nan),
        ("number", 10**16),
        ("date", "2027-02-29"),
        ("date", "20270201"),
        ("date", "2027-W01-1"),
        ("date", 20270201),
        ("boolean", "true"),
        ("boolean", 1),
        ("choice", "paris"),
        ("choice", ["Paris"]),
        ("multi_choice", "Paris"),
        ("multi_choice", ["Paris", "Rome"]),
        ("multi_choice", [["Paris"]]),
        ("url", "javascript:alert(1)"),
        ("url", "https://"),
        ("url", "https://a b.example"),
        ("url", "https://[::1"),
        ("user", {"id": 1}),
    ],
)
def test_another_is_refused_in_words(kind, value):
    with pytest.raises(BadValue, match=r"\.$"):
        read(kind, CHOICES, value)


@given(st.sampled_from(TYPES), ANYTHING)
def test_whatever_is_sent_is_kept_or_refused_and_kept_values_are_found_and_stay(kind, value):
    try:
        kept = read(kind, CHOICES, value)
    except BadValue:
        return
    if kept is None:
        return
    assert read(kind, CHOICES, kept) == kept
    for text, number in keys(kind, kept):
        assert 1 <= len(text) <= 2000
        assert (number is not None) == (kind == "number")


@given(st.floats(-1e15, 1e15) | st.integers(-(10**15), 10**15))
def test_a_number_is_found_by_its_own_spelling(number):
    kept = read("number", [], number)
    assert isinstance(kept, int | float)
    ((text, value),) = keys("number", kept)
    assert read_filter("number", text).values == (text,)
    assert read_filter("number", str(kept)).values == (text,)
    assert value == kept


@given(st.text(min_size=1, max_size=300))
@example("Straße ς İstanbul ıssız ﬃ")
def test_a_text_is_found_by_itself_in_any_case(text):
    kept = read("text", [], text)
    if isinstance(kept, str):
        assert read_filter("text", kept).values == (found_by(kept),) == (keys("text", kept)[0][0],)
        assert found_by(kept.lower()) == found_by(kept)
        assert "ı" in kept or found_by(kept.upper()) == found_by(kept), "a dotless ı is a letter of its own"


@pytest.mark.parametrize(
    ("kind", "text", "values", "low", "high", "unset"),
    [
        ("choice", "Berlin, paris", ("berlin", "paris"), None, None, False),
        ("text", "a, b", ("a, b",), None, None, False),
        ("number", "5..10.50", (), "5", "10.5", False),
        ("number", "..-1", (), None, "-1", False),
        ("number", "1e3,1000.0", ("1000",), None, None, False),
        ("date", "2026-01-01..", (), "2026-01-01", None, False),
        ("boolean", "true", ("true",), None, None, False),
        ("user", " ", (), None, None, True),
    ],
)
def test_what_a_list_asks_is_read(kind, text, values, low, high, unset):
    wanted = read_filter(kind, text)
    assert (wanted.values, wanted.low, wanted.high, wanted.unset) == (values, low, high, unset)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("number", "five"),
        ("number", ".."),
        ("number", "1e400"),
        ("date", "2026"),
        ("boolean", "yes"),
        ("number", "nan"),
    ],
)
def test_what_a_list_cannot_ask_is_refused(kind, text):
    with pytest.raises(BadValue):
        read_filter(kind, text)


@pytest.mark.parametrize(
    ("kind", "given_"),
    [
        ("text", ["a"]),
        ("choice", []),
        ("choice", ["a", "A"]),
        ("choice", [" "]),
        ("choice", ["a,b"]),
        ("choice", ["x" * 101]),
    ],
)
def test_choices_must_make_sense(kind, given_):
    with pytest.raises(BadValue):
        read_choices(kind, given_)


def test_choices_are_trimmed():
    assert read_choices("multi_choice", [" New  York ", "Berlin"]) == ["New York", "Berlin"]
    assert read_choices("text", []) == []


@pytest.mark.parametrize(
    ("text", "tag"), [("VPN", "vpn"), (" #Two words ", "two-words"), ("Büro", "büro"), ("v1.2/x", "v1.2/x")]
)
def test_a_tag_has_one_spelling(text, tag):
    assert clean_tag(text) == tag
    assert clean_tag(tag) == tag


@pytest.mark.parametrize("text", ["", " ", "#", "-x", "a,b", "x" * 51, "a\x00b", "<b>", '"a"'])
def test_others_are_no_tags(text):
    with pytest.raises(BadValue):
        clean_tag(text)


@given(st.lists(st.text(max_size=60), max_size=5))
def test_tags_are_kept_once_and_in_order(texts):
    try:
        found = clean_tags(texts)
    except BadValue:
        return
    assert found == sorted(set(found)) == clean_tags(found)
