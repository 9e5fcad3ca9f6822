"""The sequence pages name files and functions; each must exist, or a reader is sent to nowhere."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from adjudication.model.vocabulary import ReleaseEvent

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "sequences.md").read_text()
PLACES = sorted(set(re.findall(r"`([a-z_/]+\.py)` `(\w+)`", TEXT)))
FILES = sorted(set(re.findall(r"`([a-z_/]+\.py)`", TEXT)))


def _names(path: Path) -> set[str]:
    """Return the functions, methods and classes that a file defines."""
    defined = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, defined)}


def test_the_page_names_places() -> None:
    assert len(PLACES) > 20


@pytest.mark.parametrize("file", FILES)
def test_every_file_of_the_sequence_page_exists(file: str) -> None:
    assert (ROOT / file).is_file()


@pytest.mark.parametrize(("file", "name"), PLACES)
def test_every_function_of_the_sequence_page_is_in_the_file_it_names(file: str, name: str) -> None:
    assert name in _names(ROOT / file)


@pytest.mark.parametrize("event", list(ReleaseEvent))
def test_the_page_says_who_acts_on_each_release_event(event: ReleaseEvent) -> None:
    assert re.search(rf"^\|[^|]*`{event.value}`[^|]*\|[^|]*\.py", TEXT, re.MULTILINE)
