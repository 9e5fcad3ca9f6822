"""The example events in docs/ state facts that exist, of the kind that the dictionary gives them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rulebook.library import default_policies_dir, load_library

DOCS = default_policies_dir().parent / "docs"
FACTS = load_library(default_policies_dir()).medical.vocabulary.facts
KEYS = {"flag": "flag", "date": "day", "number": "number", "code": "code"}


def stated(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if "fact" in node:
            yield node
        for child in node.values():
            yield from stated(child)
    elif isinstance(node, list):
        for child in node:
            yield from stated(child)


@pytest.mark.parametrize("path", sorted(DOCS.glob("*.example.json")), ids=lambda path: path.name)
def test_an_example_states_facts_that_exist(path: Path) -> None:
    found = list(stated(json.loads(path.read_text(encoding="utf-8"))))
    assert found or path.name in {"appeal.example.json", "coverage.example.json"}
    for each in found:
        entry = FACTS.get(each["fact"])
        assert entry is not None, each["fact"]
        assert KEYS[entry.kind] in each, each["fact"]
        if entry.kind == "code":
            assert each["code"] in entry.choices
