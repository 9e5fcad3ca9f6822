"""A version as people read it follows its source: every rule, once, in the order in which a reader meets it there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from typer.testing import Result

from rulebook.authoring.reading import PolicyReader, each_part_once
from rulebook.library import PolicyLibrary

GUIDELINE = ("spine-imaging-guideline", "1.3.2025")

Run = Callable[..., Result]


def test_every_rule_stands_once_in_the_order_of_the_source(library: PolicyLibrary) -> None:
    reading = PolicyReader(library).read(*GUIDELINE)
    rules = [rule for _, rules in reading.sections for rule in rules]
    assert sorted(rule.rule_id for rule in rules) == sorted({rule.rule_id for rule in reading.version.rules})
    places = library.places["spine-imaging-guideline"]
    first = [min(places.starts(place.locator)[0] for place in rule.places) for rule in rules]
    assert first == sorted(first)
    assert next(title for title, _ in reading.sections) == "General imaging coverage criteria"


def test_every_reading_that_a_rule_rests_on_is_in_the_register_of_the_document(library: PolicyLibrary) -> None:
    reading = PolicyReader(library).read(*GUIDELINE)
    named = {name for _, rules in reading.sections for rule in rules for name in rule.conflicts}
    assert len(named) > 10
    assert named <= {name for name, _ in reading.conflicts}


def test_a_part_that_rules_share_is_written_out_once(library: PolicyLibrary) -> None:
    reading = PolicyReader(library).read(*GUIDELINE)
    waiting = [node for _, rules in each_part_once(reading).sections for rule in rules for _, node in rule.parts]
    written: list[str] = []
    again = 0
    while waiting:
        node = waiting.pop()
        again += node.again
        written += [node.node_id] if node.children else []
        waiting += node.children
    assert again > 0
    assert len(written) == len(set(written))


def test_the_command_writes_a_document_that_loads_nothing(run: Run, policies: Path, tmp_path: Path) -> None:
    file = tmp_path / "brain-mrs.html"
    result = run("policy", "document", "brain-mrs", "1.0", "-o", file, "--policies", policies)
    assert result.exception is None
    text = file.read_text()
    assert "<style>" in text
    assert "http" not in text
    assert all(word not in text for word in ("<script", "<link", "src="))
    assert "(draft)" in text


def test_a_version_that_does_not_exist_is_named(run: Run, policies: Path) -> None:
    result = run("policy", "document", "brain-mrs", "9.9", "--policies", policies)
    assert "the policy has no such version" in f"{result.exception}"
