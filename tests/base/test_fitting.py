"""What does not fit is refused with its field named, wherever the value comes from."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import pytest
from msgspec import Meta

from tocsin.base.errors import Invalid
from tocsin.base.fitting import fit


class Step(msgspec.Struct, forbid_unknown_fields=True):
    do: str
    after: Annotated[int, Meta(ge=0)] = 0


class Plan(msgspec.Struct, forbid_unknown_fields=True):
    steps: list[Step] = []
    most: int | None = None
    parts: dict[str, list[str]] = {}


@pytest.mark.parametrize(
    "given, under, field, said",
    [
        ({"most": "x"}, "", "most", "Expected `int | null`, got `str`."),
        ({"most": "x"}, "with", "with.most", "Expected `int | null`, got `str`."),
        ({"least": 1}, "", "least", "There is no such field here."),
        ({"steps": [{"do": "x"}, {}]}, "", "steps[1].do", "This field is required."),
        ({"steps": [{"do": "x", "off": 1}]}, "change", "change.steps[0].off", "There is no such field here."),
        ({"steps": [{"do": "x", "after": -1}]}, "", "steps[0].after", "Expected `int` >= 0."),
        ({"steps": [], "parts": {"x": 1}}, "", "parts", "Expected `array`, got `int`."),
        ([], "", "body", "Expected `object`, got `array`."),
        ([], "change", "change", "Expected `object`, got `array`."),
    ],
)
def test_the_field_is_named(given: Any, under: str, field: str, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        fit(given, Plan, under)
    assert [(flaw.field, flaw.message) for flaw in refused.value.errors] == [(field, said)]


def test_a_list_stands_below_its_own_name() -> None:
    with pytest.raises(Invalid) as refused:
        fit([{"do": "x"}, {"do": 1}], list[Step], "steps")
    assert refused.value.errors[0].field == "steps[1].do"


def test_texts_are_read_as_numbers_where_forms_and_queries_send_them() -> None:
    assert fit({"most": "7"}, Plan, strict=False) == Plan(most=7)
    assert fit({"most": 7}, Plan) == Plan(most=7)
