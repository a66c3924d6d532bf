"""Rules of the house that no tool of `make check` holds: files and functions stay small enough to be read at a sitting."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(path for folder in ("src", "benchmarks") for path in (ROOT / folder).rglob("*.py"))
MOST_LINES = 400
MOST_LINES_OF_A_FUNCTION = 40
"""Its docstring is not counted."""
_LATER = re.compile(r"\b(TODO|FIXME|XXX)\b")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def length(function: Function) -> int:
    """How many lines a function has, signature and all, without its docstring."""
    whole = (function.end_lineno or 0) - function.lineno + 1
    if ast.get_docstring(function) is None:
        return whole
    said = function.body[0]
    return whole - ((said.end_lineno or 0) - said.lineno + 1)


def place(path: Path) -> str:
    """A file as one would open it."""
    return str(path.relative_to(ROOT))


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """What stands in each file."""
    return {place(path): path.read_text(encoding="utf-8") for path in FILES}


def test_files_are_short(texts: dict[str, str]) -> None:
    lengths = {name: text.count("\n") for name, text in texts.items()}
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}


def test_functions_are_short(texts: dict[str, str]) -> None:
    long = {
        f"{name}:{node.lineno} {node.name}": length(node)
        for name, text in texts.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, Function) and length(node) > MOST_LINES_OF_A_FUNCTION
    }
    assert long == {}


def test_nothing_is_put_off(texts: dict[str, str]) -> None:
    assert [name for name, text in texts.items() if _LATER.search(text)] == []
