"""A tenant's colour: white text on it can be read, its variants too."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from tocsin.tenancy.rules import (
    DARK_PAGE,
    SHAPE,
    TEXT,
    WHITE,
    color_flaw,
    contrast,
    luminance,
    mixed,
    readable,
    variants,
)

COLORS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def test_contrast_is_as_wcag_defines_it():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert luminance("#000000") == 0
    assert luminance("#ffffff") == pytest.approx(1)


@given(COLORS, COLORS)
def test_contrast_does_not_ask_which_is_in_front(one, other):
    assert contrast(one, other) == contrast(other, one)
    assert 1 <= contrast(one, other) <= 21.01


@given(COLORS)
def test_a_readable_colour_is_readable_and_stays_when_it_was(color):
    found = readable(color, WHITE, TEXT)
    assert contrast(found, WHITE) >= TEXT
    if contrast(color, WHITE) >= TEXT:
        assert found == color


@given(COLORS)
def test_every_variant_can_be_read_where_it_stands(color):
    brand = variants(color)
    assert contrast(brand.solid, WHITE) >= TEXT
    assert contrast(brand.hover, WHITE) >= TEXT
    assert contrast(brand.text, WHITE) >= TEXT
    assert contrast(brand.dark_solid, WHITE) >= TEXT
    assert contrast(brand.dark_text, DARK_PAGE) >= TEXT
    assert contrast(brand.dark_solid, DARK_PAGE) >= SHAPE
    assert contrast("#171a21", brand.soft) >= TEXT
    assert contrast("#e7e9ee", brand.dark_soft) >= TEXT


@given(COLORS)
def test_what_is_refused_is_told_a_colour_that_is_not(color):
    flaw = color_flaw(color)
    assert (flaw is None) == (contrast(color, WHITE) >= TEXT)
    if flaw is not None:
        assert color_flaw(flaw.rsplit(" ", 1)[-1].rstrip(".")) is None


@pytest.mark.parametrize("text", ["red", "#fff", "#GGGGGG", "0b5c4f", "#0B5C4F", "#0b5c4f;", "url(x)"])
def test_what_is_no_colour_is_refused(text):
    assert color_flaw(text) is not None


def test_none_of_ones_own_is_fine_and_ends_in_ours():
    assert color_flaw("") is None
    assert variants("") == variants("#3a4ed0")
    assert mixed("#000000", "#ffffff", 0.5) == "#808080"
