"""What can be a tenant's colour; its shades are tested where the public pages wear them."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from tocsin.tenancy.rules import OURS, color_flaw, palette


@pytest.mark.parametrize("text", ["red", "#fff", "#GGGGGG", "0b5c4f", "#0b5c4f;", "url(x)", " #0b5c4f"])
def test_what_is_no_colour_is_refused(text):
    assert color_flaw(text) == "Give a colour as #rrggbb, such as #0b5c4f."


@given(st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}"))
def test_every_colour_and_none_at_all_can_be(color):
    assert color_flaw(color) is None
    assert palette(color) is not None


def test_none_is_fine():
    assert color_flaw("") is None
    assert palette(OURS) is not None
