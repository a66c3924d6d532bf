"""A colour as a palette: whatever colour it is, everything can be read."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from tocsin.intake.rules import public
from tocsin.intake.rules.brand import sheet
from tocsin.tenancy.rules import SHAPE, TEXT, contrast, palette

COLORS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
LIGHT, DARK = ("#ffffff", "#f6f7f9"), ("#13161b", "#0c0e12", "#1b1f26")


@given(COLORS)
def test_every_colour_can_be_read_on_every_ground(color):
    found = palette(color)
    assert found is not None
    for shades, grounds, body in ((found.light, LIGHT, "#171a21"), (found.dark, DARK, "#e7e9ee")):
        for ground in (*grounds, shades.soft):
            assert contrast(shades.text, ground) >= TEXT
        for ground in grounds:
            assert contrast(shades.solid, ground) >= SHAPE
        assert contrast(shades.ink, shades.solid) >= TEXT
        assert contrast(shades.ink, shades.hover) >= TEXT
        assert contrast(body, shades.soft) >= TEXT


@pytest.mark.parametrize("color", ["#3a4ed0", "#0b5d4e"])
def test_a_colour_that_can_be_read_stays_as_it_is(color):
    found = palette(color)
    assert found is not None
    assert (found.light.text, found.light.solid, found.light.ink) == (color, color, "#ffffff")


def test_the_contrast_is_that_of_the_standard():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@given(st.text(max_size=12))
def test_nothing_but_colours_gets_into_the_sheet(text):
    if palette(text) is None:
        assert sheet(text) == ""


@pytest.mark.parametrize("text", ["", "#fff", "red", "#12345g", "#123456;}", "#1234567", "javascript:1"])
def test_what_is_no_colour_makes_no_sheet(text):
    assert sheet(text) == ""


@given(COLORS)
def test_the_sheet_is_flat(color):
    assert sheet(color).count("{") == sheet(color).count("}") == 1
    assert "light-dark(" in sheet(color)


@pytest.mark.parametrize(
    "status, states",
    [
        ("received", ["now", "ahead", "ahead", "ahead"]),
        ("working", ["done", "done", "now", "ahead"]),
        ("waiting", ["done", "done", "now", "ahead"]),
        ("solved", ["done", "done", "done", "now"]),
        ("closed", ["done", "done", "done", "now"]),
    ],
)
def test_a_report_goes_its_way_in_four_steps(status, states):
    times = {"received_at": None, "taken_up_at": None, "solved_at": None, "closed_at": None}
    found = public.steps(status, **times)  # type: ignore[arg-type]
    assert [step.state for step in found] == states
    assert found[states.index("now")].name == status
