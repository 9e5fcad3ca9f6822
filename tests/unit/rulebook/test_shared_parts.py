"""A part that several rules share is cited as each rule uses it, not as the first rule that used it."""

from __future__ import annotations

import shutil
from pathlib import Path

from adjudication.model.claim import SupportingFact
from adjudication.policy.evidence import Subject, collect
from adjudication.policy.trace import TraceNode, trace
from tests.builders.policy.policies import LIBRARY, SERVED, small_library

ANOTHER_RULE = """  - rule: T-07
    kind: covered
    title: Another use of the trial
    governs: ["76390"]
    at: seventh paragraph
    criteria: {part: trial}
"""


def find(node: TraceNode | None, node_id: str) -> TraceNode:
    assert node is not None
    if node.node_id == node_id:
        return node
    return next(find(child, node_id) for child in node.children if node_id in names(child))


def names(node: TraceNode) -> set[str]:
    return {node.node_id}.union(*(names(child) for child in node.children))


def test_a_shared_part_is_cited_as_each_rule_uses_it(tmp_path: Path) -> None:
    root = shutil.copytree(LIBRARY, tmp_path / "policies")
    chapter = root / "medical/brain-mrs/1.0/general.yaml"
    chapter.write_text(chapter.read_text() + ANOTHER_RULE)
    catalog = small_library(root).catalog
    program = catalog.program(catalog.policies["brain-mrs"].versions[0], "76390")
    assert program is not None
    evidence = collect([SupportingFact("deficit.new", True, "document", SERVED)])
    drawn = trace(program, program.answer(evidence, Subject("76390", SERVED, SERVED)), evidence, ())
    rules = {rule.rule_id: rule for rule in drawn}
    for rule_id, place in (("T-01", "first paragraph"), ("T-07", "seventh paragraph")):
        for node in ("trial", "trial.long"):
            assert [cited.locator for cited in find(rules[rule_id].criteria, node).citations] == [place]
