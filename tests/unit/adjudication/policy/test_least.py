"""A request asks for the least that covers the line: if what it asks comes back favorable, the line is covered."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adjudication.letters.assembly import ServiceLine
from adjudication.letters.documents import OpenLine, document_request
from adjudication.letters.letter import Audience, ElementName
from adjudication.letters.line_trace import line_trace
from adjudication.model.claim import SupportingFact, Value
from adjudication.model.vocabulary import LineNumber
from adjudication.policy.catalog import LegRuling
from adjudication.policy.evidence import Subject, collect
from adjudication.policy.least import least_to_ask
from adjudication.policy.leaves import UNKNOWN
from adjudication.policy.program import Program
from adjudication.policy.verdict import Result, rule_line
from tests.builders.letters.letter_values import context, shipped

SERVED = date(2025, 11, 10)
DIAGNOSES = ("M51.16", "M48.061", "M43.16", "M47.12", "M54.50", "M46.46", "Z00.00")


@cache
def programs() -> list[Program]:
    catalog = shipped().reference.catalog
    newest = [policy.versions[-1] for policy in catalog.policies.values() if policy.versions]
    found = [catalog.program(version, code) for version in newest for code in sorted(version.codes)]
    return [program for program in found if program is not None]


def subject(code: str, diagnosis: str) -> Subject:
    return Subject(code, SERVED, SERVED, (diagnosis,), age_years=55)


def favorable(program: Program, answers: bytes) -> bytes:
    """The answers once everything that is asked has come back favorable."""
    given_back = bytearray(answers)
    for index, want in least_to_ask(program, answers).items():
        given_back[index] = want
    return program.refold(given_back)


def a_value(fact: str) -> st.SearchStrategy[Value]:
    kind = shipped().reference.facts[fact]
    if kind.kind == "flag":
        return st.booleans()
    if kind.kind == "date":
        return st.integers(0, 400).map(lambda days: SERVED - timedelta(days=days))
    if kind.kind == "number":
        return st.integers(0, 100).map(Decimal)
    return st.sampled_from(kind.choices)


FACTS = sorted(shipped().reference.facts)
KNOWN = st.lists(st.sampled_from(FACTS), max_size=12, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: a_value(name) for name in names})
)


@settings(max_examples=100, deadline=None)
@given(data=st.data(), known=KNOWN, diagnosis=st.sampled_from(DIAGNOSES))
def test_what_is_asked_covers_the_line_once_it_comes_back_favorable(
    data: st.DataObject, known: dict[str, Value], diagnosis: str
) -> None:
    program = data.draw(st.sampled_from(programs()))
    evidence = collect(SupportingFact(name, value, "document", SERVED) for name, value in known.items())
    answers = program.answer(evidence, subject(program.code, diagnosis))
    ruling, asked = rule_line(program, answers), least_to_ask(program, answers)
    if ruling.result is not Result.DOCUMENTS or not asked:
        return
    assert rule_line(program, favorable(program, answers)).result is Result.MEETS
    assert all(answers[index] == UNKNOWN for index in asked)


def test_of_a_claim_without_facts_the_ordinary_way_is_asked_for_nearly_everywhere() -> None:
    """The fallback (everything open) is for ways that end in a reviewer's judgment."""
    asked = 0
    for program in programs():
        answers = program.answer(collect(()), subject(program.code, "M51.16"))
        if rule_line(program, answers).result is Result.DOCUMENTS:
            asked += bool(least_to_ask(program, answers))
    assert asked > 20


@pytest.mark.parametrize(
    ("diagnosis", "items"),
    [  # The guideline asks for an X-ray of spondylolisthesis (L122), and of radiculopathy without one (L13, L100-103).
        ("M51.16", ["Office notes", "Record of the treatment"]),
        ("M43.16", ["Office notes", "Record of the treatment", "Report of the plain X-ray"]),
    ],
)
def test_for_a_lumbar_mri_a_nurse_would_ask_for_notes_treatment_and_x_ray(diagnosis: str, items: list[str]) -> None:
    catalog = shipped().reference.catalog
    program = catalog.program(catalog.policies["spine-imaging-guideline"].versions[-1], "72148")
    assert program is not None
    answers = program.answer(collect(()), subject("72148", diagnosis))
    leg = LegRuling("commercial", "plan-policy", rule_line(program, answers), program, answers)
    line = OpenLine(ServiceLine(LineNumber(1), "72148", "MRI lumbar spine", SERVED), (line_trace(leg, collect(())),))
    texts = document_request([line], date(2025, 12, 24), Audience.PROVIDER, context()).texts(ElementName.DOCUMENT)
    assert len(texts) == len(items)
    assert all(any(text.startswith(item) for text in texts) for item in items)
    questions = "\n".join(texts)
    assert questions.count("\n- ") <= 22
    assert "auda equina" not in questions
