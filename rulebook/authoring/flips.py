"""The recorded lines that two versions of a policy judge differently, and the criteria responsible. Pure; decides nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from adjudication.policy.catalog import PolicyCatalog
from adjudication.policy.evidence import Evidence
from adjudication.policy.program import Program
from adjudication.policy.tree import PolicyVersion
from adjudication.policy.verdict import Ruling, rule_line
from rulebook.authoring.wording import ANSWER_WORDS
from storage.decisions.recorded_reviews import RecordedLine


@dataclass(frozen=True, slots=True)
class CriterionFlip:
    """One criterion whose answer changed."""

    node_id: str
    text: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class LineFlip:
    """One line with another result: the results by name with the rule each rests on, and the changed criteria."""

    line: RecordedLine
    before: str
    after: str
    criteria: tuple[CriterionFlip, ...]


def line_flips(
    lines: Iterable[RecordedLine], old: PolicyVersion, new: PolicyVersion, catalog: PolicyCatalog
) -> list[LineFlip]:
    """Judge each line by both versions, on any date, and return those whose result differs."""
    found = []
    for line in lines:
        evidence = line.evidence(line.facts, catalog)
        before, after = _judged(line, evidence, old, catalog), _judged(line, evidence, new, catalog)
        if before[0] != after[0]:
            found.append(LineFlip(line, before[0], after[0], criterion_flips(before[1:], after[1:])))
    return found


def _judged(
    line: RecordedLine, evidence: Evidence, version: PolicyVersion, catalog: PolicyCatalog
) -> tuple[str, Program | None, bytes]:
    program = catalog.program(version, line.subject.code)
    if program is None:
        return "says nothing of the code", None, b""
    answers = program.answer(evidence, line.subject)
    return named(rule_line(program, answers, evidence.gaps)), program, answers


def named(ruling: Ruling) -> str:
    """Name a result: its label where it has one, else what happens."""
    return ruling.label.value if ruling.label is not None else ruling.result.value


def criterion_flips(
    before: tuple[Program | None, bytes], after: tuple[Program | None, bytes]
) -> tuple[CriterionFlip, ...]:
    """Return the criteria that both programs have and answer differently, in the order of the newer."""
    was, now = _answers(*before), _answers(*after)
    return tuple(
        CriterionFlip(node_id, text, ANSWER_WORDS[was[node_id][1]], ANSWER_WORDS[answer])
        for node_id, (text, answer) in now.items()
        if node_id in was and was[node_id][1] != answer
    )


def _answers(program: Program | None, answers: bytes) -> dict[str, tuple[str, int]]:
    if program is None:
        return {}
    return {node.node_id: (node.text, answers[index]) for index, node in enumerate(program.nodes)}
